"""What reconciliation needs of the world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from server.reconciliation.model import Leg, Row, Sums
from server.reconciliation.rules.matching import Part


class PartStore(Protocol):
    """The rows of one run, on their way from the legs to matching. Synchronous: whoever has a loop runs it beside the loop."""

    def write(self, leg: Leg, rows: Iterable[Row], prefix: str, *, with_fund: bool) -> Sums:
        """Keep the rows of ``leg`` in their parts; what they sum up to. ``rows`` are read once, one at a time."""

    def parts(self, legs: Iterable[Leg]) -> Iterator[Part]:
        """One part after the other, for `rules.matching.match`. ``legs`` are those that the day has."""
