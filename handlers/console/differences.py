"""Differences over several days: filters, saved views, and decisions about several at once with a summary first."""

from __future__ import annotations

from handlers.console.days import DaysRoom
from handlers.console.views.differences import (
    PATH,
    differences_page,
    differences_summary,
    query_of,
    search_typed,
)
from server.core.errors import BadInput, NotAllowed, NotFound, Refusal, TooManyTries
from server.reconciliation.decisions import AT_ONCE_MAX
from server.reconciliation.rules.difference_list import DifferenceSearch

PICK_CHARS_MAX = 200


class DifferencesHandler(DaysRoom):
    async def get(self) -> None:
        room = self.console.differences
        if name := self.get_query_argument("view", ""):
            self.redirect(f"{PATH}?{query_of(room.view(self.staff, name))}", status=303)
            return
        done = self.get_query_argument("done", "")
        notice = f"已处理{done}条。" if done.isascii() and done.isdigit() and len(done) <= 3 else ""
        await self._show_list(notice=notice)

    async def post(self) -> None:
        do = self.get_body_argument("do", "")
        try:
            await self._act(do)
        except (BadInput, NotAllowed, NotFound, TooManyTries) as refusal:
            if do == "decide" and isinstance(refusal, NotAllowed | TooManyTries):
                await self._proof_again(refusal)
            else:
                await self._show_list(refusal=refusal)

    async def _act(self, do: str) -> None:
        room, name = self.console.differences, self.get_body_argument("name", "")
        if do == "keep":
            await room.keep(self.staff, name, self._search())
            self.redirect(self._back(), status=303)
        elif do == "drop":
            await room.views.drop(self.staff, name)
            self.redirect(self._back(), status=303)
        elif do == "decide":
            done = await room.decide(self.staff, self._picks(), self.chosen(), self._remark(), self.proof())
            self.redirect(f"{self._back()}&done={done}", status=303)
        else:
            await self._show_summary()

    async def _show_summary(self, refusal: Refusal | None = None) -> None:
        picks, act, remark = self._picks(), self.chosen(), self._remark()
        summary = await self.console.differences.summary(self.staff, picks, act, remark)
        form = {"ids": [" ".join(pick) for pick in picks], "act": str(act), "remark": remark.strip()}
        page = {**differences_summary(summary, self._back(), len({day for day, _ in picks}), form), "problem": ""}
        if refusal is not None:
            self.show_again("decision", page, refusal)
        else:
            self.show("decision", page)

    async def _proof_again(self, refusal: Refusal) -> None:
        """The summary once more, or the list where what was shown is not allowed any more."""
        try:
            await self._show_summary(refusal)
        except (BadInput, NotAllowed, NotFound):
            await self._show_list(refusal=refusal)

    async def _show_list(self, notice: str = "", refusal: Refusal | None = None) -> None:
        room, search = self.console.differences, self._search()
        found = await room.found(self.staff, search)
        names = room.views.names(self.staff)
        page = {
            **differences_page(found, search, names, self.hospital.prefix, self.channels, self.hospital.channels),
            "notice": notice,
            "problem": "",
            "remark": self.get_body_argument("remark", ""),
        }
        if refusal is not None:
            self.show_again("differences", page, refusal)
        else:
            self.show("differences", page)

    def _search(self) -> DifferenceSearch:
        return search_typed(lambda name: self.get_query_argument(name, ""), self.console.differences.usual())

    def _back(self) -> str:
        return f"{PATH}?{query_of(self._search())}"

    def _remark(self) -> str:
        return self.get_body_argument("remark", "")

    def _picks(self) -> list[tuple[str, str]]:
        """(day's id, difference's id)."""
        told = self.get_body_arguments("pick")[: AT_ONCE_MAX + 1]
        pairs = [pick[:PICK_CHARS_MAX].partition(" ") for pick in told]
        return [(day, each) for day, _, each in pairs]
