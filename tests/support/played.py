"""What every played outside system can do: record its calls, and behave otherwise than it should when told to."""

from __future__ import annotations

import asyncio
from typing import Any

from server.core.errors import OutcomeUnknown, ZhenfuError


class Played:
    """``next_calls[name]`` is a list of what the coming calls of that name do first: an error to raise, "hang", or a function to run.

    An error in ``after_calls`` is raised when the work has been done: the answer that got lost.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.next_calls: dict[str, list[Any]] = {}
        self.after_calls: dict[str, list[ZhenfuError]] = {}

    def will(self, name: str, *behaviours: Any) -> None:
        self.next_calls.setdefault(name, []).extend(behaviours)

    def will_lose_the_answer(self, name: str, times: int = 1) -> None:
        self.after_calls.setdefault(name, []).extend(OutcomeUnknown("played", "lost answer") for _ in range(times))

    def named(self, name: str) -> list[Any]:
        return [what for called, what in self.calls if called == name]

    async def _begin(self, name: str, what: Any) -> None:
        self.calls.append((name, what))
        await asyncio.sleep(0)
        waiting = self.next_calls.get(name)
        behaviour = waiting.pop(0) if waiting else None
        if isinstance(behaviour, BaseException):
            raise behaviour
        if behaviour == "hang":
            await asyncio.Event().wait()
        if callable(behaviour):
            answer = behaviour()
            if asyncio.iscoroutine(answer):
                await answer

    def _end(self, name: str) -> None:
        waiting = self.after_calls.get(name)
        if waiting:
            raise waiting.pop(0)


class Gate:
    """Holds a played call until it is opened: ``played.will(name, gate.passed)``. ``waiting`` counts who stands before it."""

    def __init__(self) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()
        self.waiting = 0

    async def passed(self) -> None:
        self.waiting += 1
        self.reached.set()
        await self.opened.wait()
        self.waiting -= 1
