"""Zhenfu beside what one would pick instead, measured on this machine: ``make bench``, or ``python -m bench --rows message qr``.

Writes report.md, report.html and results.json. Contestants are installed from PyPI and npm into bench/.contestants.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench import reporting
from bench.calibration import STEPS, Calibration
from bench.engine import QUICK, Measured, Plan, Row, measure
from bench.filled import FilledWorld
from bench.installing import Installed
from bench.kept import KEPT
from bench.means import means_of
from bench.progress import Filling, Progress
from bench.rows import all_rows
from bench.timetable import Timetable

OUT = Path(__file__).resolve().parent / "out"


async def run(given: argparse.Namespace, plan: Plan, folder: Path) -> None:
    end_with_sigterm()
    calibration = Calibration(STEPS // 10 if given.quick else STEPS)
    measured: list[Measured] = []
    async with AsyncExitStack() as stack:
        kept = None if given.no_kept else KEPT
        filled = [FilledWorld(folder, stack, each, Filling(each).told, kept) for each in sorted(plan.payments)]
        means = means_of(folder, plan, stack, Installed(may_install=not given.no_install), filled)
        rows = chosen(all_rows(means), given.rows)
        await fill_stores(rows)
        timetable = Timetable(rows, plan.minutes * 60)
        progress = Progress(timetable)
        for row in rows:
            progress.begin(row)
            until = timetable.begin(row)
            measured.append(await measure(row, plan, calibration, until, partial(progress.told, row)))
            reporting.write(given.out, measured, plan)
        progress.end()


def end_with_sigterm() -> None:
    """As with Ctrl-C: the processes that the run has started end with it."""
    running = asyncio.current_task()
    if running is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)


async def fill_stores(rows: Sequence[Row]) -> None:
    """Before the run's time begins: a big store takes minutes. What goes wrong is told by the contestants, which try it again."""
    for store in {id(store): store for row in rows for store in row.stores}.values():
        with suppress(Exception):
            await store.fill()


def chosen(rows: Sequence[Row], names: Sequence[str]) -> list[Row]:
    """Raises SystemExit for a name that no row has."""
    unknown = set(names) - {row.name for row in rows}
    if unknown:
        raise SystemExit(f"no row {', '.join(sorted(unknown))}; there are: {', '.join(row.name for row in rows)}")
    return [row for row in rows if not names or row.name in names]


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="see that everything works: tiny slices, figures mean nothing"
    )
    parser.add_argument("--rows", nargs="+", default=[], metavar="NAME", help="only these rows")
    parser.add_argument("--payments", nargs="+", type=int, metavar="COUNT", help="in the store, in the rows of growth")
    parser.add_argument("--rows-a-side", nargs="+", type=int, metavar="COUNT", help="of a day that is matched")
    parser.add_argument("--many", type=int, metavar="COUNT", help="requests, after which memory is read")
    parser.add_argument("--seconds", type=float, help="of a slice")
    parser.add_argument("--slices", type=int, help="quiet ones of each contestant")
    parser.add_argument("--minutes", type=float, help="of the whole run, about")
    parser.add_argument("--no-install", action="store_true", help="leave out what isn't installed")
    parser.add_argument("--no-kept", action="store_true", help="fill stores anew, and keep none for the next run")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the report")
    given = parser.parse_args(words)
    changed = {
        name: value
        for name in ("seconds", "slices", "minutes", "payments", "rows_a_side", "many")
        if (value := getattr(given, name)) is not None
    }
    plan = replace(QUICK if given.quick else Plan(), **changed)
    with tempfile.TemporaryDirectory(prefix="zhenfu-bench-") as folder:
        asyncio.run(run(given, plan, Path(folder)))
    print(f"report: {given.out / 'report.html'}")


if __name__ == "__main__":
    main()
