"""The effect that tells staff: a request waits for somebody to agree, or what became of what they asked for."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from server.domain.actors import Source, actor_of, staff_number
from server.domain.console_refunds import gone_fen
from server.domain.days import hospital_time
from server.domain.effects import Effect
from server.domain.errors import OutsideRefusal
from server.domain.money import yuan_text
from server.domain.payment import Payment
from server.domain.refund import REASONS, Refund, RefundState
from server.domain.refund_rules import DECIDES, SECOND_REASONS, own_money
from server.domain.staff import Staff, StaffState
from server.domain.state_names import REFUND_STATES
from server.domain.telling import REFUND_WAITING, ahead_of, must_wait, staff_to_tell, staff_told
from server.ports import Clock, Hospital, Notice, Sealer, StaffStore
from server.services.actor_words import who
from server.services.messages import must_have_settled
from server.services.staff_reach import reached
from server.services.transitions import Decide
from server.services.write_offs import WORDS


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
        purpose, which, number = (*subject.split("."), "")[:3]
        refund = payment.refund(f"{payment.id}{which}")
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
        """Who has left meanwhile is told nothing, nor is anybody asked to agree to what is decided by now, or is not theirs to decide."""
        waiting = purpose == REFUND_WAITING
        person = await self._staff.get(payment.hospital, number)
        if person is None or person.state is not StaffState.ACTIVE:
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
        return [one] if one is not None and one.state is StaffState.ACTIVE else []

    def _request(self, refund: Refund) -> str:
        return (
            f"退费待审批 {refund.id[-9:]}\n{yuan_text(refund.amount_fen)}元，{REASONS.get(refund.reason, '')}\n"
            f"{who(actor_of(refund.asked_by))}发起，需审批：{_why_second(refund)}\n回复“同意 {refund.id[-9:]}”或“驳回 {refund.id[-9:]}”"
        )

    def _result(self, payment: Payment, refund: Refund) -> str:
        why_not = self._why_not(payment, refund)
        words = f"\n{why_not}" if why_not else ""
        if refund.covered_by:
            words += f"\n{covered(payment, refund)}"
        return f"退费 {refund.id[-9:]} {yuan_text(refund.amount_fen)}元\n{REFUND_STATES[refund.state]}{words}"

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
            "amount": yuan_text(refund.amount_fen),
            "state": REFUND_STATES[refund.state],
            "reason": self._why_not(payment, refund) or _why_second(refund) or REASONS.get(refund.reason, ""),
            "time": f"{hospital_time(refund.at):%Y-%m-%d %H:%M}",
        }
        notice = Notice(purpose=purpose, values=values)
        with suppress(OutsideRefusal):
            await reached(hospital, person, text, notice, f"{refund.id}-{effect.subject}")


def unnamed(payment: Payment, words: str) -> str:
    """The HIS's words for a chat, which names nobody."""
    name = payment.personal.patient_name
    return words.replace(name, "就诊人") if name else words


def decided_no(refund: Refund, words: str) -> str:
    """Who said no, and why, as one line."""
    actor = actor_of(refund.decided_by)
    return f"{who(actor)}：{words}" if actor.source in {Source.HIS, Source.STAFF} else words


def _may_decide(one: Staff, payment: Payment, refund: Refund) -> bool:
    """Whose agreement is asked for."""
    return (
        one.state is StaffState.ACTIVE
        and one.role in DECIDES
        and one.as_actor != refund.asked_by
        and one.limits.per_refund_fen >= refund.amount_fen
        and not own_money(one, payment)
    )


def covered(payment: Payment, refund: Refund) -> str:
    """The console's refund takes the place of this one, or of a part of it."""
    gone, rest = gone_fen(payment, refund), refund.amount_fen - gone_fen(payment, refund)
    if not rest:
        return "财务已在收款平台退费，本次不再重复退。"
    return f"财务已在收款平台退费{yuan_text(gone)}元，其余{yuan_text(rest)}元继续退。"


def _why_second(refund: Refund) -> str:
    return "、".join(SECOND_REASONS[name] for name in refund.second)
