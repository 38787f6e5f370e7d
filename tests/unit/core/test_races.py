"""A lost race is tried again, and not for ever."""

from __future__ import annotations

import pytest

from server.core.errors import LostRace, NotFound
from server.core.races import RACES_MAX, until_won


class Contended:
    def __init__(self, lost: int, error: Exception | None = None) -> None:
        self.lost, self.tries, self.error = lost, 0, error or LostRace("thing")

    async def attempt(self) -> int:
        self.tries += 1
        if self.tries <= self.lost:
            raise self.error
        return self.tries


@pytest.mark.asyncio
@pytest.mark.parametrize("lost", [0, 1, RACES_MAX - 1])
async def test_whoever_was_slower_tries_again(lost: int) -> None:
    assert await until_won(Contended(lost).attempt, "thing") == lost + 1


@pytest.mark.asyncio
async def test_a_race_that_is_always_lost_ends() -> None:
    contended = Contended(99)
    with pytest.raises(LostRace, match="thing: 4 times"):
        await until_won(contended.attempt, "thing", 4)
    assert contended.tries == 4


@pytest.mark.asyncio
async def test_any_other_error_ends_it_at_once() -> None:
    contended = Contended(1, NotFound("gone"))
    with pytest.raises(NotFound):
        await until_won(contended.attempt, "thing")
    assert contended.tries == 1
