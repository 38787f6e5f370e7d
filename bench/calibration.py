"""Says whether other work disturbs this machine: a fixed piece of arithmetic that takes longer than it took at best."""

from __future__ import annotations

import time
from dataclasses import dataclass

STEPS = 150_000
FIRST_READINGS = 20
TOLERANCE = 1.05
"""Of the best reading of the run. What is above it is a disturbed machine."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Seconds on the clock and on the processor."""

    wall_s: float
    cpu_s: float


class Calibration:
    """The best reading so far is what an undisturbed machine needs. ``taken`` keeps every reading for the report."""

    def __init__(self, steps: int = STEPS) -> None:
        self._steps = steps
        self.taken: list[Reading] = []
        for _ in range(FIRST_READINGS):
            self.read()

    @property
    def best(self) -> Reading:
        return Reading(min(each.wall_s for each in self.taken), min(each.cpu_s for each in self.taken))

    def read(self) -> Reading:
        wall, cpu = time.perf_counter(), time.process_time()
        total = 0
        for number in range(self._steps):
            total = (total * 31 + number) & 0xFFFFFFFF
        self.taken.append(Reading(time.perf_counter() - wall, time.process_time() - cpu))
        return self.taken[-1]

    def is_disturbed(self, *readings: Reading) -> bool:
        best = self.best
        return any(each.wall_s > best.wall_s * TOLERANCE or each.cpu_s > best.cpu_s * TOLERANCE for each in readings)
