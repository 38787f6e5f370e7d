"""The JSON of the HIS's functions for inpatients (docs/his-interface.md section 8), read strictly.

Anything that does not fit raises ValueError; the caller makes an unknown outcome of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import Field, JsonValue

from server.inpatient.model import (
    Admission,
    AdmissionState,
    DayItem,
    DayKind,
    DayList,
    DepositQuote,
    KindSum,
    Presettlement,
    Stay,
)
from server.platforms.his.wire import REASON_CHARS_MAX, Fen, Moment, Number, SignedFen, Wire, Word, strictly
from server.refunds.model import Deposit, LotOrder

ADMISSIONS_MAX = 50
DEPOSITS_MAX = 500
KINDS_MAX = 50
ITEMS_MAX = 500


class _Admission(Wire):
    admission_no: Number
    stay: int = Field(ge=1, le=9999)
    card_no: Number
    patient_name: Word
    department: Word
    ward: Word
    bed: Word
    doctor: Word
    admitted_at: Moment
    discharged_at: Moment | None = None
    state: Literal["admitted", "discharged", "settled"]
    deposits_fen: Fen
    spent_fen: Fen
    own_fen: Fen
    left_fen: Fen
    owed_fen: Fen
    low_reason: str = ""


class _AdmissionData(Wire):
    admission: _Admission


class _AdmissionsData(Wire):
    admissions: list[_Admission] = Field(max_length=ADMISSIONS_MAX)


class _QuoteData(Wire):
    needed_fen: Fen
    cap_fen: Fen | None = None
    reason: str = ""


class DepositWire(Wire):
    his_trade_no: Number
    receipt_no: Word = ""
    way: Literal["wechat", "alipay", "cash", "card", "insurance", "other"]
    amount_fen: Fen
    returned_fen: Fen
    paid_at: Moment
    out_trade_no: Word


class _DepositsData(Wire):
    deposits: list[DepositWire] = Field(max_length=DEPOSITS_MAX)


class _DayItem(Wire):
    name: Word
    spec: Word = ""
    unit: Word = ""
    quantity: Word
    unit_price_fen: SignedFen
    amount_fen: SignedFen


class _DayKind(Wire):
    category: Word
    amount_fen: SignedFen
    items: list[_DayItem] = Field(max_length=ITEMS_MAX)


class _DayData(Wire):
    date: str
    amount_fen: SignedFen
    kinds: list[_DayKind] = Field(max_length=KINDS_MAX)


class _KindSum(Wire):
    category: Word
    amount_fen: SignedFen


class _PresettlementData(Wire):
    settlement_no: Number
    total_fen: Fen
    fund_fen: Fen
    account_fen: Fen
    own_fen: Fen
    deposits_fen: Fen
    to_pay_fen: Fen
    to_return_fen: Fen
    return_order: Literal["newest", "oldest"]
    kinds: list[_KindSum] = Field(default_factory=list, max_length=KINDS_MAX)


def read_admission(data: dict[str, JsonValue]) -> Admission:
    return _admission(strictly(_AdmissionData, data).admission)


def read_admissions(data: dict[str, JsonValue]) -> tuple[Admission, ...]:
    return tuple(_admission(told) for told in strictly(_AdmissionsData, data).admissions)


def read_quote(data: dict[str, JsonValue]) -> DepositQuote:
    told = strictly(_QuoteData, data)
    return DepositQuote(needed_fen=told.needed_fen, cap_fen=told.cap_fen, reason=told.reason[:REASON_CHARS_MAX])


def read_deposits(data: dict[str, JsonValue]) -> tuple[Deposit, ...]:
    return read_lots(strictly(_DepositsData, data).deposits)


def read_lots(told: Sequence[DepositWire]) -> tuple[Deposit, ...]:
    """The newest first."""
    if any(lot.returned_fen > lot.amount_fen for lot in told):
        raise ValueError("more was given back than was paid in")
    return tuple(sorted((Deposit(**lot.model_dump()) for lot in told), key=lambda lot: lot.paid_at, reverse=True))


def read_day_list(data: dict[str, JsonValue]) -> DayList:
    """The kinds are the day, and the items of a kind are the kind."""
    told = strictly(_DayData, data)
    if told.amount_fen != sum(kind.amount_fen for kind in told.kinds):
        raise ValueError("the kinds are not the day")
    if any(kind.amount_fen != sum(item.amount_fen for item in kind.items) for kind in told.kinds):
        raise ValueError("the items are not their kind")
    kinds = tuple(
        DayKind(
            category=kind.category,
            amount_fen=kind.amount_fen,
            items=tuple(DayItem(**item.model_dump()) for item in kind.items),
        )
        for kind in told.kinds
    )
    return DayList(day=date.fromisoformat(told.date), amount_fen=told.amount_fen, kinds=kinds)


def read_presettlement(data: dict[str, JsonValue]) -> Presettlement:
    """The parts are the total, and what is to pay or to return is the own part less the deposits."""
    told = strictly(_PresettlementData, data)
    if told.total_fen != told.fund_fen + told.account_fen + told.own_fen:
        raise ValueError("the parts are not the total")
    if (told.to_return_fen, told.to_pay_fen) != _sides(told.deposits_fen - told.own_fen):
        raise ValueError("what is to return or to pay is not deposits less the own part")
    if told.kinds and sum(kind.amount_fen for kind in told.kinds) != told.total_fen:
        raise ValueError("the kinds are not the total")
    return Presettlement(
        number=told.settlement_no,
        total_fen=told.total_fen,
        fund_fen=told.fund_fen,
        account_fen=told.account_fen,
        own_fen=told.own_fen,
        deposits_fen=told.deposits_fen,
        to_pay_fen=told.to_pay_fen,
        to_return_fen=told.to_return_fen,
        order=LotOrder(told.return_order),
        kinds=tuple(KindSum(**kind.model_dump()) for kind in told.kinds),
    )


def _admission(told: _Admission) -> Admission:
    if (told.left_fen, told.owed_fen) != _sides(told.deposits_fen - told.own_fen):
        raise ValueError("what is left or owed is not deposits less the own part")
    return Admission(
        stay=Stay(admission_no=told.admission_no, count=told.stay),
        card_no=told.card_no,
        patient_name=told.patient_name,
        department=told.department,
        ward=told.ward,
        bed=told.bed,
        doctor=told.doctor,
        admitted_at=told.admitted_at,
        discharged_at=told.discharged_at,
        state=AdmissionState(told.state),
        deposits_fen=told.deposits_fen,
        spent_fen=told.spent_fen,
        own_fen=told.own_fen,
        left_fen=told.left_fen,
        owed_fen=told.owed_fen,
        low_reason=told.low_reason[:REASON_CHARS_MAX],
    )


def _sides(rest_fen: int) -> tuple[int, int]:
    """(left, owed): never a sign."""
    return max(rest_fen, 0), max(-rest_fen, 0)
