"""Rounds go on, whatever a round met."""

from __future__ import annotations

import asyncio
import logging

import pytest

from server.core.errors import ClockOff, NotSent, StoreUnavailable
from server.effects.rounds import repeat
from tests.support.chance import FakeClock

pytestmark = pytest.mark.asyncio
LOG = logging.getLogger("zhenfu.test_rounds")


@pytest.mark.parametrize(
    ("met", "level"),
    [
        (StoreUnavailable("down"), logging.WARNING),
        (ClockOff("2.0 s"), logging.WARNING),
        (NotSent("his", "away"), logging.WARNING),
        (RuntimeError("a bug"), logging.ERROR),
    ],
    ids=["store", "clock", "named", "bug"],
)
async def test_a_round_that_fails_is_said_and_the_next_one_comes(
    caplog: pytest.LogCaptureFixture, met: Exception, level: int
) -> None:
    clock, second = FakeClock(), asyncio.Event()
    outcomes: list[Exception | None] = [met]

    async def once() -> None:
        if outcomes and (outcome := outcomes.pop()) is not None:
            raise outcome
        second.set()

    rounds = asyncio.create_task(repeat(once, 60.0, clock, LOG, "test round", NotSent))
    await asyncio.wait_for(second.wait(), 5)
    rounds.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rounds
    assert clock.slept[0] == 60.0
    assert [(line.levelno, line.getMessage().split()[0]) for line in caplog.records] == [(level, "test")]
