"""What a request to each function must look like (docs/his-interface.md section 3); anything else is BAD_REQUEST."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sandbox.world.wire import Record

Check = Callable[[Any], bool]
ROWS_MAX = 500
BILLS_MAX = 20
LINES_MAX = 200


class BadRequest(Exception):
    """A sentence about what does not fit the interface."""


def _text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 128


def _maybe_empty(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 128


def _fen(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12


def _numbers(value: Any) -> bool:
    return (
        isinstance(value, list)
        and 0 < len(value) <= BILLS_MAX
        and all(map(_text, value))
        and len(set(value)) == len(value)
    )


def _moment(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _day(value: Any) -> bool:
    try:
        return len(value) == 10 and bool(date.fromisoformat(value))
    except (TypeError, ValueError):
        return False


def _count(most: int) -> Check:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _lines(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= LINES_MAX and all(
        isinstance(line, dict) and line.keys() >= {"bill_no", "item_no", "amount_fen"} and _fen(line["amount_fen"])
        and _text(line["bill_no"]) and _text(line["item_no"])
        for line in value
    )  # fmt: skip


_CARD_AND_BILLS: Mapping[str, Check] = {"card_no": _text, "bill_nos": _numbers}
_REFUND: Mapping[str, Check] = {"out_trade_no": _text, "out_refund_no": _text, "amount_fen": _fen, "lines": _lines}
_STAY: Mapping[str, Check] = {"admission_no": _text, "stay": _count(9999)}
_PAID: Mapping[str, Check] = {
    "out_trade_no": _text, "amount_fen": _fen, "channel": {"wechat", "alipay", "none"}.__contains__, "transaction_id": _maybe_empty,
    "paid_at": _moment, "entrance": _text, "terminal": _maybe_empty, "operator": _maybe_empty,
}  # fmt: skip
_FIELDS: Mapping[str, Mapping[str, Check]] = {
    "bills.unpaid": {"card_no": _text},
    "bill.detail": {"card_no": _text, "bill_no": _text},
    "bill.presettle": _CARD_AND_BILLS,
    "bill.confirm": {**_CARD_AND_BILLS, **_PAID},
    "admission.query": {"admission_no": _text},
    "admissions.list": {"card_no": _text},
    "admission.day": {**_STAY, "date": _day},
    "deposits.list": _STAY,
    "deposit.quote": _STAY,
    "deposit.confirm": {**_STAY, **_PAID},
    "discharge.presettle": _STAY,
    "discharge.settle": {**_STAY, **_PAID, "settlement_no": _text},
    "trade.check": {"out_trade_no": _text},
    "refund.check": _REFUND,
    "refund.release": _REFUND,
    "refund.notify": {
        "out_trade_no": _text, "out_refund_no": _text, "channel_refund_no": _maybe_empty,
        "outcome": {"succeeded", "failed"}.__contains__, "at": _moment,
    },
    "reg.departments": {},
    "reg.schedules": {"department_no": _text, "from": _day, "to": _day},
    "reg.slots": {"schedule_no": _text},
    "reg.lock": {"out_trade_no": _text, "slot_no": _text, "card_no": _text, "amount_fen": _fen, "until": _moment},
    "reg.unlock": {"out_trade_no": _text},
    "reg.confirm": {"slot_no": _text, "card_no": _text, **_PAID},
    "reg.cancel": {"out_trade_no": _text},
    "statement.day": {"date": _day, "offset": _count(10**9), "limit": _count(ROWS_MAX)},
}  # fmt: skip


def check_request(function: str, asked: Record) -> None:
    """Raises BadRequest."""
    if function == "patient.query":
        named = _text(asked.get("card_no")) or (_text(asked.get("id_no")) and _text(asked.get("name")))
        if not named:
            raise BadRequest("patient.query needs card_no, or id_no and name")
        return
    for name, holds in _FIELDS[function].items():
        if name not in asked:
            raise BadRequest(f"{function} needs {name}")
        try:
            fits = holds(asked[name])
        except TypeError:  # an unhashable value where a word was expected
            fits = False
        if not fits:
            raise BadRequest(f"{function}: {name} is not as the interface has it")
