"""How far a run is, and the store that is filled before it: a line that is written over on a terminal, few lines elsewhere."""

from __future__ import annotations

import io

from bench.engine import Row
from bench.progress import Filling, Progress
from bench.timetable import Timetable
from tests.unit.measuring.fake_contestant import Fake

ROW = Row("work", "Work", [Fake("a", [])])


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 500.0

    def __call__(self) -> float:
        return self.now


def filled(out: io.StringIO, counts: list[int]) -> list[str]:
    """A thousand payments, ten seconds between two words."""
    clock = Clock()
    filling = Filling(1000, out, clock)
    for count in counts:
        filling.told(count)
        clock.now += 10
    return out.getvalue().splitlines()


def test_a_row_has_a_line_and_on_a_terminal_a_bar() -> None:
    plain, terminal = io.StringIO(), Terminal()
    for out in (plain, terminal):
        timetable = Timetable([ROW], 120.0, Clock())
        progress = Progress(timetable, out)
        progress.begin(ROW)
        timetable.begin(ROW)
        progress.told(ROW, "a", 1.0)
        progress.end()
    assert plain.getvalue() == "· Work (at most 2 min left)\n"
    assert "100%, at most 2 min left  work: a" in terminal.getvalue()


def test_a_store_says_how_far_it_is_and_how_long_the_rest_takes() -> None:
    assert filled(io.StringIO(), [0, 100, 150, 199, 700, 1000]) == [
        "· a store of 1,000 payments: 0%",
        "· a store of 1,000 payments: 10%, about 2 min left",
        "· a store of 1,000 payments: 70%, about 0 min left",
        "· a store of 1,000 payments: 100%",
    ]


def test_what_was_there_before_is_no_measure_of_the_rest() -> None:
    assert filled(io.StringIO(), [500, 600])[-1] == "· a store of 1,000 payments: 60%, about 1 min left"


def test_on_a_terminal_each_word_is_written_over_the_one_before() -> None:
    out = Terminal()
    filled(out, [0, 150, 160, 1000])
    assert out.getvalue().count("\r") == 4
    assert out.getvalue().count("\n") == 1
