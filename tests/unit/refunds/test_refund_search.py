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
from tests.support.chance import MORNING
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


class Hall:
    """A payment of today, its staff, and more payments where a test puts them."""

    async def ready(self) -> Hall:
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
    hall = await Hall().ready()
    assert (await hall.search.one(hall.cashier, f" {hall.first.id.lower()} ")).id == hall.first.id
    with pytest.raises(NotFound) as told:
        await hall.search.one(hall.cashier, "ZZZZZZ")
    assert told.value.user_message == NOT_FOUND == "没有找到这笔支付，请核对单号。"
    newest = [(await hall.put(f"T{n:05}", minutes=n)).id for n in range(1, 10)][::-1]
    with pytest.raises(SeveralFound) as several:
        await hall.search.one(hall.cashier, PHONE)
    assert [payment.id for payment in several.value.payments] == newest
    assert several.value.user_message == "有多笔支付符合，请输入完整单号。"
    assert len(await hall.search.find(hall.cashier, PHONE)) == 10


async def test_two_are_several() -> None:
    hall = await Hall().ready()
    second = await hall.put("T00001", minutes=1)
    with pytest.raises(SeveralFound) as several:
        await hall.search.one(hall.cashier, PHONE[-4:])
    assert [payment.id for payment in several.value.payments] == [second.id, hall.first.id]


async def test_one_that_was_shown_is_shown_again() -> None:
    hall = await Hall().ready()
    assert await hall.search.shown(hall.cashier, hall.first.id) == hall.first
    with pytest.raises(NotFound) as told:
        await hall.search.shown(hall.cashier, "nothing")
    assert told.value.user_message == NOT_FOUND


async def test_a_search_that_was_noted_is_turned_over_without_another_note() -> None:
    hall = await Hall().ready()
    wanted = PaymentSearch(words=f"+86 {PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}")
    found = await hall.search.again(hall.cashier, wanted)
    assert [payment.id for payment in found.payments] == [hall.first.id]
    assert await hall.noted() == []
    assert (await hall.search.look(hall.cashier, wanted, "console")).payments == found.payments
    assert await hall.noted() == [("staff_searched", "console")]


async def test_who_may_not_see_sees_nothing_and_is_not_counted() -> None:
    hall = await Hall().ready()
    asks: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: hall.search.find(hall.admin, PHONE),
        lambda: hall.search.again(hall.admin, PaymentSearch(words=PHONE)),
        lambda: hall.search.one(hall.admin, hall.first.id),
        lambda: hall.search.shown(hall.admin, hall.first.id),
        lambda: hall.search.waiting(hall.admin),
        lambda: hall.search.refund(hall.admin, f"{hall.first.id}R01"),
    )
    for ask in asks:
        with pytest.raises(NotAllowed, match="role"):
            await ask()
    now = hall.app.clock.now()
    counted = await hall.app.stores.short_lived.count("staff_searches", "demo:9001", now, now + timedelta(hours=1))
    assert counted == 1, "that is this one"
    assert await hall.noted() == []


async def test_lists_are_noted_and_searches_counted_for_whoever_asks() -> None:
    hall = await Hall().ready()
    await hall.search.waiting(hall.approver)
    await hall.search.today(hall.approver, "console")
    entries = await hall.app.stores.audit.latest(HOSPITAL, 200)
    listed = [
        (entry.by, entry.detail["list"], entry.detail["door"]) for entry in entries if entry.what == "staff_listed"
    ]
    assert listed == [("staff:2001", "today", "console"), ("staff:2001", "waiting", "chat")]
    for _ in range(120):
        await hall.search.find(hall.cashier, "0001")
    with pytest.raises(TooManyTries):
        await hall.search.find(hall.cashier, "0001")


class TestRefund:
    async def test_is_found_by_its_number_or_its_end(self) -> None:
        hall = await Hall().ready()
        number = hall.number("AAAA11")
        one, two = a_refund(number, 1), a_refund(number, 2)
        await hall.put("AAAA11", one, two)
        for typed, refund in ((one.id, one), (f" {two.id.lower()} ", two), ("AA11R01", one), ("AAAA11R02", two)):
            assert (await hall.search.refund(hall.cashier, typed))[1] == refund, typed

    @pytest.mark.parametrize("typed", ["AAAA11", "AAAA11R03", "AA11R77"])
    async def test_is_not_guessed_among_several(self, typed: str) -> None:
        hall = await Hall().ready()
        number = hall.number("AAAA11")
        await hall.put("AAAA11", a_refund(number, 1), a_refund(number, 2))
        with pytest.raises(NotFound) as told:
            await hall.search.refund(hall.cashier, typed)
        assert told.value.user_message == NO_REFUND

    async def test_the_only_one_is_meant_by_its_payment_s_number_and_by_no_other_refund_s(self) -> None:
        hall = await Hall().ready()
        payment = await hall.put("AAAA11", a_refund(hall.number("AAAA11"), 1))
        for typed in (payment.id, "AAAA11"):
            assert await hall.search.refund(hall.cashier, typed) == (payment, payment.refunds[0])
        for typed in ("AAAA11R02", f"{payment.id}R02"):
            with pytest.raises(NotFound):
                await hall.search.refund(hall.cashier, typed)

    async def test_the_end_of_a_payment_that_looks_like_a_refund_s_means_its_only_refund(self) -> None:
        hall = await Hall().ready()
        payment = await hall.put("ABCR12", a_refund(hall.number("ABCR12"), 1))
        assert await hall.search.refund(hall.cashier, "ABCR12") == (payment, payment.refunds[0])

    async def test_a_payment_without_one_has_none(self) -> None:
        hall = await Hall().ready()
        with pytest.raises(NotFound) as told:
            await hall.search.refund(hall.cashier, hall.first.id)
        assert told.value.user_message == NO_REFUND


async def test_what_waits_is_all_that_one_may_decide_or_has_asked_for_what_expires_next_first() -> None:
    hall = await Hall().ready()
    one, two = hall.number("AAAA11"), hall.number("BBBB22")
    later = a_refund(one, 1, minutes=9)
    without_end = a_refund(one, 2, minutes=24 * 60, expires_at=None)
    of_another = a_refund(two, 1, minutes=5, asked_by="staff:1002")
    first = await hall.put("AAAA11", later, without_end, a_refund(one, 3, state=RefundState.APPROVED))
    second = await hall.put("BBBB22", of_another)
    for_the_approver = [(payment.id, refund) for payment, refund in await hall.search.waiting(hall.approver)]
    assert for_the_approver == [(first.id, without_end), (second.id, of_another), (first.id, later)]
    for_the_cashier = [refund for _, refund in await hall.search.waiting(hall.cashier)]
    assert for_the_cashier == [without_end, later]


async def test_today_s_are_those_that_one_asked_for_today() -> None:
    hall = await Hall().ready()
    number = hall.number("AAAA11")
    of_today = a_refund(number, 1, state=RefundState.SUCCEEDED)
    yesterday = a_refund(number, 2, minutes=-24 * 60)
    of_another = a_refund(number, 3, asked_by="staff:1002")
    payment = await hall.put("AAAA11", of_today, yesterday, of_another)
    assert await hall.search.today(hall.cashier) == ((payment, of_today),)
    assert await hall.search.today(hall.approver) == ()
