"""The effect that tells staff: a request waits for somebody to agree, or what became of what they asked for."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from server.core.actors import actor_of, staff_number
from server.core.days import hospital_time
from server.core.errors import OutsideRefusal
from server.core.money import yuan_text
from server.core.ports import Clock, Sealer
from server.effects.model import Effect
from server.messages.service import must_have_settled
from server.patients.contact_ports import OutgoingMessage
from server.payments.hospital import Hospital
from server.payments.ledger import Decide
from server.payments.model import Payment
from server.payments.refund_model import REASONS, Refund, RefundState
from server.payments.rules.telling import REFUND_WAITING, ahead_of, must_wait, staff_to_tell, staff_told
from server.payments.rules.topics import Topic
from server.payments.texts import REFUND_STATES
from server.refunds.rules.permissions import DECIDES, own_money
from server.refunds.texts import _why_second, covered, decided_no, unnamed
from server.refunds.write_offs import WORDS
from server.staff.actor_texts import who
from server.staff.model import Staff, StaffState
from server.staff.ports import StaffStore
from server.staff.reach import reached


class StaffMessageService:
    """TELL_STAFF: first whom, then each by an effect of their own. Each is told once for sure, twice only where the platform never
    answered; who can't be reached finds it under 待办 and 进度 all the same.
    """

    def __init__(self, hospitals: Mapping[str, Hospital], staff: StaffStore, sealer: Sealer, clock: Clock) -> None:
        self._hospitals = hospitals
        self._staff = staff
        self._sealer = sealer
        self._clock = clock

    async def run(self, payment: Payment, effect: Effect) -> Decide:
        subject, token, now = effect.subject, effect.lease or "", self._clock.now()
        topic = Topic.of(subject)
        purpose, number, refund = topic.purpose, topic.staff, topic.refund_in(payment)
        if ahead_of(payment.effects, effect) is not None:
            return lambda current: must_wait(current, effect.key, token, now)
        if number:
            must_have_settled(effect, now)
            if refund is not None:
                await self._tell_one(payment, refund, purpose, number, effect)
            return lambda current: staff_told(current, subject, token, now)
        waiting = purpose == REFUND_WAITING
        people = [] if refund is None else await (self._deciders if waiting else self._asker)(payment, refund)
        numbers = [person.number for person in people]
        return lambda current: staff_to_tell(current, subject, token, numbers, now)

    async def _tell_one(self, payment: Payment, refund: Refund, purpose: str, number: str, effect: Effect) -> None:
        """Nobody is asked to agree to what is decided by now, or is not theirs to decide. Who has left can't be reached any more."""
        waiting = purpose == REFUND_WAITING
        person = await self._staff.get(payment.hospital, number)
        if person is None:
            return
        if waiting and (refund.state is not RefundState.REQUESTED or not _may_decide(person, payment, refund)):
            return
        text = self._request(refund) if waiting else self._result(payment, refund)
        await self._tell(payment, person, purpose, text, refund, effect)

    async def _deciders(self, payment: Payment, refund: Refund) -> list[Staff]:
        everybody = await self._staff.all(payment.hospital)
        return [one for one in everybody if _may_decide(one, payment, refund)]

    async def _asker(self, payment: Payment, refund: Refund) -> list[Staff]:
        one = await self._staff.get(payment.hospital, staff_number(refund.asked_by))
        return [] if one is None else [one]

    def _request(self, refund: Refund) -> str:
        return (
            f"退费待审批 {refund.id[-9:]}\n{yuan_text(refund.asked_fen)}元，{REASONS.get(refund.reason, '')}\n"
            f"{who(actor_of(refund.asked_by))}发起，需审批：{_why_second(refund)}\n回复“同意 {refund.id[-9:]}”或“驳回 {refund.id[-9:]}”"
        )

    def _result(self, payment: Payment, refund: Refund) -> str:
        why_not = self._why_not(payment, refund)
        words = f"\n{why_not}" if why_not else ""
        if refund.covered_by:
            words += f"\n{covered(payment, refund)}"
        return f"退费 {refund.id[-9:]} {yuan_text(refund.asked_fen)}元\n{REFUND_STATES[refund.state]}{words}"

    def _why_not(self, payment: Payment, refund: Refund) -> str:
        """Who said no, and in which words; empty where nobody did."""
        if not refund.his_words:
            return ""
        said = self._sealer.open(f"{WORDS}:{payment.id}", refund.his_words).decode()
        return decided_no(refund, unnamed(payment, said))

    async def _tell(
        self, payment: Payment, person: Staff, purpose: str, text: str, refund: Refund, effect: Effect
    ) -> None:
        """A final no of the platform is no reason to try for ever."""
        hospital = self._hospitals[payment.hospital]
        values = {
            "hospital": hospital.name,
            "refund": refund.id[-9:],
            "amount": yuan_text(refund.asked_fen),
            "state": REFUND_STATES[refund.state],
            "reason": self._why_not(payment, refund) or _why_second(refund) or REASONS.get(refund.reason, ""),
            "time": f"{hospital_time(refund.at):%Y-%m-%d %H:%M}",
        }
        notice = OutgoingMessage(purpose=purpose, values=values)
        with suppress(OutsideRefusal):
            await reached(hospital, person, text, notice, f"{refund.id}-{effect.subject}")


def _may_decide(one: Staff, payment: Payment, refund: Refund) -> bool:
    """Whose agreement is asked for."""
    return (
        one.state is StaffState.ACTIVE
        and one.role in DECIDES
        and one.as_actor != refund.asked_by
        and one.limits.per_refund_fen >= refund.asked_fen
        and not own_money(one, payment)
    )
