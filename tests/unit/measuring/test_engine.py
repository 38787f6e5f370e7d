"""Contestants take turns until each has enough quiet slices or the time is over, and what can't take part is told."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bench.calibration import Calibration, Reading
from bench.engine import Contestant, Measured, Plan, Row, measure
from tests.unit.measuring.fake_contestant import Fake

QUIET, NOISY = Reading(1.0, 1.0), Reading(1.0, 1.2)
BUSY_CLOCK = Reading(1.2, 1.0)
LONG = 3600.0


class Readings(Calibration):
    """The given readings, then quiet ones."""

    def __init__(self, readings: Iterable[Reading] = ()) -> None:
        self.taken = deque([QUIET])
        self._coming = iter(readings)

    @property
    def usual(self) -> Reading:
        return QUIET

    def read(self) -> Reading:
        self.taken.append(next(self._coming, QUIET))
        return self.taken[-1]


def run(
    contestants: Sequence[Contestant], readings: Iterable[Reading] = (), *, slices: int = 2, seconds: float = LONG,
    row: Row | None = None,
) -> Measured:  # fmt: skip
    plan = Plan(seconds=0.1, slices=slices, tries=3)
    row = replace(row or Row("work", "Work", ()), contestants=contestants)
    until = time.monotonic() + seconds
    return asyncio.run(measure(row, plan, Readings(readings), until, lambda name, share: None))


def test_contestants_take_turns_and_the_order_is_turned_round() -> None:
    turns: list[str] = []
    run([Fake("a", turns), Fake("b", turns)], slices=3)
    assert turns == ["a", "b", "b", "a", "a", "b"]


def test_turns_go_on_for_all_until_each_has_its_quiet_slices() -> None:
    turns: list[str] = []
    a, b = run([Fake("a", turns), Fake("b", turns)], [QUIET, NOISY], slices=2).results
    assert turns == ["a", "b", "b", "a", "a", "b"]
    assert (a.quiet, b.quiet, a.is_disturbed) == (2, 3, True)


def test_turns_are_bounded_and_a_row_without_a_quiet_slice_shows_its_least_disturbed_ones() -> None:
    readings = [Reading(1.0, 2.0)] * 6 + [NOISY] * 6
    (result,) = run([Fake("a", [])], readings, slices=2).results
    assert (result.values("cpu_us"), len(result.slices), result.is_disturbed) == ([4.0, 5.0, 6.0], 6, True)


def test_three_quiet_slices_say_the_figure_alone() -> None:
    (result,) = run([Fake("a", [])], [NOISY] * 2, slices=3).results
    assert (result.values("cpu_us"), len(result.slices), result.is_disturbed) == ([2.0, 3.0, 4.0], 4, False)


def test_when_the_time_is_over_there_is_one_turn_and_no_more() -> None:
    (result,) = run([Fake("a", [])], slices=3, seconds=0.0).results
    assert result.values("cpu_us") == [1.0]
    assert result.counted == {"reads": 2.0}


def test_the_clock_disturbs_only_what_the_clock_measures() -> None:
    readings = [BUSY_CLOCK] * 2
    (on_processor,) = run([Fake("a", [])], readings, slices=1).results
    assert on_processor.quiet == len(on_processor.slices) == 1
    (on_clock,) = run([Fake("a", [])], readings, slices=1, row=Row("work", "Work", (), figure="wall_ms")).results
    assert (on_clock.quiet, len(on_clock.slices)) == (1, 2)


def test_what_no_speed_changes_has_one_turn() -> None:
    (result,) = run([Fake("a", [])], [NOISY] * 2, slices=3, row=Row("work", "Work", (), is_once=True)).results
    assert result.values("cpu_us") == [1.0]


def test_who_cannot_take_part_is_told_and_the_others_go_on() -> None:
    turns: list[str] = []
    absent, failing, well = Fake("a", turns, absent=True), Fake("b", turns, fails_at=1), Fake("c", turns)
    results = run([absent, failing, well]).results
    assert [result.absent for result in results] == ["no such package", "ConnectionError: it hung up", ""]
    assert turns == ["b", "c", "c"]
    assert results[1].values("cpu_us") == [1.0]
    assert absent.stopped
    assert failing.stopped
    assert results[2].counted == {"reads": 2.0}


def test_a_row_in_which_nobody_takes_part_ends() -> None:
    (result,) = run([Fake("a", [], absent=True)]).results
    assert result.slices == []


def test_a_reading_is_the_median_of_some_runs_and_the_usual_one_of_the_recent_readings() -> None:
    calibration = Calibration(10)
    assert len(calibration.taken) == calibration.taken.maxlen
    calibration.taken.extend([Reading(2.0, 1.0)] * 10 + [Reading(3.0, 4.0)] * 11)
    assert calibration.usual == Reading(3.0, 4.0)
