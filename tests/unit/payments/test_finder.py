"""Payments by a number that somebody holds, and those of some days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from server.payments import finder
from server.payments.finder import FoundPayments, PaymentFinder
from server.payments.model import PageCursor, Payment
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.numbers_held import NumberKind
from server.payments.rules.search import Order, PaymentSearch
from server.payments.rules.search_keys import SearchKey
from server.storage.memory_payments import MemoryPayments
from tests.support.builders import CARD, HOSPITAL, PHONE, a_paid
from tests.support.clock_and_ids import MORNING, FakeClock

pytestmark = pytest.mark.asyncio
TODAY = date(2026, 11, 23)
MIDNIGHT = datetime(2026, 11, 22, 16, tzinfo=UTC)
DAY = timedelta(days=1)


class NotedPayments(MemoryPayments):
    """Notes how it is asked for days, and for ends of numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.days: list[tuple[datetime, PageCursor, int]] = []
        self.searched: list[SearchKey] = []

    async def between(self, hospital: str, since: datetime, before: PageCursor, limit: int) -> Sequence[Payment]:
        self.days.append((since, before, limit))
        return await super().between(hospital, since, before, limit)

    async def find(self, hospital: str, search_keys: Collection[SearchKey], limit: int) -> Sequence[Payment]:
        assert hospital == HOSPITAL
        self.searched += search_keys
        return await super().find(hospital, search_keys, limit)


class Desk:
    def __init__(self) -> None:
        self.payments = NotedPayments()
        self.finder = PaymentFinder(self.payments, FakeClock())

    async def put(self, payment_id: str, minutes: int = 0, **fields: object) -> Payment:
        began = MORNING + timedelta(minutes=minutes)
        one = replace(a_paid(), id=payment_id, claims=(), **{"created_at": began, **fields})  # type: ignore[arg-type]
        await self.payments.insert(one)
        return one

    async def by_number(self, typed: str) -> tuple[NumberKind | None, list[str]]:
        by, found = await self.finder.by_number(HOSPITAL, typed)
        return by, [payment.id for payment in found]

    async def find(self, **search: object) -> FoundPayments:
        return await self.finder.find(HOSPITAL, PaymentSearch(**search))  # type: ignore[arg-type]


def refund_of(payment_id: str, number: str) -> tuple[Refund, ...]:
    return (
        Refund(
            id=f"{payment_id}{number}", amount_fen=5, origin=RefundOrigin.STAFF, reason="other",
            state=RefundState.SUCCEEDED, at=MORNING,
        ),
    )  # fmt: skip


FIRST, SECOND = "ZF20261123AAAABBBB1234", "ZF20261123AAAACCCC1234"


async def test_a_number_is_found_whole_or_by_its_end_and_by_that_of_its_refund() -> None:
    desk = Desk()
    await desk.put(FIRST, refunds=refund_of(FIRST, "R01"))
    await desk.put(SECOND, minutes=1)
    for typed, by, found in (
        (FIRST, NumberKind.NUMBER, [FIRST]),
        (FIRST.lower(), NumberKind.NUMBER, [FIRST]),
        ("1234", NumberKind.NUMBER, [SECOND, FIRST]),
        ("B1234", NumberKind.NUMBER, [FIRST]),
        (f"{FIRST}R01", NumberKind.NUMBER, [FIRST]),
        (f"{FIRST}R77", NumberKind.NUMBER, [FIRST]),
        (f"{SECOND}R01", NumberKind.NUMBER, [SECOND]),
        ("B1234R01", NumberKind.REFUND, [FIRST]),
        ("C1234R01", NumberKind.NUMBER, [SECOND]),
        ("1234R77", NumberKind.NUMBER, [SECOND, FIRST]),
        ("234R77", None, []),
        (PHONE, NumberKind.PHONE, [SECOND, FIRST]),
        (CARD, NumberKind.CARD, [SECOND, FIRST]),
        ("B1234RO1", NumberKind.REFUND, [FIRST]),
        ("bI234", NumberKind.NUMBER, [FIRST]),
        ("zf2O26ll23AAAACCCCl234", NumberKind.NUMBER, [SECOND]),
        (CARD.replace("0", "O"), NumberKind.CARD, [SECOND, FIRST]),
        (PHONE.replace("0", "o"), NumberKind.PHONE, [SECOND, FIRST]),
        ("O99999", None, []),
        ("99999", None, []),
        ("34", None, []),
        ("", None, []),
    ):
        assert await desk.by_number(typed) == (by, found), typed


