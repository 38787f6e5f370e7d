"""A line between a process and what it calls: what is under way on it arrives even when nobody waits for it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Told = TypeVar("Told")
NEVER = float("inf")


class ProcessDied(asyncio.CancelledError):
    """Nothing of a dead process goes on; whatever still runs in it ends here."""


def settle(waiting: asyncio.Future[Any], answer: Any, error: BaseException | None = None) -> None:
    """The first to come wins; an answer for nobody is dropped."""
    if waiting.done():
        return
    if error is not None:
        waiting.set_exception(error)
    else:
        waiting.set_result(answer)


def carried(
    loop: asyncio.AbstractEventLoop, waiting: asyncio.Future[Any], work: Callable[[], Any], up_s: float, down_s: float
) -> None:
    """``work`` is done ``up_s`` from now, and its outcome reaches ``waiting`` ``down_s`` after that (NEVER: it gets lost)."""

    def arrive() -> None:
        answer, error = None, None
        try:
            answer = work()
        except Exception as raised:
            error = raised
        if down_s != NEVER:
            loop.call_later(down_s, settle, waiting, answer, error)

    if up_s != NEVER:
        loop.call_later(up_s, arrive)


def at_once(coroutine: Coroutine[Any, Any, Told]) -> Told:
    """The result of a coroutine that never waits, such as those of the in-memory stores."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    coroutine.close()
    raise AssertionError("it waits")
