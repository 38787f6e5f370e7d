"""Payments: found by number, phone's end, card or day; one of them with its whole life, its channel and the HIS asked on demand."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from urllib.parse import urlencode

from handlers.base.moments import place_text, read_place
from handlers.console.room import RoomHandler
from handlers.console.views.asked import channel_says, his_says
from handlers.console.views.columns import chosen
from handlers.console.views.csv_file import payments_csv
from handlers.console.views.lists import refund_lines
from handlers.console.views.payment import payment_page
from handlers.console.views.search_form import search_typed
from handlers.console.views.search_page import EVERYTHING, Shown, search_page
from server.console.payment_room import DAY_PAGE
from server.console.rules import Room
from server.core.days import hospital_day
from server.core.errors import BadInput
from server.core.ports import ANSWERS_MAX
from server.payments.model import Payment
from server.payments.rules.search import PaymentSearch
from server.refunds.rules.permissions import DECIDES
from server.staff.views import CONSOLE

DONE = {
    "asked": "退费已提交，正在办理。",
    "waiting": "退费申请已提交，等待另一人审批。",
    "agreed": "已同意，正在办理。",
    "rejected": "已驳回。",
    "withdrawn": "已撤回。",
    "ending_proposed": "了结申请已提交，等待另一人复核。",
    "ending_agreed": "已了结。",
    "ending_dropped": "了结申请已撤销。",
}


class _SearchHandler(RoomHandler):
    here: ClassVar[Room | None] = Room.PAYMENTS

    def show_list(self, title: str, shown: Shown, *, status: int = 200) -> None:
        channels = {name: channel.capabilities.title for name, channel in self.hospital.channels.items()}
        day = shown.day or hospital_day(self.services.clock.now())
        views = self.console.search.views.names(self.staff)
        page = search_page(shown, channels)
        self.show("payments", {"title": title, "day": day.isoformat(), "views": views, **page}, status)

    async def show_today(self, problem: str, search: PaymentSearch = EVERYTHING) -> None:
        """What was typed makes no sense: it is said above the day's list."""
        day = hospital_day(self.services.clock.now())
        payments = await self.console.payments.on_day(self.staff, day)
        shown = Shown(payments=payments, search=search, day=day, problem=problem)
        self.show_list(f"{day.month}月{day.day}日的支付", shown, status=400)

    async def search(self, search: PaymentSearch) -> None:
        try:
            ticket, payment_id = await self.console.search.begin(self.staff, search)
        except BadInput as refusal:
            await self.show_today(refusal.user_message, search)
            return
        where = f"/console/payments/{payment_id}" if payment_id else f"/console/payments?found={ticket}"
        self.redirect(where, status=303)

    @property
    def ticket(self) -> str:
        return self.get_argument("found", "")[:40]


class PaymentsHandler(_SearchHandler):
    async def get(self) -> None:
        if self.ticket:
            search, found = await self.console.search.found(self.staff, self.ticket)
            self.show_list("搜索结果", Shown(payments=found.payments, search=search, found=found, ticket=self.ticket))
            return
        day, asked = self._day(), self.get_query_argument("before", "")
        before = read_place("before", asked) if asked else None
        payments = await self.console.payments.on_day(self.staff, day, before)
        more = ""
        if len(payments) >= DAY_PAGE:
            rest = {"day": day.isoformat(), "before": place_text(payments[-1].page_cursor)}
            more = f"/console/payments?{urlencode(rest)}"
        self.show_list(f"{day.month}月{day.day}日的支付", Shown(payments=payments, day=day, more=more))

    async def post(self) -> None:
        try:
            search = search_typed(lambda name: self.get_body_argument(name, ""), self.get_body_arguments("columns"))
        except BadInput as refusal:
            await self.show_today(refusal.user_message)
            return
        await self.search(search)

    def _day(self) -> date:
        text = self.get_query_argument("day", "")
        try:
            return date.fromisoformat(text) if text else hospital_day(self.services.clock.now())
        except ValueError:
            raise BadInput("day", user_message="日期不正确。") from None


class ViewsHandler(_SearchHandler):
    """Saved searches: this one kept under a name, one of them opened, or thrown away."""

    async def post(self) -> None:
        name, act = self.get_body_argument("name", ""), self.get_body_argument("act", "")
        if act == "open":
            await self.search(self.console.search.view(self.staff, name))
            return
        if act == "drop":
            await self.console.search.views.drop(self.staff, name)
            self.redirect("/console/payments", status=303)
            return
        await self.console.search.save(self.staff, self.ticket, name)
        self.redirect(f"/console/payments?found={self.ticket}", status=303)


class ExportHandler(_SearchHandler):
    """What a search has found, or the lines that were ticked, as a file; masked as on the page."""

    async def post(self) -> None:
        picked = set(self.get_body_arguments("pick")[:ANSWERS_MAX])
        search, found = await self.console.search.export(self.staff, self.ticket, picked)
        day = hospital_day(self.services.clock.now())
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="payments-{day:%Y%m%d}.csv"')
        self.finish(payments_csv(found.payments, chosen(search.columns)))


class WaitingHandler(RoomHandler):
    """Refunds that wait for a second person, those under way, and those that this member of staff asked for today."""

    here: ClassVar[Room | None] = Room.PAYMENTS

    async def get(self) -> None:
        waiting = await self.services.refund_search.waiting(self.staff, CONSOLE)
        today = await self.services.refund_search.today(self.staff, CONSOLE)
        decides = self.staff.role in DECIDES
        running = await self.console.payments.under_way(self.staff) if decides else ()
        lists = {"waiting": waiting, "running": running, "today": today}
        self.show("waiting", {**{name: refund_lines(pairs) for name, pairs in lists.items()}, "decides": decides})


class _OnePayment(RoomHandler):
    here: ClassVar[Room | None] = Room.PAYMENTS

    def show_payment(self, payment: Payment, **more: object) -> None:
        said = self.console.payments.said(payment)
        view = payment_page(payment, self.staff, said, self.hospital.channel_titles)
        self.show("payment", {**view, "notice": "", "channel_says": None, "his_says": None, **more})


class PaymentHandler(_OnePayment):
    async def get(self, payment_id: str) -> None:
        payment = await self.console.payments.look(self.staff, payment_id)
        self.show_payment(payment, notice=DONE.get(self.get_query_argument("done", ""), ""))


class AskHandler(_OnePayment):
    """The button: what the other side says right now, shown on the page and kept nowhere."""

    async def post(self, payment_id: str) -> None:
        now = self.services.clock.now()
        if self.get_body_argument("whom", "") == "his":
            payment, his = await self.console.payments.ask_his(self.staff, payment_id)
            self.show_payment(payment, his_says=his_says(payment, his, now))
            return
        payment, channel = await self.console.payments.ask_channel(self.staff, payment_id)
        self.show_payment(payment, channel_says=channel_says(payment, channel, now))
