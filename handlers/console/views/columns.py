"""The columns of the console's list of payments, on the page and in a file: names, cards and phones masked in both."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from handlers.base.display import short_time, yuan
from handlers.console.views.actors import channel_name
from handlers.patient.views.payments import departments
from server.core.days import hospital_time
from server.core.money import yuan_text
from server.patients.model import mask_card, mask_name, mask_phone
from server.payments.model import Payment
from server.payments.rules.search import asked_fen
from server.payments.texts import CHARGE_NUMBER, PAYMENT_NUMBER, REFUND_NUMBER, TRANSACTION_NUMBER, payment_state

Cell = Callable[[Payment], str]


@dataclass(frozen=True, slots=True)
class Column:
    """``cell`` is what the page shows, ``filed`` what a file has; None for the same."""

    title: str
    cell: Cell
    filed: Cell | None = None
    is_number: bool = False
    may_break: bool = False


def _joined(texts: Iterable[str]) -> str:
    return "、".join(dict.fromkeys(text for text in texts if text))


def _phones(payment: Payment) -> str:
    personal = payment.personal
    return _joined(mask_phone(phone) for phone in (personal.phone, personal.patient_phone) if phone)


def _back(payment: Payment) -> str:
    running_fen = payment.refunding_fen - payment.refunded_fen
    gone = f"已退 {yuan(payment.refunded_fen)}" if payment.refunded_fen else ""
    running = f"退费中 {yuan(running_fen)}" if running_fen else ""
    return "，".join(text for text in (gone, running) if text)


def _plain_yuan(fen: int) -> str:
    return yuan_text(fen).replace(",", "")


COLUMNS: dict[str, Column] = {
    "number": Column(PAYMENT_NUMBER, lambda p: f"…{p.id[-6:]}", lambda p: p.id),
    "time": Column(
        "时间",
        lambda p: short_time(p.paid_at or p.created_at),
        lambda p: f"{hospital_time(p.paid_at or p.created_at):%Y-%m-%d %H:%M:%S}",
    ),
    "patient": Column("就诊人", lambda p: mask_name(p.personal.patient_name)),
    "card": Column("就诊卡", lambda p: mask_card(p.personal.card_no)),
    "phone": Column("手机", _phones),
    "departments": Column("科室", departments, may_break=True),
    "channel": Column("渠道", lambda p: _joined(channel_name(name) for name in p.channels)),
    "amount": Column("金额", lambda p: yuan(asked_fen(p)), lambda p: _plain_yuan(asked_fen(p)), is_number=True),
    "state": Column("状态", payment_state),
    "back": Column("退费", _back, lambda p: _plain_yuan(p.refunded_fen), is_number=True),
    "bills": Column(CHARGE_NUMBER, lambda p: _joined(p.personal.subject.numbers), may_break=True),
    "receipt": Column("收据号", lambda p: p.booking.receipt_no if p.booking else ""),
    "transaction": Column(TRANSACTION_NUMBER, lambda p: _joined(part.transaction_id or "" for part in p.parts)),
    "refunds": Column(REFUND_NUMBER, lambda p: _joined(refund.id for refund in p.refunds)),
}
USUAL = ("number", "time", "patient", "card", "departments", "channel", "amount", "state", "back")
FILED_TITLES = {"amount": "金额（元）", "back": "已退（元）"}


def chosen(names: Iterable[str]) -> tuple[str, ...]:
    """The columns of ``names`` that there are, in the order of COLUMNS, always with the number; the usual ones for none."""
    wanted = set(names)
    known = tuple(name for name in COLUMNS if name in wanted)
    return tuple(name for name in COLUMNS if name in {"number", *known}) if known else USUAL


def payment_rows(payments: Iterable[Payment], columns: Iterable[str]) -> list[dict[str, object]]:
    shown = [COLUMNS[name] for name in columns if name != "number"]
    return [
        {
            "id": payment.id,
            "url": f"/console/payments/{payment.id}",
            "tail": payment.id[-6:],
            "cells": [{"text": column.cell(payment), "look": _look(column)} for column in shown],
        }
        for payment in payments
    ]


def _look(column: Column) -> str:
    """Dates and numbers never break; long names may."""
    if column.is_number:
        return "number"
    return "cell--text" if column.may_break else "cell--line"


def headings(columns: Iterable[str]) -> list[dict[str, object]]:
    return [{"text": COLUMNS[name].title, "is_number": COLUMNS[name].is_number} for name in columns if name != "number"]
