"""The effects that send money back and ask what became of it. The number is stored before it is sent; every retry reuses it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from server.core.errors import NotAllowed, NotFound, NotSent, OutsideRefusal
from server.core.ports import Clock, Ids
from server.effects.model import Effect, EffectKind, held
from server.payments.hospital import Hospital
from server.payments.late_bookings import LateBookings
from server.payments.ledger import Decide
from server.payments.model import Payment
from server.payments.part import Part, PartState
from server.payments.ports import PaidOrder, PaymentChannel
from server.payments.refund_looks import RefundLooks
from server.payments.refund_model import REASONS, Refund
from server.payments.rules.looking import effect_failed
from server.payments.rules.outside_refunds import TellAgain
from server.payments.rules.refund_shares import elsewhere_fen, heard_part, heard_refunds
from server.payments.rules.refunded_elsewhere import given_back, heard_of_nothing
from server.payments.rules.returning import refund_answered
from server.payments.rules.trades import ChannelRefund, RefundOutcome
from server.payments.unclaimed import UnclaimedMoneyKeeper
from server.refunds.rules.requests import expire_refund

AUTOMATIC = "自动退回"


class RefundService:
    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        unclaimed: UnclaimedMoneyKeeper,
        late: LateBookings,
        looks: RefundLooks,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._hospitals = hospitals
        self._unclaimed = unclaimed
        self._late = late
        self._looks = looks
        self._clock = clock
        self._ids = ids

    async def run(self, payment: Payment, effect: Effect) -> Decide:
        """REFUND, QUERY_REFUND and EXPIRE of the refund that the effect names."""
        if effect.kind is EffectKind.EXPIRE:
            at, token = self._clock.now(), effect.lease or ""
            return lambda current: expire_refund(current, effect.subject, token, at)
        refund = payment.refund(effect.subject)
        if refund is None and effect.kind is EffectKind.QUERY_REFUND:
            return await self._heard_of(payment, effect, effect.subject)
        if refund is None:
            raise NotFound(f"refund {effect.subject}")
        if effect.kind is EffectKind.REFUND:
            return await self._sent(payment, refund, effect)
        part = payment.part_of(refund)
        channel = self._hospitals[payment.hospital].channels[part.channel]
        return await self._placed(payment, effect, channel, await channel.query_refund(part.order_no, refund.id))

    async def _sent(self, payment: Payment, refund: Refund, effect: Effect) -> Decide:
        """A channel that refuses to send money back has perhaps sent it back already, in the merchant console: it is asked at once."""
        part = payment.part_of(refund)
        channel = self._hospitals[payment.hospital].channels[part.channel]
        if first := heard_refunds(payment, part):
            return await self._heard_of(payment, effect, first[0])
        if late := await self._late.before_sending(payment, refund, effect):
            return late
        reason = REASONS.get(refund.reason, AUTOMATIC)
        try:
            answer = await channel.refund(PaidOrder.of(part), refund.id, refund.amount_fen, reason)
        except OutsideRefusal:
            await self._looks.touched(payment)
            raise
        return await self._placed(payment, effect, channel, answer)

    async def _placed(self, payment: Payment, effect: Effect, channel: PaymentChannel, answer: ChannelRefund) -> Decide:
        now, jitter, asked_by = self._clock.now(), self._ids.jitter(), (effect.key, effect.lease or "")

        def decide(current: Payment) -> Payment:
            return refund_answered(current, answer, now, jitter, asked_by)

        try:
            decide(payment)
        except NotAllowed as different:
            await self._unclaimed.keep(payment.hospital, channel.name, answer, str(different))
            raise OutsideRefusal(channel.name, "REFUND_DIFFERS", str(different)) from different
        return decide

    async def _heard_of(self, payment: Payment, effect: Effect, number: str) -> Decide:
        """A refund of somebody else's that had no room when it was told: placed as soon as it has, for the channel knows it. ``effect`` is
        the look for it, or one of ours that waits until it is placed.
        """
        token, part = effect.lease or "", heard_part(payment, number)
        channel = self._hospitals[payment.hospital].channels[part.channel]
        answer = await channel.query_refund(part.order_no, number)
        now, jitter = self._clock.now(), self._ids.jitter()
        if answer.outcome is RefundOutcome.CLOSED or self._is_known_by_number(payment, part, number, answer):
            return lambda current: heard_of_nothing(current, number, effect.key, token, now)
        if answer.outcome is RefundOutcome.ABSENT:
            raise NotSent(channel.name, "a refund that was told is not to be found yet")
        decide = _place(answer, effect, token, now, jitter)
        try:
            decide(payment)
        except NotAllowed as different:
            await self._unclaimed.keep(payment.hospital, channel.name, answer, str(different))
            return lambda current: heard_of_nothing(current, number, effect.key, token, now)
        return decide

    @staticmethod
    def _is_known_by_number(payment: Payment, part: Part, number: str, answer: ChannelRefund) -> bool:
        """A refund that was told without a number has perhaps the order's. Where it has not, and the refunds that are known by their numbers
        explain all that was told, it is one of these.
        """
        absent = answer.outcome is RefundOutcome.ABSENT
        return absent and number == part.order_no and not elsewhere_fen(payment, part)


def _place(answer: ChannelRefund, effect: Effect, token: str, now: datetime, jitter: float) -> Decide:
    """Place it, or try again later while there is no room or its money is not known."""

    def decide(current: Payment) -> Payment:
        held(current.effects, effect.key, token)
        try:
            placed = refund_answered(current, answer, now, jitter)
        except TellAgain:
            return effect_failed(current, effect.key, token, now, jitter, "NO_ROOM_YET", unknown=False)
        except NotAllowed:
            if current.part_for(answer.out_trade_no).state is PartState.PAID:
                raise
            return effect_failed(current, effect.key, token, now, jitter, "MONEY_NOT_KNOWN_YET", unknown=False)
        return given_back(placed, effect.key, token, now)

    return decide
