"""A clock that moves only when told, and dice from a seed."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

MORNING = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
"""09:30 in Shanghai, an ordinary Monday."""


class FakeClock:
    """Time stands still until `forward`; `sleep` moves it at once and lets other tasks run."""

    def __init__(self, now: datetime = MORNING) -> None:
        self._now = now
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    def forward(self, seconds: float = 0, **more: float) -> None:
        self._now += timedelta(seconds=seconds, **more)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.forward(seconds)
        await asyncio.sleep(0)

    def agrees(self) -> bool:
        return True

    async def must_agree(self) -> None:
        """It is the only clock there is."""


class SeededIds:
    """The same texts and jitters for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)

    def text(self, length: int, alphabet: str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ") -> str:
        return "".join(self._random.choice(alphabet) for _ in range(length))

    def jitter(self) -> float:
        return self._random.random()
