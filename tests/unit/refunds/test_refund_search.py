"""What staff look for: which payment, which refund of it, what waits for whom, and what somebody asked for today."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import NotAllowed, NotFound, TooManyTries
from server.payments.model import Payment
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.search import PaymentSearch
from server.refunds.search import NOT_FOUND, RefundSearch, SeveralFound
from server.staff.model import Role
from server.staff.rules.auth_events import SEARCHED
from tests.support.builders import HOSPITAL, PHONE
from tests.support.clock_and_ids import MORNING
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.refund_desk import at_the_desk

pytestmark = pytest.mark.asyncio
NO_REFUND = "没有找到这笔退费，请输入完整的退费单号。"


def a_refund(payment_id: str, nth: int, minutes: int = 0, **fields: Any) -> Refund:
    at = MORNING + timedelta(minutes=minutes)
    facts: dict[str, Any] = {
        "id": f"{payment_id}R{nth:02}", "amount_fen": 5, "origin": RefundOrigin.STAFF, "reason": "other",
        "state": RefundState.REQUESTED, "at": at, "asked_by": "staff:1001", "expires_at": at + timedelta(hours=24),
    }  # fmt: skip
    return Refund(**{**facts, **fields})


class SearchedPayments:
    """A payment of today, its staff, and more payments where a test puts them."""

    async def ready(self) -> SearchedPayments:
        self.app = InMemoryApp()
        self.first, cashier, approver = await at_the_desk(self.app)
        self.cashier, self.approver = await cashier.now(), await approver.now()
        self.admin = await (await an_employee(self.app, "9001", Role.ADMIN, name="钱管理")).now()
        return self

    @property
    def search(self) -> RefundSearch:
        return self.app.refund_search

    async def put(self, end: str, *refunds: Refund, minutes: int = 0) -> Payment:
        at = self.first.created_at + timedelta(minutes=minutes)
        payment = replace(self.first, id=f"{self.first.id[:-6]}{end}", claims=(), created_at=at, refunds=refunds)
        await self.app.stores.payments.insert(payment)
        return payment

    async def noted(self) -> list[tuple[str, str]]:
        """The searches in the audit chain, each with its door."""
        entries = await self.app.stores.audit.latest(HOSPITAL, 200)
        return [(entry.what, entry.detail["door"]) for entry in entries if entry.what == SEARCHED]

    def number(self, end: str) -> str:
        return f"{self.first.id[:-6]}{end}"


async def test_one_is_found_several_are_shown_to_choose_from_none_is_said() -> None:
    searched = await SearchedPayments().ready()
    assert (await searched.search.one(searched.cashier, f" {searched.first.id.lower()} ")).id == searched.first.id
    with pytest.raises(NotFound) as told:
        await searched.search.one(searched.cashier, "ZZZZZZ")
    assert told.value.user_message == NOT_FOUND == "没有找到这笔支付，请核对单号。"
    newest = [(await searched.put(f"T{n:05}", minutes=n)).id for n in range(1, 10)][::-1]
    with pytest.raises(SeveralFound) as several:
        await searched.search.one(searched.cashier, PHONE)
    assert [payment.id for payment in several.value.payments] == newest
    assert several.value.user_message == "有多笔支付符合，请输入完整单号。"
    assert len(await searched.search.find(searched.cashier, PHONE)) == 10


async def test_two_are_several() -> None:
    searched = await SearchedPayments().ready()
    second = await searched.put("T00001", minutes=1)
    with pytest.raises(SeveralFound) as several:
        await searched.search.one(searched.cashier, PHONE[-4:])
    assert [payment.id for payment in several.value.payments] == [second.id, searched.first.id]


async def test_one_that_was_shown_is_shown_again() -> None:
    searched = await SearchedPayments().ready()
    assert await searched.search.shown(searched.cashier, searched.first.id) == searched.first
    with pytest.raises(NotFound) as told:
        await searched.search.shown(searched.cashier, "nothing")
    assert told.value.user_message == NOT_FOUND


async def test_a_search_that_was_noted_is_turned_over_without_another_note() -> None:
    searched = await SearchedPayments().ready()
    wanted = PaymentSearch(words=f"+86 {PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}")
    found = await searched.search.again(searched.cashier, wanted)
    assert [payment.id for payment in found.payments] == [searched.first.id]
    assert await searched.noted() == []
    assert (await searched.search.look(searched.cashier, wanted, "console")).payments == found.payments
    assert await searched.noted() == [("staff_searched", "console")]


async def test_who_may_not_see_sees_nothing_and_is_not_counted() -> None:
    searched = await SearchedPayments().ready()
    asks: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: searched.search.find(searched.admin, PHONE),
        lambda: searched.search.again(searched.admin, PaymentSearch(words=PHONE)),
        lambda: searched.search.one(searched.admin, searched.first.id),
        lambda: searched.search.shown(searched.admin, searched.first.id),
        lambda: searched.search.waiting(searched.admin),
        lambda: searched.search.refund(searched.admin, f"{searched.first.id}R01"),
    )
    for ask in asks:
        with pytest.raises(NotAllowed, match="role"):
            await ask()
    now = searched.app.clock.now()
    counted = await searched.app.stores.short_lived.count("staff_searches", "demo:9001", now, now + timedelta(hours=1))
    assert counted == 1, "that is this one"
    assert await searched.noted() == []


async def test_lists_are_noted_and_searches_counted_for_whoever_asks() -> None:
    searched = await SearchedPayments().ready()
    await searched.search.waiting(searched.approver)
    await searched.search.today(searched.approver, "console")
    entries = await searched.app.stores.audit.latest(HOSPITAL, 200)
    listed = [
        (entry.by, entry.detail["list"], entry.detail["door"]) for entry in entries if entry.what == "staff_listed"
    ]
    assert listed == [("staff:2001", "today", "console"), ("staff:2001", "waiting", "chat")]
    for _ in range(120):
        await searched.search.find(searched.cashier, "0001")
    with pytest.raises(TooManyTries):
        await searched.search.find(searched.cashier, "0001")


class TestRefund:
    async def test_is_found_by_its_number_or_its_end(self) -> None:
        searched = await SearchedPayments().ready()
        number = searched.number("AAAA11")
        one, two = a_refund(number, 1), a_refund(number, 2)
        await searched.put("AAAA11", one, two)
        for typed, refund in (
            (one.id, one),
            (f" {two.id.lower()} ", two),
            ("AA11R01", one),
            ("AAAA11R02", two),
            ("aaaaliRO2", two),
        ):
            assert (await searched.search.refund(searched.cashier, typed))[1] == refund, typed

    @pytest.mark.parametrize("typed", ["AAAA11", "AAAA11R03", "AA11R77"])
    async def test_is_not_guessed_among_several(self, typed: str) -> None:
        searched = await SearchedPayments().ready()
        number = searched.number("AAAA11")
        await searched.put("AAAA11", a_refund(number, 1), a_refund(number, 2))
        with pytest.raises(NotFound) as told:
            await searched.search.refund(searched.cashier, typed)
        assert told.value.user_message == NO_REFUND

    async def test_the_only_one_is_meant_by_its_payment_s_number_and_by_no_other_refund_s(self) -> None:
        searched = await SearchedPayments().ready()
        payment = await searched.put("AAAA11", a_refund(searched.number("AAAA11"), 1))
        for typed in (payment.id, "AAAA11"):
            assert await searched.search.refund(searched.cashier, typed) == (payment, payment.refunds[0])
        for typed in ("AAAA11R02", f"{payment.id}R02"):
            with pytest.raises(NotFound):
                await searched.search.refund(searched.cashier, typed)

    async def test_the_end_of_a_payment_that_looks_like_a_refund_s_means_its_only_refund(self) -> None:
        searched = await SearchedPayments().ready()
        payment = await searched.put("ABCR12", a_refund(searched.number("ABCR12"), 1))
        assert await searched.search.refund(searched.cashier, "ABCR12") == (payment, payment.refunds[0])

    async def test_a_payment_without_one_has_none(self) -> None:
        searched = await SearchedPayments().ready()
        with pytest.raises(NotFound) as told:
            await searched.search.refund(searched.cashier, searched.first.id)
        assert told.value.user_message == NO_REFUND


async def test_what_waits_is_all_that_one_may_decide_or_has_asked_for_what_expires_next_first() -> None:
    searched = await SearchedPayments().ready()
    one, two = searched.number("AAAA11"), searched.number("BBBB22")
    later = a_refund(one, 1, minutes=9)
    without_end = a_refund(one, 2, minutes=24 * 60, expires_at=None)
    of_another = a_refund(two, 1, minutes=5, asked_by="staff:1002")
    first = await searched.put("AAAA11", later, without_end, a_refund(one, 3, state=RefundState.APPROVED))
    second = await searched.put("BBBB22", of_another)
    for_the_approver = [(payment.id, refund) for payment, refund in await searched.search.waiting(searched.approver)]
    assert for_the_approver == [(first.id, without_end), (second.id, of_another), (first.id, later)]
    for_the_cashier = [refund for _, refund in await searched.search.waiting(searched.cashier)]
    assert for_the_cashier == [without_end, later]


async def test_today_s_are_those_that_one_asked_for_today() -> None:
    searched = await SearchedPayments().ready()
    number = searched.number("AAAA11")
    of_today = a_refund(number, 1, state=RefundState.SUCCEEDED)
    yesterday = a_refund(number, 2, minutes=-24 * 60)
    of_another = a_refund(number, 3, asked_by="staff:1002")
    payment = await searched.put("AAAA11", of_today, yesterday, of_another)
    assert await searched.search.today(searched.cashier) == ((payment, of_today),)
    assert await searched.search.today(searched.approver) == ()
