"""The report of a run: report.md with its plots beside it, report.html in one file, results.json with every slice."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from bench.engine import Measured, Plan, Result, Row
from bench.metrics import LABELS, TIMES, spread
from bench.plots import plot
from bench.slices import LIMIT, at_reference, ratios
from settings import ROOT

TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class Line:
    """Of a row's table: the figures as text, by key; in the row's own figure ``at_reference`` speed, and its ``ratio`` to ours."""

    name: str
    cells: dict[str, str]
    at_reference: str
    ratio: str
    slices: str


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    title: str
    note: str
    columns: Sequence[tuple[str, str]]
    at_reference: str
    lines: Sequence[Line]
    goals: Sequence[str]
    plot: Markup


def write(folder: Path, rows: Sequence[Measured], plan: Plan) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tables, machine = [table(measured) for measured in rows], _machine()
    for each in tables:
        (folder / f"{each.name}.svg").write_text(each.plot, "utf-8")
    said = {
        "tables": tables,
        "machine": machine,
        "plan": plan,
        "limit": LIMIT,
        "state": _state(rows),
    }
    plain = Environment(loader=FileSystemLoader(TEMPLATES), trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701 - Markdown
    (folder / "report.md").write_text(plain.get_template("report.md.j2").render(said), "utf-8")
    html = Environment(loader=FileSystemLoader(TEMPLATES), trim_blocks=True, lstrip_blocks=True, autoescape=True)
    (folder / "report.html").write_text(html.get_template("report.html.j2").render(said), "utf-8")
    everything = [_everything(each, dict(machine)) for each in rows]
    (folder / "results.json").write_text(json.dumps(everything, indent=1), "utf-8")


def table(measured: Measured) -> Table:
    row = measured.row
    present = [key for key in LABELS if any(_has(result, key) for result in measured.results)]
    columns = [key for key in present if key != "refused" or any(any(r.values(key)) for r in measured.results)]
    lines = [_line(row, result, measured.results[0], columns) for result in measured.results]
    return Table(
        row.name, row.title, row.note, [(key, LABELS[key]) for key in columns],
        f"{LABELS[row.figure]} at the goals' speed" if row.figure in TIMES else "", lines,
        [_goal(measured.results[0], figure, bound) for figure, bound in row.goals.items()],
        Markup(plot(measured, row.figure)),  # noqa: S704 - names are escaped there
    )  # fmt: skip


def _has(result: Result, key: str) -> bool:
    return bool(result.values(key)) or key in result.counted


def _line(row: Row, result: Result, ours: Result, columns: Sequence[str]) -> Line:
    at_speed = at_reference(result.slices, row.figure) if row.figure in TIMES else []
    beside = ratios(result.slices, ours.slices, row.figure)
    cells = {key: _cell(result, key) for key in columns}
    return Line(result.name, cells, _spread(at_speed), _spread(beside), _slices(row, result))


def _slices(row: Row, result: Result) -> str:
    """How sure the figures are, and why there are no more of them."""
    if row.is_once or not result.slices:
        return result.absent
    told = f"{'disturbed, ' * result.is_disturbed}{result.quiet} of {len(result.slices)} quiet"
    return "; ".join(each for each in (told, result.absent) if each)


def _cell(result: Result, key: str) -> str:
    if key in result.counted:
        return number(result.counted[key])
    return _spread(result.values(key))


def _spread(values: Sequence[float]) -> str:
    """Median and quartiles as text; nothing for no values."""
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
    """A time is compared as it would be on the machine that the goals were set on."""
    values = [ours.counted[figure]] if figure in ours.counted else ours.values(figure)
    if not values:
        return f"{LABELS[figure]} ≤ {number(bound)}: not measured"
    median, where = spread(values).median, ""
    if figure in TIMES:
        median, where = spread(at_reference(ours.slices, figure)).median, " at the goals' speed"
    verdict = "met" if median <= bound else f"missed by a factor of {median / bound:.2f}"
    return f"{LABELS[figure]} ≤ {number(bound)}: {number(median)}{where}, {verdict}"


def _state(rows: Sequence[Measured]) -> str:
    """What a reader must know before believing a figure."""
    disturbed = [
        each.row.title for each in rows if not each.row.is_once and any(result.is_disturbed for result in each.results)
    ]
    return f"Too few quiet slices, so the least disturbed ones count: {'; '.join(disturbed)}." if disturbed else ""


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


def _everything(measured: Measured, machine: dict[str, str]) -> dict[str, object]:
    return {
        "row": measured.row.name,
        "title": measured.row.title,
        "machine": machine,
        "contestants": [asdict(each) for each in measured.results],
    }
