"""Contestants take turns, disturbed slices are thrown away within a bound, and what can't take part is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from bench.calibration import Calibration, Reading
from bench.engine import Contestant, Figures, Measured, NotHere, Plan, Row, measure

QUIET, NOISY = Reading(1.0, 1.0), Reading(1.06, 1.0)
BUSY_PROCESSOR = Reading(1.0, 1.06)


class Readings(Calibration):
    """The given readings, then quiet ones."""

    def __init__(self, readings: Iterable[Reading] = ()) -> None:
        self.taken = [QUIET]
        self._coming = iter(readings)

    def read(self) -> Reading:
        self.taken.append(next(self._coming, QUIET))
        return self.taken[-1]


class Fake:
    def __init__(self, name: str, turns: list[str], *, fails: bool = False, absent: bool = False) -> None:
        self.name = name
        self.stopped = False
        self._turns = turns
        self._fails, self._absent = fails, absent

    async def start(self) -> None:
        if self._absent:
            raise NotHere("no such package")

    async def slice(self, seconds: float) -> Figures:
        if self._fails:
            raise ConnectionError("it hung up\nand said why")
        self._turns.append(self.name)
        return {"cpu_us": float(len(self._turns))}

    async def counted(self) -> Figures:
        return {"reads": 2.0}

    async def stop(self) -> None:
        self.stopped = True


def run(
    contestants: list[Contestant], readings: Iterable[Reading] = (), *, slices: int = 2, tries: int = 3
) -> Measured:
    told: Callable[[str], None] = lambda name: None  # noqa: E731
    plan = Plan(seconds=0.1, slices=slices, tries=tries)
    return asyncio.run(measure(Row("work", "Work", contestants), plan, Readings(readings), told))


def test_contestants_take_turns_and_the_order_is_turned_round() -> None:
    turns: list[str] = []
    run([Fake("a", turns), Fake("b", turns)], slices=3)
    assert turns == ["a", "b", "b", "a", "a", "b"]


def test_a_disturbed_slice_is_thrown_away_and_repeated() -> None:
    for noise in (NOISY, BUSY_PROCESSOR):
        (result,) = run([Fake("a", [])], [noise, QUIET, QUIET, noise, QUIET, QUIET], slices=1).results
        assert (result.values("cpu_us"), result.discarded, result.disturbed) == ([3.0], 2, False)


def test_repeats_are_bounded_and_a_row_without_a_quiet_slice_says_so() -> None:
    (result,) = run([Fake("a", [])], [NOISY] * 100, slices=2, tries=3).results
    assert (len(result.values("cpu_us")), result.discarded, result.disturbed) == (6, 6, True)


def test_five_per_cent_is_no_disturbance_and_a_better_reading_moves_the_bound() -> None:
    readings = Readings()
    assert not readings.is_disturbed(Reading(1.05, 1.05))
    readings.taken.append(Reading(0.9, 0.9))
    assert readings.is_disturbed(Reading(1.0, 0.9))


def test_who_cannot_take_part_is_told_and_the_others_go_on() -> None:
    turns: list[str] = []
    absent, failing, well = Fake("a", turns, absent=True), Fake("b", turns, fails=True), Fake("c", turns)
    results = run([absent, failing, well]).results
    assert [result.absent for result in results] == ["no such package", "ConnectionError: it hung up", ""]
    assert turns == ["c", "c"]
    assert absent.stopped
    assert failing.stopped
    assert results[2].counted == {"reads": 2.0}
