"""What waits for finance: money that fits no payment."""

from __future__ import annotations

from server.console.rules import Room, must_enter
from server.payments.ports import UnclaimedMoney, UnclaimedStore
from server.staff.model import Staff

SHOWN_MAX = 100


class MoneyRoom:
    def __init__(self, unclaimed: UnclaimedStore) -> None:
        self._unclaimed = unclaimed

    async def unclaimed(self, actor: Staff) -> tuple[UnclaimedMoney, ...]:
        """Newest first."""
        must_enter(actor, Room.MONEY)
        return tuple(await self._unclaimed.latest(actor.hospital, SHOWN_MAX))
