"""An event loop whose time is simulated: nothing waits, everything happens in the order that the seed decides."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

DAY_ONE = datetime(2026, 3, 2, tzinfo=UTC)


class Deadlock(Exception):
    """Everybody waits and nothing is scheduled: the run can't go on."""


class _TimeSelector(selectors.SelectSelector):
    """Instead of waiting for a socket, lets the simulated time pass."""

    def __init__(self, pass_time: Callable[[float], None]) -> None:
        super().__init__()
        self._pass_time = pass_time

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Deadlock("everybody waits for somebody else")
        if timeout > 0:
            self._pass_time(timeout)
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """asyncio with simulated seconds. It has no sockets and no threads; using one is a bug of the run."""

    def __init__(self) -> None:
        self._seconds = 0.0
        super().__init__(_TimeSelector(self._pass))

    def _pass(self, seconds: float) -> None:
        self._seconds += seconds

    def time(self) -> float:
        return self._seconds

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]
        raise RuntimeError("the simulation has no threads")


class SimulatedClock:
    """The port Clock and the sandbox's clock at once. ``opens_at`` is how far into the first day the run begins, in seconds."""

    def __init__(self, loop: SimulatedLoop, opens_at: float = 8 * 3600) -> None:
        self._loop = loop
        self._start = DAY_ONE + timedelta(seconds=int(opens_at))

    def now(self) -> datetime:
        return self._start + timedelta(seconds=round(self._loop.time(), 3))

    def set(self, moment: datetime) -> None:
        """It is ``moment`` now, everywhere. Whatever has noted the old time must start anew."""
        self._start = moment - timedelta(seconds=round(self._loop.time(), 3))

    def seconds(self, moment: datetime) -> float:
        """How far into the run ``moment`` lies."""
        return (moment - self._start).total_seconds()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SeededIds:
    """The port Ids from a seed."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    def text(self, length: int, alphabet: str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ") -> str:
        return "".join(self._dice.choices(alphabet, k=length))

    def jitter(self) -> float:
        return self._dice.random()


def run_simulated(main: Callable[[SimulatedLoop], Coroutine[Any, Any, Any]]) -> Any:
    """Run ``main(loop)`` to its end in simulated time."""
    loop = SimulatedLoop()
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(main(loop))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        asyncio.set_event_loop(None)
        loop.close()
