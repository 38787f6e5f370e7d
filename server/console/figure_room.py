"""Registers and figures for finance. Names are masked, and still who looked is written down."""

from __future__ import annotations

from datetime import date, timedelta

from server.console.rules import Room, must_enter
from server.core.days import hospital_day
from server.core.ports import Clock
from server.reconciliation.register_model import Books
from server.reconciliation.registers import Registers
from server.staff.model import Staff
from server.staff.views import CONSOLE, StaffViews


class FigureRoom:
    def __init__(self, registers: Registers, views: StaffViews, clock: Clock) -> None:
        self._registers = registers
        self._views = views
        self._clock = clock

    def usual(self) -> tuple[date, date]:
        """The days that are shown to who asks for none: this month until today."""
        today = hospital_day(self._clock.now())
        return today.replace(day=1), today

    def month_before(self) -> tuple[date, date]:
        last = self.usual()[0] - timedelta(days=1)
        return last.replace(day=1), last

    async def books(self, actor: Staff, first: date, last: date) -> Books:
        """Raises NotAllowed, BadInput."""
        must_enter(actor, Room.FIGURES)
        books = await self._registers.read(actor.hospital, first, last)
        await self._views.listed(actor, f"{first}/{last}", CONSOLE)
        return books
