"""Rows, contestants and slices: contestants take turns, and a slice counts only if the machine was quiet before and after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bench.calibration import Calibration

Figures = Mapping[str, float]
"""Keys of `metrics.LABELS`."""


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


class NotHere(Exception):
    """A contestant can't take part on this machine; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of work. The first contestant is ours; ratios are taken to it. ``goals`` are upper bounds for ours, by figure."""

    name: str
    title: str
    contestants: Sequence[Contestant]
    goals: Mapping[str, float] = field(default_factory=dict)
    figure: str = "cpu_us"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """``seconds`` of a slice, ``slices`` of each contestant, ``tries`` for each slice, at ``least`` so many requests in one.

    ``supply``: what has to be made for a slice one by one, such as paid payments. ``owed``: payments that workers have to book. ``many``:
    requests of all slices together, after which memory is read. ``patients`` press in the hour of release. ``payments``
    in the store and ``rows_a_side`` of a day's matching are the sizes for what is said of growth.
    """

    seconds: float = 3.0
    slices: int = 9
    tries: int = 4
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
    """Of one contestant. ``disturbed``: no slice was quiet within the tries, so the figures are those of disturbed slices."""

    name: str
    kept: list[Figures] = field(default_factory=list)
    noisy: list[Figures] = field(default_factory=list)
    counted: Figures = field(default_factory=dict)
    discarded: int = 0
    absent: str = ""

    @property
    def disturbed(self) -> bool:
        return not self.kept and bool(self.noisy)

    def values(self, figure: str) -> list[float]:
        return [each[figure] for each in self.kept or self.noisy if figure in each]


@dataclass(frozen=True, slots=True)
class Measured:
    row: Row
    results: Sequence[Result]


Told = Callable[[str], None]
"""Hears the name of the contestant that has had one more turn."""


async def measure(row: Row, plan: Plan, calibration: Calibration, told: Told) -> Measured:
    """Every contestant gets ``plan.slices`` turns; the order is turned round each time, so that no one always follows the same one."""
    results = {each.name: Result(each.name) for each in row.contestants}
    present = [each for each in row.contestants if await _starts(each, results[each.name])]
    try:
        for turn in range(plan.slices):
            for contestant in present if turn % 2 == 0 else reversed(present):
                if not results[contestant.name].absent:
                    await _turn(contestant, results[contestant.name], plan, calibration)
                told(contestant.name)
        for contestant in present:
            if not results[contestant.name].absent:
                await _counts(contestant, results[contestant.name])
    finally:
        for contestant in present:
            await contestant.stop()
    return Measured(row, list(results.values()))


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
    first = (str(why).splitlines() or [""])[0]
    return first if isinstance(why, NotHere) else f"{type(why).__name__}: {first}"


async def _turn(contestant: Contestant, result: Result, plan: Plan, calibration: Calibration) -> None:
    """A slice between two readings; a disturbed one is repeated within the tries."""
    for _ in range(plan.tries):
        before = calibration.read()
        try:
            figures = await contestant.slice(plan.seconds)
        except Exception as why:
            result.absent = told_of(why)
            return
        if not calibration.is_disturbed(before, calibration.read()):
            result.kept.append(figures)
            return
        result.discarded += 1
        result.noisy.append(figures)
