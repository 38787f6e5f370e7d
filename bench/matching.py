"""Matching a day's legs: ``python -m bench.matching [--duckdb] [--thorough] [rows …]``, beside a plain dictionary join with csv and DuckDB's bare full outer join.

The three get the same two files of rows, of which one in a thousand is missing on the other side. Each runs in a process of its own, so
that its peak of memory is its own. The dictionary join holds a whole side: where the machine has not so much memory to spare
(`DICTIONARY_ROW_BYTES`), it is said how much it would need. ``--thorough`` adds ten million rows a side. DuckDB is no
dependency: ``--duckdb`` runs it where the bench installs its contestants. `rows/matching.py` makes rows of the bench of it.
"""

from __future__ import annotations

import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from math import gcd
from pathlib import Path

from bench.installing import Installed

ROOT = Path(__file__).resolve().parents[1]
SIZES = (10_000, 100_000, 1_000_000)
THOROUGH = 10_000_000
DICTIONARY_ROW_BYTES = 620
"""What the dictionary join needs for a row of one side; measured at a million rows."""
MISSING_EVERY = 1000
HEADER = ["kind", "number", "amount_fen", "at", "channel_no"]
DUCKDB = """
import sys, time, duckdb, json, resource
ours, channel = sys.argv[1:]
duckdb.sql("set enable_progress_bar = false")
began, cpu = time.perf_counter(), time.process_time()
join = f"select count(*) from read_csv('{ours}', header=true, all_varchar=true) a full outer join read_csv('{channel}', header=true, all_varchar=true) b using (number) where a.amount_fen is distinct from b.amount_fen"
found = duckdb.sql(join).fetchall()[0][0]
print(json.dumps({"wall_ms": 1000 * (time.perf_counter() - began), "cpu_ms": 1000 * (time.process_time() - cpu), "found": found, "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def write_files(folder: Path, rows: int) -> None:
    """``ours.csv`` and ``channel.csv`` in the order of two systems: the same rows, in two orders. Nothing is held in memory."""
    for name, offset, stride in (("ours", 0, 0.618), ("channel", MISSING_EVERY // 2, 0.367)):
        with (folder / f"{name}.csv").open("w", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(HEADER)
            for number in _numbers(rows, stride):
                if int(number[-9:]) % MISSING_EVERY != offset:
                    second = int(number[-4:]) % 3600
                    at = f"2026-11-27T{8 + second % 9:02d}:{second // 60:02d}:{second % 60:02d}"
                    lines.writerow(["payment", number, int(number[-6:]) + 1, at, f"42{number}"])


def _numbers(rows: int, stride: float) -> Iterator[str]:
    """Each of ``rows`` order numbers once, in steps of about ``stride`` of them."""
    step = next(step for step in range(int(rows * stride) or 1, 2 * rows + 2) if gcd(step, rows) == 1)
    for place in range(rows):
        which = place * step % rows
        yield f"ZH20261127{which * 7_046_029_254_386_353 % 10**15:015d}"


def zhenfu(folder: Path) -> dict[str, float]:
    """Reading, checking and keeping in parts; then matching alone."""
    from server.reconciliation.model import Leg
    from server.reconciliation.rules.judging import Bounds
    from server.reconciliation.rules.matching import match
    from server.storage.part_files import PartFiles
    from server.storage.row_files import RowFile

    legs = (Leg.OURS, Leg.CHANNEL)
    with tempfile.TemporaryDirectory(dir=folder) as parts:
        store = PartFiles(Path(parts))
        began, cpu = time.perf_counter(), time.process_time()
        for leg in legs:
            with (folder / f"{leg}.csv").open("rb") as file:
                store.write(leg, RowFile(leg, file), "ZH", with_fund=False)
        kept, kept_cpu = time.perf_counter(), time.process_time()
        result = match(date(2026, 11, 27), store.parts(legs), legs, Bounds(prefix="ZH"))
        ended, ended_cpu = time.perf_counter(), time.process_time()
    return {
        "stored_ms": 1000 * (kept - began), "stored_cpu_ms": 1000 * (kept_cpu - cpu),
        "wall_ms": 1000 * (ended - kept), "cpu_ms": 1000 * (ended_cpu - kept_cpu), "found": len(result.discrepancies),
    }  # fmt: skip


def dictionary(folder: Path) -> dict[str, float]:
    """Both files through csv into a dictionary, compared key by key: what one writes first."""
    began, cpu = time.perf_counter(), time.process_time()
    with (folder / "ours.csv").open(newline="") as file:
        ours = {row["number"]: row for row in csv.DictReader(file)}
    found = 0
    with (folder / "channel.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            mine = ours.pop(row["number"], None)
            found += mine is None or mine["amount_fen"] != row["amount_fen"]
    passed, used = time.perf_counter() - began, time.process_time() - cpu
    return {"wall_ms": 1000 * passed, "cpu_ms": 1000 * used, "found": found + len(ours)}


def _alone(words: list[str]) -> dict[str, float]:
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    told: dict[str, float] = json.loads(ran.stdout)
    return told


def duckdb_words(python: str, folder: Path) -> list[str]:
    """The command line of DuckDB's join of the files in ``folder``; ``python`` has DuckDB."""
    return [python, "-c", DUCKDB, *(str(folder / f"{leg}.csv") for leg in ("ours", "channel"))]


def measure(rows: int, duckdb: str) -> None:
    with tempfile.TemporaryDirectory(prefix="zhenfu-bench-") as name:
        folder = Path(name)
        write_files(folder, rows)
        _tell(rows, "zhenfu", _alone([sys.executable, "-m", "bench.matching", "zhenfu", name]))
        needs, there = rows * DICTIONARY_ROW_BYTES, memory_to_spare()
        if needs > there:
            print(
                f"{rows:>9,} rows a side  dictionary  not run: needs {needs / 1e9:.1f} GB, {there / 1e9:.1f} GB are free"
            )
        else:
            _tell(rows, "dictionary", _alone([sys.executable, "-m", "bench.matching", "dictionary", name]))
        if duckdb:
            _tell(rows, "duckdb", _alone(duckdb_words(duckdb, folder)))


def memory_to_spare() -> int:
    """In bytes, three quarters of what is available."""
    lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 * 3 // 4 for line in lines if line.startswith("MemAvailable:"))


def _tell(rows: int, what: str, told: dict[str, float]) -> None:
    """Wall time, and of it the processor's, which a busy machine says too."""
    stored = (
        f"reading and keeping {told['stored_ms'] / 1000:.2f} s (cpu {told['stored_cpu_ms'] / 1000:.2f}), "
        if "stored_ms" in told
        else ""
    )
    print(
        f"{rows:>9,} rows a side  {what:10}  {stored}matching {told['wall_ms'] / 1000:.2f} s (cpu {told['cpu_ms'] / 1000:.2f}), "
        f"peak {told['mib']:.0f} MiB, {told['found']:.0f} found",
        flush=True,
    )


def main(words: list[str]) -> None:
    if words[:1] in (["zhenfu"], ["dictionary"]):
        told = {"zhenfu": zhenfu, "dictionary": dictionary}[words[0]](Path(words[1]))
        told["mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(told))
        return
    duckdb = Installed(may_install=True).python("duckdb") if "--duckdb" in words else ""
    sizes = [int(word) for word in words if not word.startswith("--")] or list(SIZES)
    for rows in [*sizes, THOROUGH] if "--thorough" in words else sizes:
        measure(rows, duckdb)


if __name__ == "__main__":
    main(sys.argv[1:])
