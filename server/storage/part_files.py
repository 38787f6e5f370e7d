"""The rows of one run of matching, in parts, as files in a folder of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from server.reconciliation.model import Leg, Row, Sums
from server.reconciliation.rules.matching import Part
from server.reconciliation.rules.parts import FAMILY_LEGS, FUND, PARTS, Counting, PartId, places

BUFFER_BYTES = 32 * 1024
NEWLINE = b"\n"


class PartFiles:
    """reconciliation.ports.PartStore: a file for each part and leg in ``folder``, which must be empty and is the caller's to remove.
    ``lines`` is how many lie there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.lines = 0

    def write(self, leg: Leg, rows: Iterable[Row], prefix: str, *, with_fund: bool) -> Sums:
        counting = Counting()
        files: dict[PartId, BinaryIO] = {}
        with ExitStack() as opened:
            for row in rows:
                counting.add(row)
                for place, line in places(row, prefix, with_fund=with_fund):
                    file = files.get(place)
                    if file is None:
                        file = files[place] = opened.enter_context(self._path(place, leg).open("ab", BUFFER_BYTES))
                    file.write(line + NEWLINE)
                    self.lines += 1
        return counting.sums

    def parts(self, legs: Iterable[Leg]) -> Iterator[Part]:
        there = set(legs)
        for family, compared in FAMILY_LEGS.items():
            if family == FUND and Leg.FUND not in there:
                continue
            for which in range(PARTS):
                part = {leg: self._lines((family, which), leg) for leg in compared if leg in there}
                if any(part.values()):
                    yield part

    def _lines(self, place: PartId, leg: Leg) -> list[bytes]:
        path = self._path(place, leg)
        return path.read_bytes().split(NEWLINE)[:-1] if path.exists() else []

    def _path(self, place: PartId, leg: Leg) -> Path:
        family, which = place
        return self._folder / f"{family}-{which:02d}.{leg}"
