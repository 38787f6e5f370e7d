"""What a request to each function must look like (docs/his-interface.md section 3); anything else is BAD_REQUEST."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, create_model

from sandbox.world.shapes import Asked, first_fault
from sandbox.world.wire import Record

ROWS_MAX = 500
BILLS_MAX = 20
LINES_MAX = 200


class BadRequest(Exception):
    """A sentence about what does not fit the interface."""


def _moment(value: str) -> str:
    if datetime.fromisoformat(value).tzinfo is None:
        raise ValueError("no offset")
    return value


def _day(value: str) -> str:
    date.fromisoformat(value)
    return value


def _all_different(values: list[str]) -> list[str]:
    if len(set(values)) != len(values):
        raise ValueError("named twice")
    return values


Text = Annotated[str, Field(min_length=1, max_length=128)]
MaybeEmpty = Annotated[str, Field(max_length=128)]
Fen = Annotated[int, Field(ge=0, lt=10**12)]
Moment = Annotated[str, AfterValidator(_moment)]
Day = Annotated[str, Field(min_length=10, max_length=10), AfterValidator(_day)]
Numbers = Annotated[list[Text], Field(min_length=1, max_length=BILLS_MAX), AfterValidator(_all_different)]


Rows = Annotated[int, Field(ge=0, le=ROWS_MAX)]
StayCount = Annotated[int, Field(ge=0, le=9999)]
Offset = Annotated[int, Field(ge=0, le=10**9)]


class Line(Asked):
    bill_no: Text
    item_no: Text
    amount_fen: Fen


Lines = Annotated[list[Line], Field(max_length=LINES_MAX)]
_CARD_AND_BILLS = {"card_no": Text, "bill_nos": Numbers}
_REFUND = {"out_trade_no": Text, "out_refund_no": Text, "amount_fen": Fen, "lines": Lines}
_STAY = {"admission_no": Text, "stay": StayCount}
_PAID = {
    "out_trade_no": Text, "amount_fen": Fen, "channel": Literal["wechat", "alipay", "none"], "transaction_id": MaybeEmpty,
    "paid_at": Moment, "entrance": Text, "terminal": MaybeEmpty, "operator": MaybeEmpty,
}  # fmt: skip
_FIELDS: dict[str, dict[str, Any]] = {
    "bills.unpaid": {"card_no": Text},
    "bill.detail": {"card_no": Text, "bill_no": Text},
    "bill.presettle": _CARD_AND_BILLS,
    "bill.confirm": {**_CARD_AND_BILLS, **_PAID},
    "admission.query": {"admission_no": Text},
    "admissions.list": {"card_no": Text},
    "admission.day": {**_STAY, "date": Day},
    "deposits.list": _STAY,
    "deposit.quote": _STAY,
    "deposit.confirm": {**_STAY, **_PAID},
    "discharge.presettle": _STAY,
    "discharge.settle": {**_STAY, **_PAID, "settlement_no": Text},
    "old_balance.query": {"card_no": Text},
    "trade.check": {"out_trade_no": Text},
    "refund.check": _REFUND,
    "refund.release": _REFUND,
    "refund.notify": {
        "out_trade_no": Text, "out_refund_no": Text, "channel_refund_no": MaybeEmpty, "outcome": Literal["succeeded", "failed"],
        "at": Moment,
    },
    "reg.departments": {},
    "reg.doctors": {},
    "reg.schedules": {"department_no": Text, "from": Day, "to": Day},
    "reg.slots": {"schedule_no": Text},
    "reg.lock": {"out_trade_no": Text, "slot_no": Text, "card_no": Text, "amount_fen": Fen, "until": Moment},
    "reg.unlock": {"out_trade_no": Text},
    "reg.confirm": {"slot_no": Text, "card_no": Text, **_PAID},
    "reg.reserve": {
        "out_trade_no": Text, "slot_no": Text, "card_no": Text, "fee_fen": Fen, "pay_until": Moment, "entrance": Text,
        "terminal": MaybeEmpty, "operator": MaybeEmpty,
    },
    "reg.queue": {"out_trade_no": Text},
    "reg.check_in": {"out_trade_no": Text, "point": MaybeEmpty},
    "reg.records": {"card_no": Text, "from": Day, "to": Day},
    "reg.wait": {"schedule_no": Text, "card_no": Text},
    "reg.wait_end": {"schedule_no": Text, "card_no": Text},
    "reg.waits": {"card_no": Text},
    "reg.cancel": {"out_trade_no": Text},
    "reports.list": {"card_no": Text, "from": Day, "to": Day},
    "report.detail": {"card_no": Text, "report_no": Text},
    "report.file": {"card_no": Text, "report_no": Text, "file_no": Text},
    "report.values": {"card_no": Text, "item_no": Text, "from": Day, "to": Day},
    "statement.day": {"date": Day, "offset": Offset, "limit": Rows},
}  # fmt: skip


def _shape(name: str, fields: dict[str, Any]) -> type[Asked]:
    required: dict[str, Any] = {field: (kind, ...) for field, kind in fields.items()}
    return create_model(name, __base__=Asked, **required)


_SHAPES = {function: (_shape(function, fields),) for function, fields in _FIELDS.items()} | {
    "patient.query": (_shape("by card", {"card_no": Text}), _shape("by person", {"id_no": Text, "name": Text})),
    "old_balance.list": (
        _shape("from a line on", {"offset": Offset, "limit": Rows}), _shape("behind a card", {"after": Text, "limit": Rows}),
    ),
}  # fmt: skip
"""A request fits one of them."""
_NEEDS = {"patient.query": "card_no, or id_no and name", "old_balance.list": "limit, and offset or after"}


def check_request(function: str, asked: Record) -> None:
    """Raises BadRequest about the first field that is wrong."""
    faults = [_fault(shape, asked) for shape in _SHAPES[function]]
    if all(faults):
        raise BadRequest(f"{function} needs {_NEEDS[function]}" if faults[1:] else f"{function}{faults[0]}")


def _fault(shape: type[Asked], asked: Record) -> str:
    """What is wrong first; empty when nothing is."""
    try:
        shape.model_validate(asked)
    except ValidationError as error:
        fault = first_fault(error)
        is_missing = fault["type"] == "missing" and len(fault["loc"]) == 1
        return f" needs {fault['loc'][0]}" if is_missing else f": {fault['loc'][0]} is not as the interface has it"
    return ""
