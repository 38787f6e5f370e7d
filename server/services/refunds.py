"""The effects that send money back and ask what became of it. The number is stored before it is sent; every retry reuses it."""

from __future__ import annotations

from collections.abc import Mapping

from server.domain.effects import Effect, EffectKind
from server.domain.errors import NotAllowed, NotFound, OutsideRefusal
from server.domain.payment import Payment
from server.domain.refund import REASONS
from server.domain.refund_requests import expire_refund
from server.domain.refunding import refund_answered
from server.ports import Clock, Hospital, Ids
from server.services.transitions import Decide
from server.services.unclaimed import UnclaimedMoneyKeeper

AUTOMATIC = "自动退回"


class RefundService:
    def __init__(
        self, hospitals: Mapping[str, Hospital], unclaimed: UnclaimedMoneyKeeper, clock: Clock, ids: Ids
    ) -> None:
        self._hospitals = hospitals
        self._unclaimed = unclaimed
        self._clock = clock
        self._ids = ids

    async def run(self, payment: Payment, effect: Effect) -> Decide:
        """REFUND, QUERY_REFUND and EXPIRE of the refund that the effect names."""
        if effect.kind is EffectKind.EXPIRE:
            at, token = self._clock.now(), effect.lease or ""
            return lambda current: expire_refund(current, effect.subject, token, at)
        channel = self._hospitals[payment.hospital].channels[payment.request.channel]
        refund = payment.refund(effect.subject)
        if refund is None:
            raise NotFound(f"refund {effect.subject}")
        if effect.kind is EffectKind.REFUND:
            answer = await channel.refund(payment, refund.id, refund.amount_fen, REASONS.get(refund.reason, AUTOMATIC))
        else:
            answer = await channel.query_refund(payment, refund.id)
        now, jitter, asked_by = self._clock.now(), self._ids.jitter(), (effect.key, effect.lease or "")

        def decide(current: Payment) -> Payment:
            return refund_answered(current, answer, now, jitter, asked_by)

        try:
            decide(payment)
        except NotAllowed as different:
            await self._unclaimed.keep(payment.hospital, channel.name, answer, str(different))
            raise OutsideRefusal(channel.name, "REFUND_DIFFERS", str(different)) from different
        return decide
