"""The rounds over what lies unused, and where the counts of codes stand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.errors import TooManyTries
from server.effects.model import EffectKind
from server.effects.recurring import PIECE, Piece
from server.patients.phone_codes import CodeTexts, PhoneCodes
from server.patients.unused_rounds import UnusedRounds
from server.storage.memory_short_lived import MemoryShortLived
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import FakeClock, SeededIds
from tests.support.in_memory_app import InMemoryApp


class Pages:
    """Three pages of what may lie unused, each of which takes ``each``."""

    def __init__(self, clock: FakeClock, each: timedelta) -> None:
        self._clock, self._each = clock, each
        self.looked: list[str] = []

    async def end_unused(self, hospital: str, after: str) -> str:
        self._clock.forward(self._each.total_seconds())
        self.looked.append(after)
        return {"": "b", "b": "c"}.get(after, "")


@pytest.mark.parametrize(
    ("each", "first", "looked"),
    [
        (timedelta(0), Piece(""), ["", "b", "c"]),
        (PIECE, Piece("b", more=True), [""]),
        (PIECE - timedelta(seconds=1), Piece("c", more=True), ["", "b"]),
    ],
)
@pytest.mark.asyncio
async def test_a_round_goes_page_by_page_with_a_second_between_until_its_time_is_over(
    each: timedelta, first: Piece, looked: list[str]
) -> None:
    clock = FakeClock()
    pages = Pages(clock, each)
    assert await UnusedRounds(pages, clock).piece(HOSPITAL, "") == first
    assert pages.looked == looked
    assert clock.slept == [1.0] * (len(looked) - 1)


@pytest.mark.parametrize("kind", [EffectKind.UNUSED_CARDS, EffectKind.UNUSED_PEOPLE])
def test_what_lies_unused_is_looked_for_once_a_day(kind: EffectKind) -> None:
    assert InMemoryApp().composition.timetables.tasks[kind].every == timedelta(days=1)


@pytest.mark.asyncio
async def test_five_codes_an_hour_are_counted_as_what_was_sent_for_their_purpose() -> None:
    clock, store = FakeClock(), MemoryShortLived()
    codes = PhoneCodes("card_code", CodeTexts(tries_used_up="a", asked_too_often="b"), store, clock, SeededIds())
    for _ in range(5):
        await codes.count_asked("zhang")
    with pytest.raises(TooManyTries) as refused:
        await codes.count_asked("zhang")
    assert (refused.value.user_message, refused.value.wait_seconds) == ("b", 3600)
    await codes.count_asked("li")
    assert await store.count("card_code_sent", "zhang", clock.now(), clock.now()) == 7
    clock.forward(3600)
    await codes.count_asked("zhang")
