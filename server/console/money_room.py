"""What waits for finance: money that fits no payment."""

from __future__ import annotations

from server.console.rules import Room, must_enter
from server.payments.ports import UnclaimedStore
from server.payments.unclaimed_model import UnclaimedMoney
from server.staff.model import Staff

SHOWN_MAX = 100
SETTLED_SHOWN_MAX = 20


class MoneyRoom:
    def __init__(self, unclaimed: UnclaimedStore) -> None:
        self._unclaimed = unclaimed

    async def unclaimed(self, actor: Staff) -> tuple[UnclaimedMoney, ...]:
        """What people have not ended yet, newest first."""
        must_enter(actor, Room.MONEY)
        return tuple(await self._unclaimed.unsettled(actor.hospital, SHOWN_MAX))

    async def settled(self, actor: Staff) -> tuple[UnclaimedMoney, ...]:
        """The newest that people have ended."""
        must_enter(actor, Room.MONEY)
        newest = await self._unclaimed.latest(actor.hospital, SHOWN_MAX)
        return tuple(money for money in newest if money.settled)[:SETTLED_SHOWN_MAX]
