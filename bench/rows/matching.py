"""The matching of a day's two sides, beside what one would write first and beside DuckDB."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bench.engine import NotHere, Row
from bench.matching import DICTIONARY_ROW_BYTES, duckdb_words, memory_to_spare, write_files
from bench.means import Means
from bench.programs import Program

GOALS = {1_000_000: {"wall_ms": 3000.0, "mib": 143.0}}
"""By rows a side: 3.0 s, and 150 MB."""


def rows(means: Means) -> Sequence[Row]:
    return [_of_size(means, size, GOALS.get(size, {})) for size in means.plan.rows_a_side]


def _of_size(means: Means, size: int, goals: dict[str, float]) -> Row:
    folder = means.folder / f"matching-{size}"

    def ours(kind: str) -> list[str]:
        _written(folder, size)
        return [sys.executable, "-m", "bench.matching", kind, str(folder)]

    def dictionary() -> list[str]:
        needs, there = size * DICTIONARY_ROW_BYTES, memory_to_spare()
        if needs > there:
            raise NotHere(f"needs {needs / 1e9:.1f} GB of memory, and {there / 1e9:.1f} GB are free")
        return ours("dictionary")

    def duckdb() -> list[str]:
        _written(folder, size)
        return duckdb_words(means.installed.python("duckdb"), folder)

    return Row(
        f"matching-{size}", f"Matching {size:,} rows a side",
        [
            Program("Zhenfu", lambda: ours("zhenfu")),
            Program("a dictionary and csv", dictionary),
            Program("DuckDB 2.0.0, a bare full outer join", duckdb),
        ],
        goals, "cpu_ms", note="Ours matches files that are read, checked and kept already; the others read the two files.",
    )  # fmt: skip


def _written(folder: Path, size: int) -> None:
    if not folder.exists():
        folder.mkdir()
        write_files(folder, size)