@pytest.mark.parametrize("typed", [FIRST, f"{FIRST}R01"])
async def test_a_whole_number_is_no_end_of_another(typed: str) -> None:
    desk = Desk()
    await desk.put(FIRST)
    assert await desk.by_number(typed) == (NumberKind.NUMBER, [FIRST])
    assert desk.payments.searched == []


async def test_what_is_meant_is_said_of_the_newest() -> None:
    desk = Desk()
    of_phone = replace(a_paid().personal, phone="13900005678")
    await desk.put("ZF20261123AAAABBBB5678")
    await desk.put("ZF20261123AAAACCCC9999", minutes=1, personal=of_phone)
    assert await desk.by_number("5678") == (
        NumberKind.PHONE,
        ["ZF20261123AAAACCCC9999", "ZF20261123AAAABBBB5678"],
    )


async def test_beside_the_number_everything_must_fit_in_the_order_that_is_asked_for() -> None:
    desk = Desk()
    first, second = await desk.put(FIRST), await desk.put(SECOND, minutes=1)
    found = await desk.find(words="1234", order=Order.OLDEST)
    assert found == FoundPayments((first, second), NumberKind.NUMBER)
    assert found.sum_fen == first.paid_fen + second.paid_fen == 2468
    assert await desk.find(words="1234", channel="alipay") == FoundPayments((), NumberKind.NUMBER)


@pytest.mark.parametrize(("most", "is_cut"), [(2, True), (3, False)])
async def test_as_many_as_a_store_answers_may_be_cut(most: int, is_cut: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder, "ANSWERS_MAX", most)
    desk = Desk()
    await desk.put(FIRST)
    await desk.put(SECOND)
    assert (await desk.find(words="1234")).is_cut is is_cut


async def test_days_are_the_hospital_s_from_the_first_to_the_end_of_the_last() -> None:
    desk = Desk()
    yesterday = await desk.put("Y", created_at=MIDNIGHT - timedelta(milliseconds=1))
    first = await desk.put("F", created_at=MIDNIGHT)
    last = await desk.put("L", created_at=MIDNIGHT + DAY - timedelta(milliseconds=1))
    await desk.put("T", created_at=MIDNIGHT + DAY)
    found = await desk.find(since=TODAY, until=TODAY)
    assert found == FoundPayments((last, first), None)
    assert (await desk.find(since=TODAY - DAY, until=TODAY - DAY)).payments == (yesterday,)
    assert [(since, place) for since, place, _ in desk.payments.days] == [
        (MIDNIGHT, (MIDNIGHT + DAY, "")),
        (MIDNIGHT - DAY, (MIDNIGHT, "")),
    ]


@pytest.mark.parametrize(("many", "pages", "is_cut"), [(3, 1, False), (4, 2, False), (7, 2, False), (8, 2, True)])
async def test_days_are_read_page_by_page_up_to_a_bound(
    many: int, pages: int, is_cut: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finder, "PAGE", 4)
    monkeypatch.setattr(finder, "READ_MAX", 8)
    desk = Desk()
    put = [await desk.put(f"P{number}", minutes=number // 3) for number in range(many)]
    found = await desk.find(since=TODAY, until=TODAY, order=Order.OLDEST)
    assert (found.payments, found.is_cut, found.by) == (tuple(put), is_cut, None)
    assert [limit for _, _, limit in desk.payments.days] == [4] * pages
