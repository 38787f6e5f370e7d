"""The time of a run is shared among its rows, and its end stays where it is."""

from __future__ import annotations

import pytest

from bench.engine import Contestant, Row
from bench.timetable import Timetable
from tests.unit.measuring.fake_contestant import Fake


def a_row(contestants: int, *, is_once: bool = False) -> Row:
    fakes: list[Contestant] = [Fake(str(number), []) for number in range(contestants)]
    return Row("work", "Work", fakes, is_once=is_once)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_rows_share_by_their_contestants_and_what_one_leaves_is_the_others() -> None:
    first, second, third = rows = [a_row(4), a_row(2), a_row(1)]
    clock = Clock()
    times = Timetable(rows, 100.0, clock)
    assert times.begin(first) == pytest.approx(1050.0)
    clock.now = 1020.0
    assert times.begin(second) == pytest.approx(1020.0 + 80.0 * 3 / 5)
    clock.now = 1090.0
    assert times.seconds_left == pytest.approx(10.0)
    assert times.begin(third) == pytest.approx(1100.0)
    clock.now = 1130.0
    assert times.seconds_left == 0.0


def test_what_is_done_grows_from_nothing_to_the_whole() -> None:
    first, second = rows = [a_row(4), a_row(4)]
    times = Timetable(rows, 100.0, Clock())
    times.begin(first)
    assert [times.done(first, share) for share in (0.0, 0.5, 1.0)] == pytest.approx([0.0, 0.25, 0.5])
    times.begin(second)
    assert times.done(second, 1.0) == pytest.approx(1.0)


def test_a_row_that_begins_after_the_end_gets_no_time() -> None:
    (row,) = rows = [a_row(1)]
    clock = Clock()
    times = Timetable(rows, 10.0, clock)
    clock.now += 60
    assert times.begin(row) == pytest.approx(clock.now)


def test_a_row_that_is_done_once_takes_nothing_from_the_others() -> None:
    first, once, last = rows = [a_row(1), a_row(3, is_once=True), a_row(1)]
    clock = Clock()
    times = Timetable(rows, 100.0, clock)
    assert times.begin(first) == pytest.approx(1050.0)
    clock.now = 1050.0
    assert times.begin(once) == pytest.approx(1050.0)
    assert times.done(once, 1.0) == pytest.approx(0.75)
    clock.now = 3050.0
    assert times.begin(last) == pytest.approx(3100.0)
    assert times.done(last, 1.0) == pytest.approx(1.0)


def test_rows_that_are_done_once_may_be_alone() -> None:
    (once,) = rows = [a_row(2, is_once=True)]
    clock = Clock()
    assert Timetable(rows, 100.0, clock).begin(once) == pytest.approx(clock.now)
