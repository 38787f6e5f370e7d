"""Which slices of a contestant count, what they say at the speed of the goals' machine, and beside the slices of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Figures = Mapping[str, float]
"""Keys of `metrics.LABELS`."""
LIMIT = 0.10
"""A slice is disturbed where the readings beside it and the usual one lie further apart."""
FEWEST = 3
"""Quiet slices say the figure of a contestant. Where there are fewer, so many of its least disturbed ones do."""
REFERENCE_S = 0.00187
"""What the calculation takes where the floor of a message takes 153 µs, as on the machine that the goals were set on."""


@dataclass(frozen=True, slots=True)
class Slice:
    """``reading_s``: seconds of the calculation, the mean of before and after."""

    turn: int
    figures: Figures
    reading_s: float
    disturbance: float

    @property
    def is_quiet(self) -> bool:
        return self.disturbance <= LIMIT


def sliced(turn: int, figures: Figures, before: float, after: float, usual: float) -> Slice:
    """A slice between two readings, where the recent ones are ``usual``."""
    least, _, most = sorted((before, after, usual))
    return Slice(turn, figures, (before + after) / 2, most / least - 1)


def that_count(slices: Sequence[Slice]) -> list[Slice]:
    """The quiet ones, or the least disturbed, in the order of their turns."""
    quiet = [each for each in slices if each.is_quiet]
    if len(quiet) >= FEWEST:
        return quiet
    least = sorted(slices, key=lambda each: each.disturbance)[:FEWEST]
    return sorted(least, key=lambda each: each.turn)


def at_reference(slices: Sequence[Slice], figure: str) -> list[float]:
    """A time as it would be at the speed of the machine of the goals, from those slices that count."""
    return [
        each.figures[figure] * REFERENCE_S / each.reading_s for each in that_count(slices) if figure in each.figures
    ]


def ratios(slices: Sequence[Slice], to: Sequence[Slice], figure: str) -> list[float]:
    """Of the figure to that of ``to`` in the same turn: a machine that becomes slower makes both slower. Turns in which both count, or else all."""
    return _ratios(that_count(slices), that_count(to), figure) or _ratios(slices, to, figure)


def _ratios(slices: Sequence[Slice], to: Sequence[Slice], figure: str) -> list[float]:
    others = {each.turn: each.figures[figure] for each in to if each.figures.get(figure)}
    return [
        each.figures[figure] / others[each.turn] for each in slices if figure in each.figures and each.turn in others
    ]
