"""Registers and figures of some days: as pages that can be printed, as Excel and as CSV."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import ClassVar

from handlers.base.display import day_and_time
from handlers.console.room import RoomHandler
from handlers.console.views.figures import figures_page, period_text
from handlers.console.views.sheet_cells import Word, words_of
from handlers.console.views.sheet_files import sheet_csv, workbook
from server.console.rules import Room
from server.core.errors import BadInput, NotFound
from server.reconciliation.register_model import Books
from server.reconciliation.rules.books import missing_note, sheets_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class _FiguresRoom(RoomHandler):
    here: ClassVar[Room | None] = Room.FIGURES

    @property
    def word(self) -> Word:
        return words_of({name: channel.capabilities.title for name, channel in self.hospital.channels.items()})

    def day(self, name: str, usual: date) -> date:
        text = self.get_argument(name, "")
        try:
            return date.fromisoformat(text) if text else usual
        except ValueError:
            raise BadInput("day", user_message="日期不正确。") from None

    async def books(self) -> Books:
        first, last = self.console.figures.usual()
        last = self.day("until", last)
        return await self.console.figures.books(self.staff, self.day("since", min(first, last)), last)


class FiguresHandler(_FiguresRoom):
    async def get(self) -> None:
        books = await self.books()
        at = day_and_time(self.services.clock.now())
        page = figures_page(books, self.console.figures.month_before(), self.word)
        self.show("figures", {**page, "made_at": at, "hospital_name": self.hospital.name})


class FigureFileHandler(_FiguresRoom):
    """``what`` is a sheet's name, or nothing for all of them in one Excel file; ``kind`` is xlsx or csv."""

    async def post(self) -> None:
        books = await self.books()
        what, kind = self.get_body_argument("what", ""), self.get_body_argument("kind", "xlsx")
        sheets = [sheet for sheet in sheets_of(books) if what in ("", sheet.name)]
        if not sheets or (kind == "csv" and len(sheets) > 1):
            raise NotFound("sheet", user_message="没有这张表。")
        name = f"{what or 'month'}-{books.first:%Y%m%d}-{books.last:%Y%m%d}.{'csv' if kind == 'csv' else 'xlsx'}"
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        if kind == "csv":
            self.set_header("Content-Type", "text/csv; charset=utf-8")
            self.finish(await asyncio.to_thread(sheet_csv, sheets[0], self.word))
            return
        self.set_header("Content-Type", XLSX)
        self.finish(await asyncio.to_thread(workbook, sheets, self._about(books), self.word))

    def _about(self, books: Books) -> list[tuple[str, str]]:
        made = f"{day_and_time(self.services.clock.now())} 工号{self.staff.number}"
        about = [
            ("医院", self.hospital.name),
            ("期间", period_text(books.first, books.last)),
            ("导出", made),
            ("金额单位", "元"),
        ]
        note = missing_note(books)
        return [*about, ("说明", note)] if note else about
