"""Rows, contestants and their turns. Each turn is a slice of every contestant, between readings of how fast the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bench.calibration import Calibration
from bench.metrics import ON_CLOCK
from bench.slices import Figures, Slice, sliced, that_count

LONGEST = 200
"""Characters of an error that the report shows."""


class Contestant(Protocol):
    """One way of doing a row's work."""

    @property
    def name(self) -> str: ...

    async def start(self) -> None:
        """Ready and warm. Raises NotHere where it isn't installed."""

    async def slice(self, seconds: float) -> Figures:
        """Work for about ``seconds`` and say what one piece of work cost."""

    async def counted(self) -> Figures:
        """What needs no quiet machine and is counted once, such as operations of the database."""

    async def stop(self) -> None: ...


class Store(Protocol):
    """Of payments, which are put into it before the rows that read them begin."""

    async def fill(self) -> None:
        """Harmless when it is full. Raises NotHere."""


class NotHere(Exception):
    """A contestant can't take part on this machine; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of work. The first contestant is ours; ratios are taken to it. ``goals`` are upper bounds for ours, by figure.

    ``is_once``: no machine's speed says anything here, and one turn is enough. ``stores`` are filled before the run's time begins.
    """

    name: str
    title: str
    contestants: Sequence[Contestant]
    goals: Mapping[str, float] = field(default_factory=dict)
    figure: str = "cpu_us"
    note: str = ""
    is_once: bool = False
    stores: Sequence[Store] = ()

    @property
    def is_on_clock(self) -> bool:
        """Whether the figure is of the clock, and not of the processor."""
        return self.figure in ON_CLOCK


@dataclass(frozen=True, slots=True)
class Plan:
    """``seconds`` of a slice, quiet ``slices`` of each contestant, ``tries`` for each, ``minutes`` of the whole run, at ``least`` so many requests in a slice.

    ``supply``: what has to be made for a slice one by one, such as paid payments. ``owed``: payments that workers have to book. ``many``:
    requests after which memory is read. ``patients`` press in the hour of release. ``payments``
    in the store and ``rows_a_side`` of a day's matching are the sizes for what is said of growth.
    """

    seconds: float = 2.0
    slices: int = 9
    tries: int = 4
    minutes: float = 40.0
    least: int = 20
    supply: int = 60
    owed: int = 200
    many: int = 20_000
    patients: int = 5_000
    payments: Sequence[int] = (10_000, 100_000)
    rows_a_side: Sequence[int] = (10_000, 100_000, 1_000_000)


QUICK = Plan(
    seconds=0.25,
    slices=2,
    tries=1,
    least=3,
    supply=4,
    owed=6,
    many=40,
    patients=64,
    payments=(100, 1_000),
    rows_a_side=(1_000,),
)


@dataclass(slots=True)
class Result:
    """Of one contestant. ``absent`` says why it has no figures, or no more."""

    name: str
    slices: list[Slice] = field(default_factory=list)
    counted: Figures = field(default_factory=dict)
    absent: str = ""

    @property
    def quiet(self) -> int:
        return sum(each.is_quiet for each in self.slices)

    @property
    def is_disturbed(self) -> bool:
        """Whether the figures are those of disturbed slices."""
        return not all(each.is_quiet for each in that_count(self.slices))

    def values(self, figure: str) -> list[float]:
        return [each.figures[figure] for each in that_count(self.slices) if figure in each.figures]


@dataclass(frozen=True, slots=True)
class Measured:
    row: Row
    results: Sequence[Result]


Told = Callable[[str, float], None]
"""Hears the name of the contestant that has had one more turn, and how much of the row is done."""


async def measure(row: Row, plan: Plan, calibration: Calibration, until: float, told: Told) -> Measured:
    """Turns until every contestant has ``plan.slices`` quiet slices, or the next turn would end after ``until``; one at least.

    The order is turned round each time, so that no one always follows the same one.
    """
    results = {each.name: Result(each.name) for each in row.contestants}
    began, turn = time.monotonic(), 0
    present = [each for each in row.contestants if await _starts(each, results[each.name])]
    try:
        while turn == 0 or not _is_done(row, results.values(), plan, turn):
            turn_began = time.monotonic()
            for contestant in present if turn % 2 == 0 else reversed(present):
                await _turn(row, contestant, results[contestant.name], turn, plan, calibration)
                told(contestant.name, min(1.0, (time.monotonic() - began) / max(1.0, until - began)))
            turn, ended = turn + 1, time.monotonic()
            if ended + (ended - turn_began) > until:
                break
        for contestant in present:
            if not results[contestant.name].absent:
                await _counts(contestant, results[contestant.name])
    finally:
        for contestant in present:
            await contestant.stop()
    return Measured(row, list(results.values()))


def _is_done(row: Row, results: Iterable[Result], plan: Plan, turns: int) -> bool:
    going = [each for each in results if not each.absent]
    return row.is_once or turns == plan.slices * plan.tries or all(each.quiet >= plan.slices for each in going)


async def _starts(contestant: Contestant, result: Result) -> bool:
    try:
        await contestant.start()
    except Exception as why:
        result.absent = told_of(why)
        await contestant.stop()
    return not result.absent


async def _counts(contestant: Contestant, result: Result) -> None:
    try:
        result.counted = await contestant.counted()
    except Exception as why:
        result.absent = told_of(why)


def told_of(why: Exception) -> str:
    """A sentence for the report. A fault in one contestant doesn't cost the others their figures."""
    first = (str(why).splitlines() or [""])[0][:LONGEST]
    return first if isinstance(why, NotHere) else f"{type(why).__name__}: {first}"


async def _turn(
    row: Row, contestant: Contestant, result: Result, turn: int, plan: Plan, calibration: Calibration
) -> None:
    """A slice between two readings, unless the contestant has ended."""
    if result.absent:
        return
    usual, before = calibration.usual, calibration.read()
    try:
        figures = await contestant.slice(plan.seconds)
    except Exception as why:
        result.absent = told_of(why)
        return
    readings = (each.on(clock=row.is_on_clock) for each in (before, calibration.read(), usual))
    result.slices.append(sliced(turn, figures, *readings))
