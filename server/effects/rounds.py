"""Rounds: work that every worker looks for from time to time, beside what documents owe."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

from server.core.errors import ClockOff, StoreError
from server.core.ports import Clock


async def repeat(
    once: Callable[[], Awaitable[None]],
    every_s: float,
    clock: Clock,
    log: logging.Logger,
    name: str,
    *also: type[Exception],
) -> NoReturn:
    """Await ``once`` for ever, with ``every_s`` seconds between two rounds.

    A store that is down, a clock that is off and what ``also`` names are waited for: ``log`` gets a warning with ``name``. No bug ends
    the rounds.
    """
    expected: tuple[type[Exception], ...] = (ClockOff, StoreError, *also)
    while True:
        try:
            await once()
        except expected as error:
            log.warning("%s why=%s", name, type(error).__name__)
        except Exception:
            log.exception(name)
        await clock.sleep(every_s)
