"""Reconciliation in the console: the month, one day, and decisions about its differences with a summary first."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

from handlers.console.figures import XLSX
from handlers.console.room import RoomHandler
from handlers.console.views.actors import CHANNELS
from handlers.console.views.day_words import standing_text
from handlers.console.views.days import SHOWN, day_page, decision_text, fees_sheet, first_link, month_page, summary_page
from handlers.console.views.figures import sheet_view
from handlers.console.views.live import live_page
from handlers.console.views.sheet_cells import words_of
from handlers.console.views.sheet_files import sheet_csv, workbook
from server.console.rules import Room
from server.core.days import hospital_day
from server.core.errors import BadInput, NotAllowed, NotFound, Refusal, TooManyTries
from server.reconciliation.day_model import DispositionAct
from server.reconciliation.decisions import AT_ONCE_MAX
from server.reconciliation.model import Category
from server.reconciliation.register_model import Sheet
from server.reconciliation.rules.day_sheets import day_list, differences
from server.reconciliation.rules.result_text import result_from_text
from server.reconciliation.texts import DAY_STATES

DONE = {"decided": "已处理。", "agreed": "已复核。", "again": "已安排重新对账，稍后刷新。"}


class DaysRoom(RoomHandler):
    here: ClassVar[Room | None] = Room.DAYS

    @property
    def channels(self) -> Mapping[str, str]:
        return {**CHANNELS, **{name: channel.capabilities.title for name, channel in self.hospital.channels.items()}}

    def chosen(self) -> DispositionAct:
        """The act of the form. Raises BadInput."""
        act = next((one for one in DispositionAct if one == self.get_body_argument("act", "")), None)
        if act is None:
            raise BadInput("act", user_message="请选择怎么处理。")
        return act

    async def send_sheets(self, sheets: Sequence[Sheet], name: str) -> None:
        """All of them in one Excel file, or the first one as CSV."""
        kind = "csv" if self.get_body_argument("kind", "") == "csv" else "xlsx"
        word = words_of(self.channels)
        self.set_header("Content-Disposition", f'attachment; filename="{name}.{kind}"')
        self.set_header("Content-Type", "text/csv; charset=utf-8" if kind == "csv" else XLSX)
        if kind == "csv":
            self.finish(await asyncio.to_thread(sheet_csv, sheets[0], word))
        else:
            about = [("医院", self.hospital.name), ("金额单位", "元")]
            self.finish(await asyncio.to_thread(workbook, sheets, about, word))


class MonthHandler(DaysRoom):
    async def get(self) -> None:
        first = self._month()
        days = await self.console.days.month(self.staff, first)
        today = hospital_day(self.services.clock.now())
        fees = sheet_view(fees_sheet(days, self.channels), words_of(self.channels))
        live = live_page(await self.console.live.standing(self.staff), self.services.clock.now())
        self.show("reconciliation", {**month_page(days, first, today, self.channels), **live, "fees": fees})

    async def post(self) -> None:
        """The month's list as a file."""
        first = self._month()
        days = await self.console.days.month(self.staff, first)
        told = [
            (result_from_text(day.result), DAY_STATES[day.state], self.channels.get(day.channel, day.channel))
            for day in days
            if day.result
        ]
        await self.send_sheets([day_list(told), fees_sheet(days, self.channels)], f"reconciliation-{first:%Y%m}")

    def _month(self) -> date:
        text = self.get_argument("month", "")
        try:
            return date.fromisoformat(f"{text}-01") if text else self.console.days.this_month()
        except ValueError:
            raise BadInput("month", user_message="月份不正确。") from None


class DayHandler(DaysRoom):
    async def get(self, day_id: str) -> None:
        await self.show_day(day_id, notice=DONE.get(self.get_query_argument("done", ""), ""))

    async def post(self, day_id: str) -> None:
        do = self.get_body_argument("do", "")
        if do == "file":
            day = await self.console.days.day(self.staff, day_id)
            if not day.result:
                raise NotFound("result", user_message="这一天还没有对完账。")
            decided = {
                each.discrepancy: decision_text(each) for each in day.dispositions
            }  # the last one about it counts
            await self.send_sheets([differences(result_from_text(day.result), decided)], f"differences-{day_id}")
            return
        try:
            done = await self._act(day_id, do)
        except (BadInput, NotAllowed, NotFound, TooManyTries) as refusal:
            await self._again(day_id, do, refusal)
            return
        if done:
            self.redirect(f"/console/reconciliation/{day_id}?done={done}", status=303)

    async def _act(self, day_id: str, do: str) -> str:
        room = self.console.days
        if do == "again":
            await room.run_again(self.staff, day_id)
            return "again"
        if do == "agree":
            await room.agree(self.staff, day_id, self.get_body_argument("id", "")[:200], self.proof())
            return "agreed"
        ids, remark = self.get_body_arguments("pick")[:AT_ONCE_MAX], self.get_body_argument("remark", "")
        act = self.chosen()
        if do == "decide":
            await room.decide(self.staff, day_id, ids, act, remark, self.proof())
            return "decided"
        await self._show_summary(day_id)
        return ""

    async def _show_summary(self, day_id: str, refusal: Refusal | None = None) -> None:
        day = await self.console.days.day(self.staff, day_id)
        ids, remark = self.get_body_arguments("pick")[:AT_ONCE_MAX], self.get_body_argument("remark", "")
        summary = await self.console.days.summary(self.staff, day_id, ids, self.chosen(), remark)
        form = {"ids": ids, "act": str(self.chosen()), "remark": remark.strip()}
        page = {**summary_page(day, self.channels, summary, form), "problem": ""}
        if refusal is not None:
            self.show_again("decision", page, refusal)
        else:
            self.show("decision", page)

    async def _again(self, day_id: str, do: str, refusal: Refusal) -> None:
        """A wrong proof is typed again on the summary; everything else is said above the day."""
        if do == "decide" and not isinstance(refusal, NotFound | BadInput):
            try:
                await self._show_summary(day_id, refusal)
            except NotAllowed:  # what was shown before is not allowed any more
                pass
            else:
                return
        await self.show_day(day_id, refusal=refusal)

    async def show_day(self, day_id: str, notice: str = "", refusal: Refusal | None = None) -> None:
        day = await self.console.days.day(self.staff, day_id)
        shown, category = self.get_query_argument("show", "open"), self.get_query_argument("category", "")
        if shown not in SHOWN or category not in ("", *Category):
            raise BadInput("filter", user_message="没有这种筛选。")
        page = {
            **day_page(day, self.channels, self.hospital.prefix, shown, category),
            "first": first_link(await self.console.days.first_to_match(day), self.channels),
            "stands": standing_text(day, await self.console.days.told_at(day)),
            "notice": notice,
            "problem": "",
            "remark": self.get_body_argument("remark", ""),
        }
        if refusal is not None:
            self.show_again("reconciled_day", page, refusal)
        else:
            self.show("reconciled_day", page)
