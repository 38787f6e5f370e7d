"""Payments: found by number, phone's end, card or day; one of them with its whole life, its channel and the HIS asked on demand."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from urllib.parse import urlencode

from handlers.console.room import RoomDoor
from handlers.moments import place_text, read_place
from handlers.views.console.asked import channel_says, his_says
from handlers.views.console.lists import payment_lines, refund_lines
from handlers.views.console.payment import payment_page
from server.domain.console import Room
from server.domain.days import hospital_day
from server.domain.errors import BadInput
from server.domain.payment import Payment
from server.domain.refund_rules import DECIDES
from server.services.payment_room import DAY_PAGE
from server.services.refund_words import way_of
from server.services.staff_views import CONSOLE

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


class PaymentsDoor(RoomDoor):
    here: ClassVar[Room | None] = Room.PAYMENTS

    async def get(self) -> None:
        ticket = self.get_query_argument("found", "")[:40]
        if ticket:
            words, payments = await self.console.search.found(self.staff, ticket)
            self._show("搜索结果", payments, words=words)
            return
        day, asked = self._day(), self.get_query_argument("before", "")
        before = read_place("before", asked) if asked else None
        payments = await self.console.payments.on_day(self.staff, day, before)
        more = ""
        if len(payments) >= DAY_PAGE:
            rest = {"day": day.isoformat(), "before": place_text(payments[-1].place)}
            more = f"/console/payments?{urlencode(rest)}"
        self._show(f"{day.month}月{day.day}日的支付", payments, day=day, more=more)

    async def post(self) -> None:
        words = self.get_body_argument("words", "")
        try:
            ticket, payment_id = await self.console.search.begin(self.staff, words)
        except BadInput as refusal:
            await self._say(refusal.person)
            return
        where = f"/console/payments/{payment_id}" if payment_id else f"/console/payments?found={ticket}"
        self.redirect(where, status=303)

    async def _say(self, problem: str) -> None:
        day = hospital_day(self.services.clock.now())
        payments = await self.console.payments.on_day(self.staff, day)
        self._show(f"{day.month}月{day.day}日的支付", payments, day=day, problem=problem, status=400)

    def _show(
        self,
        title: str,
        payments: tuple[Payment, ...],
        *,
        words: str = "",
        day: date | None = None,
        more: str = "",
        problem: str = "",
        status: int = 200,
    ) -> None:
        shown_day = day or hospital_day(self.services.clock.now())
        view = {
            "title": title,
            "lines": payment_lines(payments),
            "words": words,
            "day": shown_day.isoformat(),
            "more": more,
            "problem": problem,
        }
        self.show("payments", view, status)

    def _day(self) -> date:
        text = self.get_query_argument("day", "")
        try:
            return date.fromisoformat(text) if text else hospital_day(self.services.clock.now())
        except ValueError:
            raise BadInput("day", person="日期不正确。") from None


class WaitingDoor(RoomDoor):
    """Refunds that wait for a second person, those under way, and those that this member of staff asked for today."""

    here: ClassVar[Room | None] = Room.PAYMENTS

    async def get(self) -> None:
        waiting = await self.services.refund_search.waiting(self.staff, CONSOLE)
        today = await self.services.refund_search.today(self.staff, CONSOLE)
        decides = self.staff.role in DECIDES
        running = await self.console.payments.under_way(self.staff) if decides else ()
        lists = {"waiting": waiting, "running": running, "today": today}
        self.show("waiting", {**{name: refund_lines(pairs) for name, pairs in lists.items()}, "decides": decides})


class _OnePayment(RoomDoor):
    here: ClassVar[Room | None] = Room.PAYMENTS

    def show_payment(self, payment: Payment, **more: object) -> None:
        said = self.console.payments.said(payment)
        known = payment.request.channel in self.hospital.channels
        channel = way_of(self.hospital, payment.request.channel).title if known else ""
        view = payment_page(payment, self.staff, said, channel=channel)
        self.show("payment", {**view, "notice": "", "channel_says": None, "his_says": None, **more})


class PaymentDoor(_OnePayment):
    async def get(self, payment_id: str) -> None:
        payment = await self.console.payments.look(self.staff, payment_id)
        self.show_payment(payment, notice=DONE.get(self.get_query_argument("done", ""), ""))


class AskDoor(_OnePayment):
    """The button: what the other side says right now, shown on the page and kept nowhere."""

    async def post(self, payment_id: str) -> None:
        now = self.services.clock.now()
        if self.get_body_argument("whom", "") == "his":
            payment, his = await self.console.payments.ask_his(self.staff, payment_id)
            self.show_payment(payment, his_says=his_says(payment, his, now))
            return
        payment, channel = await self.console.payments.ask_channel(self.staff, payment_id)
        self.show_payment(payment, channel_says=channel_says(payment, channel, now))
