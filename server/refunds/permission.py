"""Who may ask for a refund alone, and who may decide one, by all that Zhenfu knows of the people: the facts for `refunds.rules.permissions`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from server.core.actors import staff_number
from server.core.errors import NotAllowed
from server.core.ports import Clock
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.refund_channel import must_lead_back
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.refunds.rules.permissions import (
    DECIDES,
    AsOnePerson,
    must_be,
    must_be_allowed_to_decide,
    must_be_within_limits,
    must_fit_limits,
    must_not_be_cut,
    names_at_all_doors,
    own_money,
    second_person,
)
from server.staff.facts import StaffFacts
from server.staff.model import Staff
from server.staff.ports import StaffStore
from server.staff.rules.facts import Circle


@dataclass(frozen=True, slots=True)
class _Known:
    """A member of staff as a human being: whose numbers, and what else is known to be theirs."""

    circle: Circle
    person: AsOnePerson


class RefundPermission:
    """Asked for the preview, and again with the proof."""

    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        employees: StaffStore,
        facts: StaffFacts,
        clock: Clock,
    ) -> None:
        self._hospitals = hospitals
        self._employees = employees
        self._facts = facts
        self._clock = clock

    async def approval_reasons(self, actor: Staff, payment: Payment, amount_fen: int) -> tuple[str, ...]:
        """Why somebody else must agree; empty when nobody need."""
        alone = self._hospitals[actor.hospital].refund_rules.alone
        known = await self._known(actor)
        theirs = self._as_theirs(actor, payment, known)
        return second_person(actor, theirs, amount_fen, self._clock.now(), alone, known.person)

    async def must_decide(self, actor: Staff, payment: Payment, refund: Refund, *, agree: bool) -> None:
        """Raises NotAllowed with words."""
        number = await self._learned(actor.hospital, refund.asked_by)
        known = await self._known(actor)
        must_be_allowed_to_decide(
            actor,
            self._as_theirs(actor, payment, known),
            refund,
            asked_oneself=number in known.circle.sure,
            perhaps_oneself=number in known.circle.doubtful,
        )
        if agree:
            must_be_within_limits(actor, payment, refund, self._clock.now(), known.person)
            must_lead_back(self._hospitals[actor.hospital], payment, self._clock.now(), refund.id)

    async def must_be_second(self, actor: Staff, payment: Payment, asked_by: str, out_fen: int) -> None:
        """May this person agree to what ``asked_by`` wants done with ``payment``, so that ``out_fen`` leaves? By the rules of refunds.

        Raises NotAllowed with words.
        """
        now = self._clock.now()
        wanted = Refund(
            id="", amount_fen=out_fen, origin=RefundOrigin.STAFF, reason="other", state=RefundState.REQUESTED, at=now,
            asked_by=asked_by,
        )  # fmt: skip
        await self.must_decide(actor, payment, wanted, agree=False)
        if out_fen:
            must_be_within_limits(actor, payment, wanted, now, (await self._known(actor)).person)

    async def must_be_second_without_payment(self, actor: Staff, payer: str, asked_by: str, out_fen: int) -> None:
        """As `must_be_second`, for money that fits no payment; ``payer`` is the key of whoever paid it, empty where nobody says who.

        Raises NotAllowed with words.
        """
        must_be(actor, DECIDES)
        number = await self._learned(actor.hospital, asked_by)
        known = await self._known(actor)
        if number in known.circle.sure:
            raise NotAllowed("own proposal", user_message="不能复核自己提出的了结。")
        if number in known.circle.doubtful:
            raise NotAllowed("perhaps own", user_message="您与提出人姓名或手机号相同，请管理员先确认不是同一人。")
        self._must_not_be_paid_by(actor, known, payer)
        if out_fen:
            must_fit_limits(actor, 0, out_fen, self._clock.now(), known.person)

    async def must_not_have_paid(self, actor: Staff, payer: str) -> None:
        """Raises NotAllowed where the payer of this key is this very person."""
        self._must_not_be_paid_by(actor, await self._known(actor), payer)

    def _must_not_be_paid_by(self, actor: Staff, known: _Known, payer: str) -> None:
        if self._facts.owns(actor.hospital, known.circle, payer, "", ""):
            raise NotAllowed("own money", user_message="不能办理与本人有关的款项。")

    async def must_fit_the_day(self, proven: Staff) -> None:
        """After what this person lets go has been spent under the number of ``proven``: what the same human being spends under other
        numbers is read now. Whoever acts under two numbers at once has written both sums before either of them is read, so at
        least one of the two acts sees the other.

        Raises NotAllowed with words; the caller gives back what was spent.
        """
        person = (await self._known(proven)).person
        if proven.spent_today_fen(self._clock.now()) + person.spent_elsewhere_fen > proven.limits.per_day_fen:
            raise NotAllowed("day limit over all numbers", user_message="超过您的当日限额，请重新操作。")

    async def must_not_be_theirs(self, actor: Staff, payment: Payment) -> None:
        """Raises NotAllowed where the payment is their own."""
        if own_money(actor, self._as_theirs(actor, payment, await self._known(actor))):
            raise NotAllowed("own payment", user_message="不能办理与本人有关的支付。")

    async def on_own_word(self, actor: Staff, amount_fen: int) -> Callable[[Payment], None]:
        """What must still hold in the write itself, where nobody else agrees. The answer raises NotAllowed with words."""
        person = (await self._known(actor)).person
        return lambda payment: must_not_be_cut(actor, payment, amount_fen, person)

    # ---- steps ---------------------------------------------------------------------------------------------------------------------

    async def _learned(self, hospital: str, asked_by: str) -> str:
        """The employee number of whoever asked, of whom all that is known at this moment is kept."""
        number = staff_number(asked_by)
        asker = await self._employees.get(hospital, number)
        if asker is not None:
            await self._facts.learn(asker)
        return number

    async def _known(self, actor: Staff) -> _Known:
        """Everything by which this human being is known, now (docs/decisions/0018) and ever (0028)."""
        circle = await self._facts.circle(actor)
        names, spent_fen = names_at_all_doors(actor), 0
        for number in sorted(circle.sure - {actor.number}):
            other = await self._employees.get(actor.hospital, number)
            if other is not None:
                names |= names_at_all_doors(other)
                spent_fen += other.spent_today_fen(self._clock.now())
        return _Known(circle, AsOnePerson(names, spent_fen))

    def _as_theirs(self, actor: Staff, payment: Payment, known: _Known) -> Payment:
        """For the rules: what this person paid through another entrance, or for themselves, is their own money, too."""
        personal = payment.personal
        is_theirs = self._facts.owns(
            actor.hospital, known.circle, payment.owner, personal.card_no, personal.patient_name
        )
        return replace(payment, personal=replace(personal, patient_name=actor.name)) if is_theirs else payment
