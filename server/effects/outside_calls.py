"""Which outside systems the running piece of work is calling, so that work that is cut off can say for whom it waited."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from server.core.errors import OutcomeUnknown

Result = TypeVar("Result")
_under_way: ContextVar[list[str] | None] = ContextVar("calls_under_way", default=None)


async def within(left_s: float, work: Awaitable[Result]) -> Result:
    """What ``work`` answers. Raises OutcomeUnknown of the system whose call was cut off after ``left_s`` seconds, so that whoever waits
    for it is woken when it is back; TimeoutError where no call was under way.
    """
    calls: list[str] = []
    token = _under_way.set(calls)
    try:
        async with asyncio.timeout(left_s):
            return await work
    except TimeoutError as error:
        if calls:
            raise OutcomeUnknown(calls[0], "cut off by the deadline") from error
        raise
    finally:
        _under_way.reset(token)


@contextmanager
def calling(system: str) -> Iterator[None]:
    """A call to ``system`` is under way. It stays noted only where it is cut off."""
    calls = _under_way.get()
    if calls is None:
        yield
        return
    calls.append(system)
    try:
        yield
    except CancelledError:
        raise
    except BaseException:
        calls.remove(system)
        raise
    else:
        calls.remove(system)
