"""The report of a run: report.md with its plots beside it, report.html in one file, results.json with every slice."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from bench.calibration import Calibration
from bench.engine import Measured, Plan, Result
from bench.metrics import LABELS, spread
from bench.plots import plot
from settings import ROOT

TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class Line:
    """Of a row's table: the figures as text, by key; ``ratio`` to ours in the row's own figure."""

    name: str
    cells: dict[str, str]
    ratio: str
    slices: str
    absent: str


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    title: str
    note: str
    columns: Sequence[tuple[str, str]]
    lines: Sequence[Line]
    goals: Sequence[str]
    plot: Markup


def write(folder: Path, rows: Sequence[Measured], plan: Plan, calibration: Calibration) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tables = [table(measured) for measured in rows]
    for each in tables:
        (folder / f"{each.name}.svg").write_text(each.plot, "utf-8")
    said = {
        "tables": tables,
        "machine": _machine(),
        "plan": plan,
        "calibration": calibration.best,
        "state": _state(rows),
    }
    plain = Environment(loader=FileSystemLoader(TEMPLATES), trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701 - Markdown
    (folder / "report.md").write_text(plain.get_template("report.md.j2").render(said), "utf-8")
    html = Environment(loader=FileSystemLoader(TEMPLATES), trim_blocks=True, lstrip_blocks=True, autoescape=True)
    (folder / "report.html").write_text(html.get_template("report.html.j2").render(said), "utf-8")
    (folder / "results.json").write_text(json.dumps([_everything(each) for each in rows], indent=1), "utf-8")


def table(measured: Measured) -> Table:
    row = measured.row
    present = [key for key in LABELS if any(_has(result, key) for result in measured.results)]
    columns = [key for key in present if key != "refused" or any(any(r.values(key)) for r in measured.results)]
    ours = measured.results[0].values(row.figure)
    base = spread(ours).median if ours else None
    lines = [_line(result, row.figure, columns, base) for result in measured.results]
    return Table(
        row.name, row.title, row.note, [(key, LABELS[key]) for key in columns], lines,
        [_goal(measured.results[0], figure, bound) for figure, bound in row.goals.items()],
        Markup(plot(measured, row.figure)),  # noqa: S704 - names are escaped there
    )  # fmt: skip


def _has(result: Result, key: str) -> bool:
    return bool(result.values(key)) or key in result.counted


def _line(result: Result, figure: str, columns: Sequence[str], base: float | None) -> Line:
    mine = result.values(figure)
    ratio = f"{spread(mine).median / base:.2f}" if mine and base else ""
    slices = f"{len(result.kept)} quiet" if result.kept else f"{len(result.noisy)} disturbed"
    cells = {key: _cell(result, key) for key in columns}
    return Line(result.name, cells, ratio, f"{slices}, {result.discarded} thrown away", result.absent)


def _cell(result: Result, key: str) -> str:
    if key in result.counted:
        return number(result.counted[key])
    values = result.values(key)
    if not values:
        return ""
    each = spread(values)
    if each.low == each.high:
        return number(each.median)
    return f"{number(each.median)} ({number(each.low)}–{number(each.high)})"


def number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}".removesuffix(".0") if value >= 1 or value == 0 else f"{value:.3f}"


def _goal(ours: Result, figure: str, bound: float) -> str:
    values = [ours.counted[figure]] if figure in ours.counted else ours.values(figure)
    if not values:
        return f"{LABELS[figure]} ≤ {number(bound)}: not measured"
    median = spread(values).median
    verdict = "met" if median <= bound else f"missed by a factor of {median / bound:.2f}"
    return f"{LABELS[figure]} ≤ {number(bound)}: {number(median)}, {verdict}"


def _state(rows: Sequence[Measured]) -> str:
    """What a reader must know before believing a figure."""
    noisy = sorted({measured.row.title for measured in rows for result in measured.results if result.disturbed})
    return f"No quiet slice within the tries: {'; '.join(noisy)}. These figures are noise." if noisy else ""


def _machine() -> list[tuple[str, str]]:
    info = Path("/proc/cpuinfo")
    models = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []  # fmt: skip
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, cwd=ROOT, capture_output=True, text=True).stdout.strip()  # noqa: S603
    return [
        ("when", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("commit", commit or "unknown"),
        ("processor", f"{os.cpu_count()} × {models[0] if models else platform.machine()}"),
        ("Python", platform.python_version()),
    ]


def _everything(measured: Measured) -> dict[str, object]:
    return {
        "row": measured.row.name,
        "title": measured.row.title,
        "contestants": [
            {"name": r.name, "kept": r.kept, "disturbed": r.noisy, "counted": r.counted, "absent": r.absent}
            for r in measured.results
        ],
    }
