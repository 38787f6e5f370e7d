"""The time of a run is shared among its rows, and its end stays where it is."""

from __future__ import annotations

import pytest

from bench.engine import Contestant, Row
from bench.timetable import Timetable
from tests.unit.measuring.fake_contestant import Fake


def a_row(contestants: int) -> Row:
    fakes: list[Contestant] = [Fake(str(number), []) for number in range(contestants)]
    return Row("work", "Work", fakes)


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
