"""Payments with a refund that people ask for, after each step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from server.core.errors import NotAllowed, NotFound
from server.effects.model import EffectKind
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundLine
from server.refunds.rules.requests import (
    RefundAsk,
    request_refund,
)
from tests.support.builders import leased
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state

NOW = MORNING + timedelta(minutes=5)
EXPIRES = NOW + timedelta(days=1)
CASHIER, APPROVER = "staff:1001", "staff:2001"


def booked() -> Payment:
    """1234 fen for one item; nothing is owed."""
    return replace(in_state(PaymentState.BOOKED), effects=())


def an_ask(**fields: object) -> RefundAsk:
    ask = RefundAsk(
        request_id="tap-1",
        amount_fen=200,
        lines=(RefundLine(charge_no="B1", item_no="1", amount_fen=200),),
        reason="not_done",
        note="sealed note",
        by=CASHIER,
        requested_via="chat",
        approval_reasons=("old", "own"),
    )
    return replace(ask, **fields)  # type: ignore[arg-type]


def waiting() -> Payment:
    return request_refund(booked(), an_ask(), NOW, EXPIRES)


def alone() -> Payment:
    return request_refund(booked(), an_ask(approval_reasons=()), NOW, EXPIRES)


def number(payment: Payment) -> str:
    return payment.refunds[0].id


def owed(payment: Payment) -> set[tuple[EffectKind, str]]:
    """But for the line of the audit chain, which every step owes."""
    return {(effect.kind, effect.subject) for effect in payment.effects if effect.kind is not EffectKind.SEAL}


def due(payment: Payment) -> dict[str, datetime]:
    return {effect.key: effect.due_at for effect in payment.effects if effect.kind is not EffectKind.SEAL}


def under_lease(payment: Payment, kind: EffectKind) -> Payment:
    """Its only effect of this kind is held by `TOKEN`."""
    subject = next(each.subject for each in payment.effects if each.kind is kind)
    return leased(payment, kind, NOW, subject)


def refused(step: Callable[[], object], error: type[NotAllowed] | type[NotFound] = NotAllowed) -> str:
    with pytest.raises(error) as raised:
        step()
    return raised.value.user_message
