"""A lost race is tried again, and not for ever; what does not change is not written."""

from __future__ import annotations

import pytest

from server.core.errors import LostRace, NotFound
from server.core.optimistic import RACES_MAX, decide_and_write

pytestmark = pytest.mark.asyncio


class Contended:
    """A number that others change as often as a write is to be lost."""

    def __init__(self, lost: int, error: Exception | None = None) -> None:
        self.lost, self.tries, self.reads, self.error = lost, 0, 0, error or LostRace("thing")
        self.stored = "a"

    async def read(self) -> str:
        self.reads += 1
        return self.stored

    async def write(self, before: str, after: str) -> str:
        self.tries += 1
        if self.tries <= self.lost:
            self.stored += "x"
            raise self.error
        assert before == self.stored
        self.stored = after
        return after


def more(text: str) -> str:
    return text + "!"


@pytest.mark.parametrize("lost", [0, 1, RACES_MAX - 1])
async def test_whoever_was_slower_decides_again_on_what_is_there(lost: int) -> None:
    contended = Contended(lost)
    there = "a" + "x" * lost
    assert await decide_and_write(contended.read, more, contended.write, "thing") == (there, there + "!")
    assert contended.tries == lost + 1


async def test_a_race_that_is_always_lost_ends() -> None:
    contended = Contended(99)
    with pytest.raises(LostRace, match="thing: 4 times"):
        await decide_and_write(contended.read, more, contended.write, "thing", races_max=4)
    assert contended.tries == 4


async def test_any_other_error_ends_it_at_once() -> None:
    contended = Contended(1, NotFound("gone"))
    with pytest.raises(NotFound):
        await decide_and_write(contended.read, more, contended.write, "thing")
    assert contended.tries == 1


async def test_what_does_not_change_is_not_written() -> None:
    contended = Contended(0)
    assert await decide_and_write(contended.read, lambda text: text, contended.write, "thing") == ("a", "a")
    assert contended.tries == 0


async def test_what_is_known_is_not_read_until_a_race_is_lost() -> None:
    contended = Contended(0)
    await decide_and_write(contended.read, more, contended.write, "thing", known="a")
    assert contended.reads == 0
    late = Contended(1)
    assert await decide_and_write(late.read, more, late.write, "thing", known="old") == ("ax", "ax!")
    assert late.reads == 1
