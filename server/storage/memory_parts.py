"""The rows of one run of matching in memory: the twin of `part_files`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from server.reconciliation.model import Leg, Row, Sums
from server.reconciliation.rules.matching import Part
from server.reconciliation.rules.parts import FAMILY_LEGS, FUND, Counting, PartId, places


class MemoryParts:
    """The twin of `PartFiles`."""

    def __init__(self) -> None:
        self._lines: defaultdict[tuple[PartId, Leg], list[bytes]] = defaultdict(list)

    def write(self, leg: Leg, rows: Iterable[Row], prefix: str, *, with_fund: bool) -> Sums:
        counting = Counting()
        for row in rows:
            counting.add(row)
            for place, line in places(row, prefix, with_fund=with_fund):
                self._lines[place, leg].append(line)
        return counting.sums

    def parts(self, legs: Iterable[Leg]) -> Iterator[Part]:
        there = set(legs)
        for place in sorted({place for place, _ in self._lines}):
            if place[0] != FUND or Leg.FUND in there:
                yield {leg: self._lines.get((place, leg), []) for leg in FAMILY_LEGS[place[0]] if leg in there}
