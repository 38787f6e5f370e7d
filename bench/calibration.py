"""How fast this machine is at the moment: a fixed piece of arithmetic, timed on the clock and on the processor."""

from __future__ import annotations

import statistics
import time
from collections import deque
from dataclasses import dataclass

STEPS = 50_000
RUNS = 5
"""Of the arithmetic for one reading, which is their median: what disturbs one of them doesn't count."""
RECENT = 21
"""So many readings say what is usual now. A machine that becomes slower for minutes has another usual reading then."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Seconds on the clock and on the processor."""

    wall_s: float
    cpu_s: float

    def on(self, *, clock: bool) -> float:
        return self.wall_s if clock else self.cpu_s


class Calibration:
    """``taken`` are the recent readings, the newest last. With fewer ``steps`` a reading takes less time, and says the same."""

    def __init__(self, steps: int = STEPS) -> None:
        self._steps = steps
        self.taken: deque[Reading] = deque(maxlen=RECENT)
        for _ in range(RECENT):
            self.read()

    @property
    def usual(self) -> Reading:
        return _median(self.taken)

    def read(self) -> Reading:
        self.taken.append(_median([self._run() for _ in range(RUNS)]))
        return self.taken[-1]

    def _run(self) -> Reading:
        wall, cpu = time.perf_counter(), time.process_time()
        total = 0
        for number in range(self._steps):
            total = (total * 31 + number) & 0xFFFFFFFF
        whole = STEPS / self._steps
        return Reading((time.perf_counter() - wall) * whole, (time.process_time() - cpu) * whole)


def _median(readings: deque[Reading] | list[Reading]) -> Reading:
    return Reading(
        statistics.median(each.wall_s for each in readings), statistics.median(each.cpu_s for each in readings)
    )
