"""A contestant that costs one more each time."""

from __future__ import annotations

from bench.engine import NotHere
from bench.slices import Figures


class Fake:
    """``turns`` hears its name at each slice. From the slice ``fails_at`` on it fails."""

    def __init__(self, name: str, turns: list[str], *, fails_at: int | None = None, absent: bool = False) -> None:
        self.name = name
        self.stopped = False
        self._turns = turns
        self._fails_at, self._absent = fails_at, absent
        self._asked = 0

    async def start(self) -> None:
        if self._absent:
            raise NotHere("no such package")

    async def slice(self, seconds: float) -> Figures:
        self._asked += 1
        if self._fails_at is not None and self._asked > self._fails_at:
            raise ConnectionError("it hung up\nand said why")
        self._turns.append(self.name)
        return {"cpu_us": float(len(self._turns))}

    async def counted(self) -> Figures:
        return {"reads": 2.0}

    async def stop(self) -> None:
        self.stopped = True
