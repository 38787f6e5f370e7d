"""Calls that are made at the same time. Those that end together share one write. A slow one does not hold back what the others have done:
a crash meanwhile would do that twice.
"""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

Call = TypeVar("Call", bound="Future[Any]")
TOGETHER_S = 0.5
"""How long the result of one call waits for the others."""


async def ended(calls: Mapping[Call, object]) -> list[Call]:
    """The calls that have ended after a short wait, in their order; at least one."""
    done, late = await asyncio.wait(calls, timeout=TOGETHER_S)
    if not done:
        done, _ = await asyncio.wait(late, return_when=asyncio.FIRST_COMPLETED)
    return [call for call in calls if call in done]


@contextmanager
def cancelled_at_the_end(calls: Mapping[Call, object]) -> Iterator[None]:
    """What is still in ``calls`` when the block is left, by a failure, is cancelled."""
    try:
        yield
    finally:
        for call in calls:
            call.cancel()
