"""出院结算 behind the contract of purposes: the rest is paid, or goes back over the deposits once the HIS has settled.

With a rest to return there is nothing to pay: the payment is of 0 fen, goes to the HIS without a channel, and keeps the whole calculation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from server.core.actors import HIS
from server.core.errors import ChargeChanged, NotAllowed, NotFound
from server.core.ports import Clock
from server.inpatient.admissions import AdmissionService
from server.inpatient.discharge import DischargeService
from server.inpatient.model import DISCHARGE, Admission, Stay
from server.inpatient.ports import SettlementPaid
from server.inpatient.rules.plans import Plan, facts_of, plan_of
from server.inpatient.rules.standings import request_of
from server.inpatient.texts import DISCHARGE_TEXTS
from server.patients.model import Session
from server.payments.his_trades import HisTrades, paid_facts
from server.payments.hospital import Hospital
from server.payments.ledger import Transitions
from server.payments.model import Booking, Payment, PaymentState
from server.payments.purpose import Quote, QuotedPart
from server.payments.subject import Charge, Subject
from server.refunds.rules.allocation import Share
from server.refunds.rules.requests import RefundAsk, request_refund

DOOR = "discharge"
REASON = "settlement"


class DischargePurpose(HisTrades):
    """What must not be settled twice is the very calculation that was shown."""

    name = DISCHARGE
    texts = DISCHARGE_TEXTS

    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        admissions: AdmissionService,
        discharges: DischargeService,
        transitions: Transitions,
        clock: Clock,
    ) -> None:
        super().__init__(hospitals)
        self._admissions = admissions
        self._discharges = discharges
        self._transitions = transitions
        self._clock = clock

    async def quote(self, session: Session, chosen: Sequence[str]) -> Quote:
        """``chosen`` is the admission's key and the number of the calculation that was shown. Raises ChargeChanged for another one by now."""
        if len(chosen) != 2:
            raise NotFound("no calculation chosen", user_message="没有选择住院，请从住院列表进入。")
        known = await self._admissions.one(session, chosen[0])
        plan = await self._discharges.plan(session.hospital, known)
        asked = plan.presettlement
        if asked.number != chosen[1]:
            raise ChargeChanged(
                "another calculation than was shown", user_message="住院费用有变化，请重新核对后再结算。"
            )
        return Quote(
            parts=(QuotedPart(amount_fen=asked.to_pay_fen),),
            claims=(f"discharge:{asked.number}",),
            description=f"{self._hospitals[session.hospital].name} {self.texts.title}",
            patient_name=known.admission.patient_name,
            card_no=known.admission.card_no,
            subject=subject_of(known.admission, plan),
        )

    async def book(self, payment: Payment) -> Booking:
        """Settled in the HIS first; then each lot's refund is asked for. Both are safe to repeat."""
        plan = plan_of(payment.personal.subject.facts)
        stay = Stay(admission_no=payment.personal.subject.numbers[0], count=plan.stay_count)
        paid = SettlementPaid(stay=stay, number=plan.presettlement.number, **paid_facts(payment))
        booking = await self._admissions.system(payment.hospital).settle(paid)
        await self._give_back(payment, plan)
        return booking

    async def check(self, payment: Payment) -> Booking | None:
        """A settlement that the HIS has although its answer was lost is carried out, too, before it counts as booked."""
        found = await super().check(payment)
        if found is not None and payment.state is PaymentState.PAID:
            await self._give_back(payment, plan_of(payment.personal.subject.facts))
        return found

    async def _give_back(self, payment: Payment, plan: Plan) -> None:
        """One refund of each lot, as far as the lot allows it; each goes on by itself, and one that fails leaves the others alone."""
        for share in plan.allocation.returns:
            with suppress(NotAllowed):
                await self._ask_back(payment, share)

    async def _ask_back(self, payment: Payment, share: Share) -> None:
        now = self._clock.now()
        ask = RefundAsk(
            request_id=request_of(payment.id),
            amount_fen=share.amount_fen,
            lines=(),
            reason=REASON,
            note="",
            by=HIS,
            requested_via=DOOR,
            approval_reasons=(),
        )
        await self._transitions.apply(payment.hospital, share.number, lambda lot: request_refund(lot, ask, now, now))


def subject_of(admission: Admission, plan: Plan) -> Subject:
    """The admission among the charges, the whole calculation among the facts."""
    charge = Charge(
        number=admission.stay.admission_no,
        kind=DISCHARGE,
        department=admission.department,
        doctor=admission.doctor,
        issued_at=admission.discharged_at or admission.admitted_at,
        own_fen=plan.presettlement.to_pay_fen,
    )
    return Subject(charges=(charge,), facts=facts_of(plan))
