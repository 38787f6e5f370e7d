"""What waits for finance: money that fits no payment."""

from __future__ import annotations

from server.domain.console import Room, must_enter
from server.domain.staff import Staff
from server.ports import Stores, UnclaimedMoney

SHOWN_MAX = 100


class MoneyRoom:
    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def unclaimed(self, actor: Staff) -> tuple[UnclaimedMoney, ...]:
        """Newest first."""
        must_enter(actor, Room.MONEY)
        return tuple(await self._stores.unclaimed.latest(actor.hospital, SHOWN_MAX))
