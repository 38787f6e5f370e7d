"""The effects that ask a channel what became of an order, and that close it."""

from __future__ import annotations

from collections.abc import Mapping

from server.core.errors import OutsideRefusal
from server.core.ports import Clock, Ids
from server.effects.model import Effect, EffectKind
from server.payments.hospital import Hospital
from server.payments.ledger import Decide
from server.payments.model import Payment
from server.payments.rules.paying import MoneyDiffers, after_look
from server.payments.unclaimed import UnclaimedMoneyKeeper


class SettlingService:
    """QUERY and CLOSE. Each call of the outside gives back the decision to apply, under the effect's own lease."""

    def __init__(
        self, hospitals: Mapping[str, Hospital], unclaimed: UnclaimedMoneyKeeper, clock: Clock, ids: Ids
    ) -> None:
        self._hospitals = hospitals
        self._unclaimed = unclaimed
        self._clock = clock
        self._ids = ids

    async def run(self, payment: Payment, effect: Effect) -> Decide:
        part = payment.part_for(effect.subject)
        channel = self._hospitals[payment.hospital].channels[part.channel]
        ask = channel.close if effect.kind is EffectKind.CLOSE else channel.query
        trade = await ask(part.order_no)
        now, jitter, token = self._clock.now(), self._ids.jitter(), effect.lease or ""

        def decide(current: Payment) -> Payment:
            return after_look(current, effect.kind, token, trade, now, jitter)

        try:
            decide(payment)
        except MoneyDiffers as different:
            await self._unclaimed.keep(payment.hospital, channel.name, trade, str(different))
            raise OutsideRefusal(channel.name, "MONEY_DIFFERS", str(different)) from different
        return decide
