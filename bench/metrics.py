"""The figures of a slice by their keys: what they are called in the report, and their statistics."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

LABELS = {
    "cpu_us": "processor µs",
    "database_us": "database µs",
    "a_second": "a second",
    "refused": "not answered with 2xx or 3xx",
    "reads": "reads",
    "writes": "writes",
    "cpu_ms": "processor ms",
    "database_ms": "database ms",
    "wall_ms": "ms",
    "booked_ms": "ms until it is booked",
    "mib": "MiB",
    "kib": "KiB",
    "stored_cpu_ms": "before it: reading and keeping, processor ms",
    "found": "differences found",
    "sold": "numbers sold",
    "told_gone": "told that it is gone",
}
"""By key. ``cpu_us`` and ``database_us`` are of one request, ``reads`` and ``writes`` commands of the driver for one request."""

ON_CLOCK = frozenset({"a_second", "wall_ms", "booked_ms"})
"""The other times are of the processor."""
TIMES = frozenset({"cpu_us", "database_us", "cpu_ms", "database_ms", "wall_ms", "booked_ms"})
"""They grow with a slower machine."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and quartiles of the slices that count."""

    median: float
    low: float
    high: float
    values: tuple[float, ...]


def spread(values: Sequence[float]) -> Spread:
    """Raises ValueError for no values."""
    if not values:
        raise ValueError("no slice has this figure")
    if len(values) == 1:
        return Spread(values[0], values[0], values[0], tuple(values))
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high, tuple(values))
