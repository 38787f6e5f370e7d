"""出院结算: the whole calculation before anything moves, and how far the money has come afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.core.errors import OutsideRefusal
from server.inpatient.admissions import AdmissionService, KnownAdmission
from server.inpatient.model import DEPOSIT, DISCHARGE, AdmissionState
from server.inpatient.rules.plans import Plan, plan_of
from server.inpatient.rules.standings import Standing, standing_of
from server.patients.model import Session
from server.payments.model import Payment, PaymentState, untouched
from server.payments.ports import PaymentStore
from server.refunds.lots import LotReader
from server.refunds.rules.allocation import allocate

LOOKED_AT_MAX = 50
ENDED = frozenset({PaymentState.CLOSED, PaymentState.RETURNED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Discharge:
    """``plan`` is what would be settled now, or what was; ``refused`` why nothing can be settled now, in the HIS's words. ``settlement`` is
    the payment that settles it, with ``standing`` where the HIS has it or soon will. ``foreign``: lots that somebody else had paid.
    """

    known: KnownAdmission
    plan: Plan | None = None
    refused: str = ""
    settlement: Payment | None = None
    standing: Standing | None = None
    foreign: frozenset[str] = frozenset()


class DischargeService:
    def __init__(self, admissions: AdmissionService, lots: LotReader, payments: PaymentStore) -> None:
        self._admissions = admissions
        self._lots = lots
        self._payments = payments

    async def view(self, session: Session, key: str) -> Discharge:
        """Raises NotFound for an admission that this session may not see."""
        known = await self._admissions.one(session, key)
        settlement = await self._settlement(session.hospital, known)
        if settlement is not None:
            return await self._begun(session, known, settlement)
        if known.admission.state is AdmissionState.SETTLED:
            return Discharge(known=known, refused="住院费用已结算。")
        try:
            plan = await self.plan(session.hospital, known)
        except OutsideRefusal as refusal:
            return Discharge(known=known, refused=refusal.user_message)
        return Discharge(known=known, plan=plan, foreign=_foreign(session, await self._lots_of(session.hospital, plan)))

    async def plan(self, hospital_id: str, known: KnownAdmission) -> Plan:
        """What the HIS would settle now, and from which lots the rest would go back. Raises OutsideRefusal with its words, OutsideError."""
        stay, his = known.admission.stay, self._admissions.system(hospital_id)
        asked = await his.presettle(stay)
        lots = await self._lots.lots(hospital_id, await his.deposits(stay), is_deposit) if asked.to_return_fen else ()
        allocation = allocate(asked.to_return_fen, lots, asked.order)
        return Plan(stay_count=stay.count, presettlement=asked, allocation=allocation)

    async def _settlement(self, hospital_id: str, known: KnownAdmission) -> Payment | None:
        """The payment that settles this stay or has settled it; one of a settlement that the HIS has taken back by now is over."""
        stay = known.admission.stay
        found = await self._payments.by_charge(hospital_id, stay.admission_no, LOOKED_AT_MAX)
        mine = (one for one in found if one.purpose == DISCHARGE and one.state not in ENDED)
        newest = next((one for one in mine if plan_of(one.personal.subject.facts).stay_count == stay.count), None)
        taken_back = (
            known.admission.state is not AdmissionState.SETTLED
            and newest is not None
            and newest.state is PaymentState.BOOKED
        )
        return None if newest is None or taken_back else untouched(newest)

    async def _begun(self, session: Session, known: KnownAdmission, settlement: Payment) -> Discharge:
        plan = plan_of(settlement.personal.subject.facts)
        lots = await self._lots_of(session.hospital, plan)
        admission = known.admission
        owed_fen = admission.left_fen if admission.state is AdmissionState.SETTLED else None
        return Discharge(
            known=known,
            plan=plan,
            settlement=settlement,
            standing=standing_of(settlement, plan.allocation, lots, owed_fen),
            foreign=_foreign(session, lots),
        )

    async def _lots_of(self, hospital_id: str, plan: Plan) -> Mapping[str, Payment]:
        """The payments of the deposits that go back by this plan, by their numbers."""
        return await self._lots.payments(hospital_id, [one.number for one in plan.allocation.returns], is_deposit)


def is_deposit(payment: Payment) -> bool:
    return payment.purpose == DEPOSIT


def _foreign(session: Session, lots: Mapping[str, Payment]) -> frozenset[str]:
    return frozenset(number for number, lot in lots.items() if lot.owner not in session.owners)
