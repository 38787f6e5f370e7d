"""The rows of the bench in the order of the report; each module makes those of one subject."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.engine import Row
from bench.means import Means
from bench.rows import (
    first_paint,
    growth,
    life,
    matching,
    memory,
    messages,
    notifications,
    pages,
    processes,
    qr_codes,
    release,
    told,
)

MAKERS: Sequence[Callable[[Means], Sequence[Row]]] = (
    messages.rows, notifications.rows, pages.rows, qr_codes.rows, life.rows, told.rows, memory.rows, processes.rows, release.rows, first_paint.rows, growth.rows, matching.rows,
)  # fmt: skip


def all_rows(means: Means) -> list[Row]:
    return [row for make in MAKERS for row in make(means)]
