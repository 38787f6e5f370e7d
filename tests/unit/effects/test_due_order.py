"""What owes work is read page by page: each document once, however many are due at once, and while the list moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from server.core.ports import ANSWERS_MAX
from server.effects.due_order import PAGE, in_due_order
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Owing:
    id: str
    next_due: datetime | None
    hospital: str = "demo"


class Asked:
    """A store that notes what it is asked. ``moves``: what happens to its documents after each page."""

    def __init__(self, documents: Sequence[Owing]) -> None:
        self.documents = list(documents)
        self.asked: list[tuple[datetime, int]] = []
        self.moves: Callable[[], object] = lambda: None

    async def owing(self, since: datetime, limit: int) -> Sequence[Any]:
        self.asked.append((since, limit))
        due = [(one.next_due, one.id, one) for one in self.documents if one.next_due and one.next_due >= since]
        page = [one for _, _, one in sorted(due, key=lambda one: one[:2])[:limit]]
        self.moves()
        return page

    async def read(self, pages_max: int = 50) -> list[str]:
        return [one.id async for one in in_due_order(self.owing, MORNING, pages_max)]


def due(many: int, at: datetime = MORNING, name: str = "P") -> list[Owing]:
    return [Owing(f"{name}{number:05}", at) for number in range(many)]


@pytest.mark.parametrize(("many", "pages"), [(0, 1), (PAGE - 1, 1)])
async def test_a_page_that_is_not_full_is_the_last(many: int, pages: int) -> None:
    store = Asked(due(many))
    assert (len(await store.read()), len(store.asked)) == (many, pages)


async def test_a_full_page_goes_on_where_it_ended() -> None:
    store = Asked([Owing(f"P{number:05}", MORNING + number * SECOND) for number in range(PAGE + 5)])
    assert await store.read() == [one.id for one in store.documents]
    assert store.asked == [(MORNING, PAGE), (MORNING + (PAGE - 1) * SECOND, PAGE)]


@pytest.mark.parametrize("many", [PAGE, PAGE + 1, ANSWERS_MAX - 1])
async def test_all_that_are_due_at_the_same_moment_come(many: int) -> None:
    """An outage or a retry at a fixed hour makes many due at once: none of them may be overlooked."""
    later = due(3, MORNING + SECOND, "Q")
    store = Asked([*due(many), *later])
    assert await store.read() == [one.id for one in store.documents]


async def test_of_more_than_a_store_answers_at_once_the_rest_is_left_out_and_what_is_due_later_still_comes() -> None:
    at_once, later = due(ANSWERS_MAX + 5), due(2, MORNING + timedelta(milliseconds=1), "Q")
    read = await Asked([*at_once, *later]).read()
    assert read == [*(one.id for one in at_once[:ANSWERS_MAX]), *(one.id for one in later)]


async def test_what_moves_while_it_is_read_comes_once() -> None:
    store = Asked([Owing(f"P{number:05}", MORNING + number * SECOND) for number in range(PAGE + 5)])

    def first_is_due_again_later() -> None:
        store.documents[0] = Owing(store.documents[0].id, MORNING + 9 * PAGE * SECOND)

    store.moves = first_is_due_again_later
    read = await store.read()
    assert sorted(read) == sorted({one.id for one in store.documents})


async def test_the_same_number_in_two_hospitals_is_two_documents() -> None:
    store = Asked([Owing("P", MORNING), Owing("P", MORNING, "other")])
    assert await store.read() == ["P", "P"]


async def test_it_ends_after_so_many_pages() -> None:
    store = Asked([Owing(f"P{number:05}", MORNING + number * SECOND) for number in range(3 * PAGE)])
    assert len(await store.read(pages_max=1)) == PAGE


async def test_a_list_that_has_emptied_meanwhile_ends_it() -> None:
    store = Asked(due(PAGE))
    store.moves = store.documents.clear
    assert len(await store.read()) == PAGE
