"""Answers about old outpatient balances (docs/his-interface.md section 11): believed only where they hold and are about what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown
from server.old_balances.model import BalancePage, ListedBalance, ListPlace
from server.platforms.his.old_balances import HttpOldBalances
from server.refunds.model import LotOrder
from tests.unit.platforms.test_his_inpatients import DEPOSIT, Answering

pytestmark = pytest.mark.asyncio
BALANCE: dict[str, Any] = {
    "card_no": "C1", "patient_name": "张测试", "balance_fen": 60, "return_order": "oldest", "lots": [DEPOSIT], "window": "6 号窗口",
}  # fmt: skip
LINE: dict[str, Any] = {"card_no": "C1", "patient_name": "张测试", "phone": "", "balance_fen": 60}


def answering(data: dict[str, Any] | None) -> HttpOldBalances:
    return HttpOldBalances(Answering(data))


async def test_a_balance_with_its_lots_the_newest_first() -> None:
    later = DEPOSIT | {"his_trade_no": "H2", "paid_at": "2026-11-21T09:00:00+08:00", "returned_fen": 0}
    balance = await answering({"balance": BALANCE | {"lots": [DEPOSIT, later]}}).balance("C1")
    assert balance is not None
    assert (balance.card_no, balance.patient_name, balance.balance_fen) == ("C1", "张测试", 60)
    assert (balance.order, balance.window) == (LotOrder.OLDEST_FIRST, "6 号窗口")
    assert [lot.his_trade_no for lot in balance.lots] == ["H2", "H1"]


async def test_a_card_without_one() -> None:
    assert await answering(None).balance("C1") is None
    assert await answering(None).balances(ListPlace(), 500) == BalancePage(total=0, lines=())


async def test_of_a_window_no_more_than_a_line_is_shown() -> None:
    balance = await answering({"balance": BALANCE | {"window": "窗" * 500}}).balance("C1")
    assert balance is not None
    assert len(balance.window) == 100


async def test_as_much_as_the_interface_allows() -> None:
    """64 characters, 500 lots or lines, a total of a thousand million."""
    lots = [DEPOSIT | {"his_trade_no": f"H{number}"} for number in range(500)]
    balance = await answering({"balance": BALANCE | {"patient_name": "张" * 64, "lots": lots}}).balance("C1")
    assert balance is not None
    assert (len(balance.patient_name), len(balance.lots)) == (64, 500)
    line = LINE | {"card_no": "C" * 64, "patient_name": "张" * 64}
    page = await answering({"total": 10**9, "balances": [line] * 500}).balances(ListPlace(), 500)
    assert (page.total, len(page.lines), page.lines[0].card_no) == (10**9, 500, "C" * 64)
    one = await answering({"total": 0, "balances": [LINE | {"card_no": "C"}]}).balances(ListPlace(), 500)
    assert (one.total, one.lines[0].card_no) == (0, "C")


@pytest.mark.parametrize(
    "wrong",
    [
        {"patient_name": "张" * 65},
        {"card_no": "C2"},
        {"balance_fen": -1},
        {"balance_fen": "60"},
        {"return_order": "any"},
        {"lots": [DEPOSIT | {"returned_fen": 101}]},
        {"lots": [DEPOSIT] * 501},
    ],
)
async def test_a_balance_that_does_not_hold(wrong: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        await answering({"balance": BALANCE | wrong}).balance("C1")


async def test_a_page_of_the_list() -> None:
    page = await answering({"total": 7, "balances": [LINE]}).balances(ListPlace(), 1)
    line = ListedBalance(card_no="C1", patient_name="张测试", phone="", balance_fen=60)
    assert page == BalancePage(total=7, lines=(line,), next=ListPlace(1, "C1"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"total": -1},
        {"total": 10**9 + 1},
        {"balances": [LINE | {"balance_fen": -1}]},
        {"balances": [LINE | {"card_no": ""}]},
        {"balances": [LINE | {"card_no": "C" * 65}]},
        {"balances": [LINE | {"phone": "1" * 65}]},
        {"balances": [LINE] * 501},
    ],
)
async def test_a_list_that_does_not_hold(wrong: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        await answering({"total": 1, "balances": [LINE]} | wrong).balances(ListPlace(), 500)


class MovingList:
    """asking.Asking: a HIS with a list of cards; ``by_card``: it tells where to go on. ``asked``: every question."""

    def __init__(self, *, by_card: bool = False) -> None:
        self.cards = [f"C{number}" for number in range(1, 9)]
        self.by_card = by_card
        self.asked: list[Mapping[str, object]] = []

    async def ask(self, function: str, question: Mapping[str, Any]) -> Any:
        self.asked.append(question)
        rest = self.cards[question.get("offset", 0) :]
        if "after" in question:
            rest = [card for card in self.cards if card > question["after"]]
        page = rest[: question["limit"]]
        more = {"next": page[-1] if len(page) < len(rest) else ""} if self.by_card else {}
        return {"total": len(self.cards), "balances": [LINE | {"card_no": card} for card in page], **more}

    must = ask


async def walked(his: MovingList, leaving: Mapping[int, Sequence[str]], limit: int = 3) -> list[str]:
    """The cards as they are read; after each page those leave the list that are due then."""
    place: ListPlace | None = ListPlace()
    read: list[str] = []
    for number in count(1):
        page = await HttpOldBalances(his).balances(place or ListPlace(), limit)
        read += [line.card_no for line in page.lines]
        his.cards = [card for card in his.cards if card not in leaving.get(number, ())]
        place = page.next
        if place is None:
            break
    return read


LEAVING: tuple[Mapping[int, Sequence[str]], ...] = (
    {},
    {1: ["C1"]},
    {1: ["C3"]},
    {1: ["C1", "C2", "C3"], 2: ["C4"]},
    {1: ["C2", "C5"], 2: ["C1", "C6"]},
    {2: ["C1", "C2", "C3", "C4", "C5", "C6"]},
    {2: ["C1"]},
    {4: ["C1", "C2"]},
)


@pytest.mark.parametrize("by_card", [False, True])
@pytest.mark.parametrize("leaving", LEAVING)
@pytest.mark.parametrize("limit", [1, 3, 7])
async def test_no_card_that_stays_is_missed_whatever_leaves_the_list_meanwhile(
    by_card: bool, leaving: Mapping[int, Sequence[str]], limit: int
) -> None:
    his = MovingList(by_card=by_card)
    read = await walked(his, leaving, limit)
    assert set(his.cards) <= set(read)
    if by_card or not leaving:
        assert len(read) == len(set(read)), "nothing comes twice"


@pytest.mark.parametrize("limit", [1, 3])
@pytest.mark.parametrize("coming", range(1, 5))
async def test_no_card_that_stays_is_missed_when_as_many_come_as_are_asked_for(limit: int, coming: int) -> None:
    his = MovingList()
    first = await HttpOldBalances(his).balances(ListPlace(), limit)
    before = list(his.cards)
    his.cards = [f"B{number}" for number in range(coming)] + his.cards
    read, place = [line.card_no for line in first.lines], first.next
    while place is not None:
        page = await HttpOldBalances(his).balances(place, limit)
        read, place = read + [line.card_no for line in page.lines], page.next
    assert set(before) <= set(read)


async def test_a_his_that_tells_where_to_go_on_is_asked_from_there_and_no_other_hears_of_it() -> None:
    of_card, of_offset = MovingList(by_card=True), MovingList()
    for his in (of_card, of_offset):
        assert await walked(his, {}) == [f"C{number}" for number in range(1, 9)]
    assert of_card.asked == [{"offset": 0, "limit": 3}, {"after": "C3", "limit": 3}, {"after": "C6", "limit": 3}]
    assert of_offset.asked == [{"offset": 0, "limit": 3}, {"offset": 2, "limit": 4}, {"offset": 5, "limit": 4}]


async def test_no_page_is_larger_than_the_interface_allows() -> None:
    his = MovingList()
    await HttpOldBalances(his).balances(ListPlace(4, "C4"), 500)
    assert his.asked == [{"offset": 3, "limit": 500}]


async def test_a_page_says_how_many_stand_before_it() -> None:
    his = MovingList()
    first = await HttpOldBalances(his).balances(ListPlace(), 3)
    his.cards.remove("C1")
    second = await HttpOldBalances(his).balances(first.next or ListPlace(), 3)
    assert (first.before, second.before, second.lines[0].card_no, second.total) == (0, 2, "C4", 7)


@pytest.mark.parametrize("data", [{"balances": [], "next": "C1"}, {"balances": [LINE], "next": "C3"}])
async def test_a_his_that_does_not_get_on_is_not_followed(data: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        await answering({"total": 9} | data).balances(ListPlace(3, "C3", by_card=True), 3)
