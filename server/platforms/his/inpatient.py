"""The HIS's functions for inpatients as inpatient.ports.InpatientSystem (docs/his-interface.md section 8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from server.core.errors import OutcomeUnknown
from server.inpatient.model import Admission, DayList, DepositQuote, Presettlement, Stay
from server.inpatient.ports import DepositPaid, SettlementPaid
from server.payments.model import Booking
from server.platforms.his import inpatient_wire as wire
from server.platforms.his.account import SYSTEM
from server.platforms.his.asking import Asking, read, told_of
from server.platforms.his.wire import read_booking
from server.refunds.model import Deposit


class HttpInpatient:
    def __init__(self, his: Asking) -> None:
        self._his = his

    async def admission(self, admission_no: str) -> Admission | None:
        data = await self._his.ask("admission.query", {"admission_no": admission_no})
        admission = None if data is None else read(wire.read_admission, data)
        if admission is not None and admission.stay.admission_no != admission_no:
            raise OutcomeUnknown(SYSTEM, "answer about another admission")
        return admission

    async def admissions(self, card_no: str) -> Sequence[Admission]:
        data = await self._his.ask("admissions.list", {"card_no": card_no})
        admissions = () if data is None else read(wire.read_admissions, data)
        if any(admission.card_no != card_no for admission in admissions):
            raise OutcomeUnknown(SYSTEM, "answer about another card")
        return admissions

    async def day_list(self, stay: Stay, day: date) -> DayList | None:
        data = await self._his.ask("admission.day", {**_named(stay), "date": day.isoformat()})
        listed = None if data is None else read(wire.read_day_list, data)
        if listed is not None and listed.day != day:
            raise OutcomeUnknown(SYSTEM, "answer about another day")
        return listed

    async def deposits(self, stay: Stay) -> Sequence[Deposit]:
        data = await self._his.ask("deposits.list", _named(stay))
        return () if data is None else read(wire.read_deposits, data)

    async def deposit_quote(self, stay: Stay) -> DepositQuote:
        return read(wire.read_quote, await self._his.must("deposit.quote", _named(stay)))

    async def deposit_confirm(self, paid: DepositPaid) -> Booking:
        return read(read_booking, await self._his.must("deposit.confirm", _paid(paid)))

    async def presettle(self, stay: Stay) -> Presettlement:
        return read(wire.read_presettlement, await self._his.must("discharge.presettle", _named(stay)))

    async def settle(self, paid: SettlementPaid) -> Booking:
        question = {**_paid(paid), "settlement_no": paid.number}
        return read(read_booking, await self._his.must("discharge.settle", question))


def _paid(paid: DepositPaid | SettlementPaid) -> dict[str, object]:
    return {**told_of(paid), **_named(paid.stay)}


def _named(stay: Stay) -> dict[str, object]:
    return {"admission_no": stay.admission_no, "stay": stay.count}
