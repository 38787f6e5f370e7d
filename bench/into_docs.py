"""The table of figures in docs/bench.md, from the results of one run or several: ``python -m bench.into_docs bench/out/results.json``.

Of a row that several files have, the last one counts.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.engine import Measured, Plan, Result, Row
from bench.installing import Installed
from bench.matching import THOROUGH
from bench.means import means_of
from bench.metrics import ON_CLOCK, TIMES, spread
from bench.reporting import number
from bench.rows import all_rows
from bench.slices import REFERENCE_S, Slice, at_reference, ratios
from settings import ROOT

DOCS = ROOT / "docs" / "bench.md"
BEGIN, END = "<!-- figures: begin, written by bench.into_docs -->", "<!-- figures: end -->"
COLUMNS = (
    "row", "figure of ours", "at the goals' speed", "goal", "database", "reads, writes", "beside it (times ours)", "quiet slices",
)  # fmt: skip
RULE = "|---|---:|---:|---:|---:|---|---|---|"
UNITS = {
    "cpu_us": "µs",
    "cpu_ms": "ms of the processor",
    "database_ms": "ms of the database",
    "wall_ms": "ms",
    "booked_ms": "ms until it is booked",
    "mib": "MiB",
    "a_second": "a second",
}
OURS = "Zhenfu"


@dataclass(frozen=True, slots=True)
class Run:
    """Where and when rows were measured."""

    day: str
    commit: str
    processor: str
    python: str

    @property
    def short(self) -> str:
        return f"{self.day}, {self.commit}"


@dataclass(frozen=True, slots=True)
class Told:
    """A row of a run."""

    run: Run
    measured: Measured


def read(file: Path, rows: Mapping[str, Row]) -> list[Told]:
    """Raises SystemExit for a row that the bench has no more."""
    given = json.loads(file.read_text("utf-8"))
    unknown = {each["row"] for each in given} - rows.keys()
    if unknown:
        raise SystemExit(f"{file} has rows that the bench has not: {', '.join(sorted(unknown))}")
    return [Told(_run(each.get("machine", {})), _measured(each, rows[each["row"]])) for each in given]


def _run(machine: Mapping[str, str]) -> Run:
    names = ("when", "commit", "processor", "Python")
    when, commit, processor, python = (machine.get(name, "unknown") for name in names)
    return Run(when.partition(" ")[0], commit, processor, python)


def _measured(given: Mapping[str, Any], row: Row) -> Measured:
    results = [
        Result(each["name"], [Slice(**one) for one in each["slices"]], each["counted"], each["absent"])
        for each in given["contestants"]
    ]
    return Measured(row, results)


def figures(rows: Sequence[Row], files: Iterable[Path], *, alone: bool = False) -> str:
    """Sentences about the runs, and the table in the order of ``rows``."""
    by_name = {row.name: row for row in rows}
    last = {each.measured.row.name: each for file in files for each in read(file, by_name)}
    told = [last[row.name] for row in rows if row.name in last]
    runs = sorted({each.run for each in told}, key=lambda run: (run.day, run.commit))
    several = len(runs) > 1
    about = [_about(run, [each for each in told if each.run == run], alone=alone) for run in runs]
    heads = [*COLUMNS, *["measured"] * several]
    lines = [_cells(each) + [each.run.short] * several for each in told]
    return "\n".join(
        [
            *about,
            'Medians of the quiet slices; what says "disturbed" had fewer than three of them and shows its least disturbed ones. '
            "The goals belong to the third column.",
            "",
            f"| {' | '.join(heads)} |",
            RULE + "---|" * several,
            *(f"| {' | '.join(cells)} |" for cells in lines),
        ]
    )


def _about(run: Run, told: Sequence[Told], *, alone: bool) -> str:
    readings = [
        one.reading_s for each in told for result in each.measured.results for one in result.slices if one.is_quiet
    ]
    where = f"{'alone ' * alone}on {run.processor}, Python {run.python}"
    if not readings:
        return f"A run of `make bench` of {run.day} at {run.commit}, {where}, without a quiet slice."
    slower = statistics.median(readings) / REFERENCE_S
    least, most = min(readings) * 1000, max(readings) * 1000
    return (
        f"A run of `make bench` of {run.day} at {run.commit}, {where}: {slower:.1f} times as slow as the machine of the goals, "
        f"by the calculation beside the slices ({least:.1f} to {most:.1f} ms)."
    )


def _cells(told: Told) -> list[str]:
    row, (ours, *others) = told.measured.row, told.measured.results
    values = ours.values(row.figure)
    name = "" if ours.name.startswith(OURS) else f"{ours.name}: "
    figure = f"{name}{number(spread(values).median)} {UNITS[row.figure]}" if values else ours.absent
    return [
        f"`{row.name}`", figure, _at_speed(row, ours), _goal(row), _database(row, ours), _commands(ours),
        ", ".join(each for other in others if (each := _beside(row, other, ours))), _quiet(row, ours),
    ]  # fmt: skip


def _at_speed(row: Row, ours: Result) -> str:
    values = at_reference(ours.slices, row.figure) if row.figure in TIMES else []
    return number(spread(values).median) if values else ""


def _goal(row: Row) -> str:
    """The one for the row's figure, or else for what the clock says."""
    bounds = [row.goals[key] for key in (row.figure, *sorted(ON_CLOCK)) if key in row.goals]
    return number(bounds[0]) if bounds else ""


def _database(row: Row, ours: Result) -> str:
    units = {"database_us": "µs", "database_ms": "ms"}
    told = [
        f"{number(spread(values).median)} {unit}"
        for key, unit in units.items()
        if key != row.figure and (values := ours.values(key))
    ]
    return ", ".join(told)


def _commands(ours: Result) -> str:
    return ", ".join(number(ours.counted[key]) for key in ("reads", "writes") if key in ours.counted)


def _beside(row: Row, other: Result, ours: Result) -> str:
    values, times = other.values(row.figure), ratios(other.slices, ours.slices, row.figure)
    if not values or not times:
        return ""
    return f"{other.name} {number(spread(values).median)} ({spread(times).median:.2f})"


def _quiet(row: Row, ours: Result) -> str:
    if row.is_once or not ours.slices:
        return ""
    return f"{ours.quiet} of {len(ours.slices)}{', disturbed' * ours.is_disturbed}"


def put(docs: Path, text: str) -> None:
    """``text`` between the two markers. Raises SystemExit where they are missing."""
    before, begin, rest = docs.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{docs} has no place for figures: {BEGIN} … {END}")
    docs.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", "utf-8")


def defined_rows() -> list[Row]:
    """The rows of the bench; nothing of theirs is started."""
    plan = Plan(rows_a_side=[*Plan().rows_a_side, THOROUGH])
    return all_rows(means_of(Path("nowhere"), plan, AsyncExitStack(), Installed(may_install=False)))


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.into_docs", description=__doc__)
    parser.add_argument("results", nargs="+", type=Path, help="results.json of runs, the latest last")
    parser.add_argument("--alone", action="store_true", help="nothing else ran on the machine meanwhile")
    parser.add_argument("--docs", type=Path, default=DOCS)
    given = parser.parse_args(words)
    put(given.docs, figures(defined_rows(), given.results, alone=given.alone))


if __name__ == "__main__":
    main()
