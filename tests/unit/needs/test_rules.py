"""Which needs the first page shows, and in which order."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from server.needs import texts
from server.needs.model import Home, Member, Need, ShownNeed, Urgency
from server.needs.rules import shown
from tests.support.clock_and_ids import MORNING
from tests.support.words import spoken

MINE, CHILD, STRANGER = "C1", "C2", "C9"


def a_need(about: str, **fields: Any) -> Need:
    facts: dict[str, Any] = {
        "about": tuple(about.split()),
        "card_no": MINE,
        "title": about,
        "text": "",
        "page": "bills",
        "urgency": Urgency.TO_DO,
        "at": MORNING,
    }
    return Need(**{**facts, **fields})


def titles(*needs: Need, card_nos: tuple[str, ...] = (MINE, CHILD), own_too: bool = True) -> list[str]:
    return [need.title for need in shown(needs, card_nos, own_too=own_too)]


def test_the_most_urgent_comes_first_and_of_the_same_urgency_the_earliest() -> None:
    needs = (
        a_need("now", urgency=Urgency.NOW, at=MORNING + timedelta(hours=5)),
        a_need("first", urgency=Urgency.FIRST),
        a_need("old", at=MORNING - timedelta(days=2)),
        a_need("new", at=MORNING),
        a_need("news", urgency=Urgency.NEWS, at=MORNING - timedelta(days=6)),
    )
    assert all(titles(*order) == ["now", "first", "old", "new", "news"] for order in permutations(needs))


def test_equals_keep_one_order_whoever_answers_first() -> None:
    needs = (a_need("a", card_no=CHILD), a_need("b"), a_need("c"))
    assert all(titles(*order) == ["b", "c", "a"] for order in permutations(needs))


def test_a_thing_is_told_once_by_the_more_urgent_need() -> None:
    booking = a_need("payment:1 bill:1", urgency=Urgency.FIRST)
    assert titles(a_need("bill:1"), booking) == ["payment:1 bill:1"]
    assert titles(a_need("bill:1"), a_need("bill:1", card_no=CHILD)) == ["bill:1"]


def test_a_need_with_something_that_was_not_told_stays() -> None:
    booking = a_need("payment:1 bill:1", urgency=Urgency.FIRST)
    assert titles(a_need("bill:1 bill:2"), booking) == ["payment:1 bill:1", "bill:1 bill:2"]


def test_nothing_of_a_card_that_is_not_theirs_is_shown() -> None:
    assert titles(a_need("a", card_no=STRANGER), a_need("b")) == ["b"]


def test_what_is_of_no_card_is_shown_with_all_and_not_with_one_member() -> None:
    own = a_need("own", card_no="")
    assert titles(own) == ["own"]
    assert titles(own, card_nos=(MINE,), own_too=False) == []
    assert titles(own, card_nos=(), own_too=True) == ["own"]


def test_the_thing_is_not_lost_with_a_need_that_is_not_shown() -> None:
    """The hidden need of another card must not count as having told it."""
    assert titles(a_need("bill:1", card_no=STRANGER, urgency=Urgency.NOW), a_need("bill:1")) == ["bill:1"]


@pytest.mark.parametrize(
    ("members", "needs", "is_whole", "nothing"),
    [(1, 0, True, True), (0, 0, True, False), (1, 1, True, False), (1, 0, False, False), (0, 1, False, False)],
)
def test_that_nothing_is_needed_is_said_of_somebody_of_whom_all_is_known(
    members: int, needs: int, *, is_whole: bool, nothing: bool
) -> None:
    member = Member("key", "张*试", "****0001", is_bound=True)
    home = Home(
        members=(member,) * members, chosen=None, needs=(ShownNeed(a_need("a"), None),) * needs, is_whole=is_whole
    )
    assert home.is_nothing_needed is nothing


def test_the_words_of_the_page() -> None:
    assert spoken(texts, "HOME_TITLE", "EVERYBODY", "NOTHING_NEEDED", "NOT_WHOLE", "HIS_SILENT") == (
        "HOME_TITLE: 首页\nEVERYBODY: 全部\nNOTHING_NEEDED: 现在没有要办的事。\n"
        "NOT_WHOLE: 有的内容暂时没有取到，请稍后再打开本页。\n"
        "HIS_SILENT: 医院系统暂时没有响应，有的内容没有取到，请稍后再打开本页。"
    )
