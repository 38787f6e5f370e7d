"""The HIS's functions for inpatients as inpatient.ports.InpatientSystem (docs/his-interface.md section 8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from pydantic import JsonValue

from server.core.days import hospital_time
from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.inpatient.model import Admission, DayList, Deposit, DepositQuote, Presettlement, Stay
from server.inpatient.ports import DepositPaid, SettlementPaid
from server.payments.model import Booking
from server.platforms.his import inpatient_wire as wire
from server.platforms.his.account import NO_DATA, SYSTEM
from server.platforms.his.wire import read_booking

_Data = dict[str, JsonValue]
Ask = Callable[[str, Mapping[str, object]], Awaitable[_Data | None]]
_Read = TypeVar("_Read")


class HttpInpatient:
    """``ask`` sends one signed question: the data of OK, None for NO_DATA."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def admission(self, admission_no: str) -> Admission | None:
        data = await self._ask("admission.query", {"admission_no": admission_no})
        admission = None if data is None else _read(wire.read_admission, data)
        if admission is not None and admission.stay.admission_no != admission_no:
            raise OutcomeUnknown(SYSTEM, "answer about another admission")
        return admission

    async def admissions(self, card_no: str) -> Sequence[Admission]:
        data = await self._ask("admissions.list", {"card_no": card_no})
        admissions = () if data is None else _read(wire.read_admissions, data)
        if any(admission.card_no != card_no for admission in admissions):
            raise OutcomeUnknown(SYSTEM, "answer about another card")
        return admissions

    async def day_list(self, stay: Stay, day: date) -> DayList | None:
        data = await self._ask("admission.day", {**_named(stay), "date": day.isoformat()})
        listed = None if data is None else _read(wire.read_day_list, data)
        if listed is not None and listed.day != day:
            raise OutcomeUnknown(SYSTEM, "answer about another day")
        return listed

    async def deposits(self, stay: Stay) -> Sequence[Deposit]:
        data = await self._ask("deposits.list", _named(stay))
        return () if data is None else _read(wire.read_deposits, data)

    async def deposit_quote(self, stay: Stay) -> DepositQuote:
        return _read(wire.read_quote, await self._must("deposit.quote", _named(stay)))

    async def deposit_confirm(self, paid: DepositPaid) -> Booking:
        return _read(read_booking, await self._must("deposit.confirm", _paid(paid)))

    async def presettle(self, stay: Stay) -> Presettlement:
        return _read(wire.read_presettlement, await self._must("discharge.presettle", _named(stay)))

    async def settle(self, paid: SettlementPaid) -> Booking:
        question = {**_paid(paid), "settlement_no": paid.number}
        return _read(read_booking, await self._must("discharge.settle", question))

    async def _must(self, function: str, question: Mapping[str, object]) -> _Data:
        data = await self._ask(function, question)
        if data is None:
            raise OutsideRefusal(SYSTEM, NO_DATA)
        return data


def _paid(paid: DepositPaid | SettlementPaid) -> dict[str, object]:
    return {
        "out_trade_no": paid.out_trade_no,
        **_named(paid.stay),
        "amount_fen": paid.amount_fen,
        "channel": paid.channel,
        "transaction_id": paid.transaction_id,
        "paid_at": hospital_time(paid.paid_at).isoformat(timespec="seconds"),
        "entrance": paid.origin.entrance,
        "terminal": paid.origin.terminal,
        "operator": paid.origin.operator,
    }


def _named(stay: Stay) -> dict[str, object]:
    return {"admission_no": stay.admission_no, "stay": stay.count}


def _read(reader: Callable[[_Data], _Read], data: _Data) -> _Read:
    try:
        return reader(data)
    except ValueError as error:
        raise OutcomeUnknown(SYSTEM, "unreadable answer") from error
