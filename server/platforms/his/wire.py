"""The JSON of the HIS interface (docs/his-interface.md sections 2 and 3), read strictly: money is whole fen, times have an offset.

Anything that does not fit raises ValueError; the caller makes an unknown outcome of it.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, JsonValue
from pydantic_core import to_json

from server.core.days import of_our_time
from server.patients.model import Patient
from server.payments.model import Booking
from server.payments.purposes.bills.model import Bill, BillStatus
from server.payments.subject import ChargeItem

BILLS_MAX = 500
ITEMS_MAX = 1000
GUIDE_CHARS_MAX = 500
REASON_CHARS_MAX = 100
FEN_MAX = 10**12
"""Ten billion yuan: more than anybody owes, and far inside what the database holds."""
Fen = Annotated[int, Field(ge=0, le=FEN_MAX)]
SignedFen = Annotated[int, Field(ge=-FEN_MAX, le=FEN_MAX)]
Moment = Annotated[AwareDatetime, AfterValidator(of_our_time)]
Word = Annotated[str, Field(max_length=64)]
Number = Annotated[str, Field(min_length=1, max_length=64)]


No = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_.-]+$")]
"""A number that stands in our addresses and forms."""
Line = Annotated[str, Field(max_length=100)]


class Wire(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True, defer_build=True)


_Kind = TypeVar("_Kind", bound=Wire)


class Answer(Wire):
    """The envelope of every answer with status 200."""

    code: str = Field(min_length=1, max_length=32)
    message: str = ""
    data: dict[str, JsonValue] | None = None


class _Patient(Wire):
    patient_id: str
    name: str
    sex: Literal["male", "female"]
    birth_date: str
    phone: str
    id_no: str
    cards: list[str] = Field(max_length=100)


class _Item(Wire):
    item_no: str
    name: str
    category: str
    spec: str
    unit: str
    quantity: str
    unit_price_fen: SignedFen
    amount_fen: SignedFen
    own_fen: SignedFen | None = None


class _Bill(Wire):
    bill_no: str = Field(min_length=1)
    card_no: str = Field(min_length=1)
    patient_name: str
    kind: str
    department: str
    doctor: str
    issued_at: Moment
    status: Literal["unpaid", "paid", "refunded", "cancelled"]
    total_fen: Fen | None = None
    fund_fen: Fen | None = None
    account_fen: Fen | None = None
    own_fen: Fen
    settle_group: str | None = None
    items: list[_Item] | None = Field(default=None, max_length=ITEMS_MAX)


class _PatientData(Wire):
    patient: _Patient


class _BillsData(Wire):
    bills: list[_Bill] = Field(max_length=BILLS_MAX)


class _BillData(Wire):
    bill: _Bill


class _PresettleData(Wire):
    total_fen: Fen
    fund_fen: Fen
    account_fen: Fen
    own_fen: Fen


class _BookingData(Wire):
    his_trade_no: str = Field(min_length=1)
    receipt_no: str | None = None
    receipt_url: str | None = None
    guide_text: str | None = None


class _CheckData(Wire):
    found: bool
    amount_fen: Fen | None = None


class _AllowedData(Wire):
    allowed: bool
    reason: str = ""


class _ReleaseData(Wire):
    his_refund_no: str = Field(min_length=1, max_length=64)


def read_answer(body: bytes) -> Answer:
    return Answer.model_validate_json(body)


def read_patient(data: dict[str, JsonValue]) -> Patient:
    told = strictly(_PatientData, data).patient
    return Patient(
        patient_id=told.patient_id,
        name=told.name,
        sex=told.sex,
        birth_date=told.birth_date,
        phone=told.phone,
        id_no=told.id_no,
        card_nos=tuple(told.cards),
    )


def read_bills(data: dict[str, JsonValue]) -> tuple[Bill, ...]:
    return tuple(_bill(told) for told in strictly(_BillsData, data).bills)


def read_bill(data: dict[str, JsonValue]) -> Bill:
    return _bill(strictly(_BillData, data).bill)


def read_own_fen(data: dict[str, JsonValue]) -> int:
    told = strictly(_PresettleData, data)
    if told.total_fen != told.fund_fen + told.account_fen + told.own_fen:
        raise ValueError("the parts are not the total")
    return told.own_fen


def read_booking(data: dict[str, JsonValue], amount_fen: int | None = None) -> Booking:
    told = strictly(_BookingData, data)
    return Booking(
        his_trade_no=told.his_trade_no,
        receipt_no=told.receipt_no or "",
        receipt_url=_web_address(told.receipt_url or ""),
        guide_text=(told.guide_text or "")[:GUIDE_CHARS_MAX],
        amount_fen=amount_fen,
    )


def read_check(data: dict[str, JsonValue]) -> Booking | None:
    """None for ``found: false``. A found one must name its amount: without it nobody could say whether it is ours."""
    told = strictly(_CheckData, data)
    if not told.found:
        return None
    if told.amount_fen is None:
        raise ValueError("found without an amount")
    return read_booking(data, told.amount_fen)


def read_allowed(data: dict[str, JsonValue]) -> str:
    """Empty when allowed, else the reason."""
    told = strictly(_AllowedData, data)
    return "" if told.allowed else told.reason[:REASON_CHARS_MAX] or "医院系统不允许退费"


def read_his_refund_no(data: dict[str, JsonValue]) -> str:
    return strictly(_ReleaseData, data).his_refund_no


def _bill(told: _Bill) -> Bill:
    split = (told.total_fen, told.fund_fen, told.account_fen)
    if None not in split and told.total_fen != (told.fund_fen or 0) + (told.account_fen or 0) + told.own_fen:
        raise ValueError("the parts are not the total")
    return Bill(
        bill_no=told.bill_no,
        card_no=told.card_no,
        patient_name=told.patient_name,
        kind=told.kind,
        department=told.department,
        doctor=told.doctor,
        issued_at=told.issued_at,
        status=BillStatus(told.status),
        own_fen=told.own_fen,
        total_fen=told.total_fen,
        fund_fen=told.fund_fen,
        account_fen=told.account_fen,
        settle_group=told.settle_group or "",
        items=tuple(_item(item) for item in told.items or ()),
    )


def _item(told: _Item) -> ChargeItem:
    try:
        finite = Decimal(told.quantity).is_finite()
    except InvalidOperation:
        finite = False
    if not finite:
        raise ValueError("quantity is no decimal number")
    return ChargeItem(**told.model_dump())


def _web_address(url: str) -> str:
    """Nothing but http(s) becomes a link on our page."""
    try:
        return url if urlsplit(url).scheme in {"http", "https"} else ""
    except ValueError:  # a booking is not held up by an odd address of its receipt
        return ""


def strictly(kind: type[_Kind], data: dict[str, JsonValue]) -> _Kind:
    """From JSON text again, because times are text there and nowhere else."""
    return kind.model_validate_json(to_json(data))
