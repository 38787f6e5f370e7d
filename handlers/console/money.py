"""What waits for finance."""

from __future__ import annotations

from typing import ClassVar

from handlers.console.room import RoomHandler
from handlers.console.views.money import money_page
from server.console.rules import Room


class MoneyHandler(RoomHandler):
    here: ClassVar[Room | None] = Room.MONEY

    async def get(self) -> None:
        unclaimed = await self.console.money.unclaimed(self.staff)
        self.show("money", money_page(self.hospital, unclaimed))
