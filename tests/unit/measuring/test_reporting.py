"""The report: medians with quartiles, ratios to ours, goals, and a word where figures are of disturbed slices."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench import reporting
from bench.engine import Measured, Plan, Result, Row
from bench.metrics import spread
from bench.slices import REFERENCE_S, Slice


def slices(costs: Sequence[float], *, disturbance: float = 0.0, reading_s: float = REFERENCE_S) -> list[Slice]:
    return [Slice(turn, {"cpu_us": cost, "refused": 0.0}, reading_s, disturbance) for turn, cost in enumerate(costs)]


def measured(*, disturbance: float = 0.0, row: Row | None = None) -> Measured:
    ours = Result("Zhenfu", slices((400, 500, 600, 700, 800), disturbance=disturbance, reading_s=2 * REFERENCE_S))
    ours.counted = {"reads": 2.0}
    other = Result("a <peer>", slices((200, 250, 300)))
    failed = Result("a third", slices((100, 100, 100)), absent="it hung up")
    absent = Result("a fourth", absent="npm is not here")
    given = row or Row("work", "Work", (), goals={"cpu_us": 200, "reads": 2})
    return Measured(given, [ours, other, failed, absent])


def test_a_spread_is_median_and_quartiles() -> None:
    told = spread([800, 400, 600, 500, 700])
    assert (told.low, told.median, told.high) == (500, 600, 700)
    assert spread([3.0]).high == 3.0
    with pytest.raises(ValueError, match="no slice"):
        spread([])


def test_a_table_has_ratios_of_the_same_turns_and_goals_at_their_machines_speed() -> None:
    told = reporting.table(measured())
    assert [line.ratio for line in told.lines] == ["1", "0.500", "0.200 (0.183–0.225)", ""]
    assert told.lines[0].cells == {"cpu_us": "600 (500–700)", "reads": "2"}
    assert told.at_reference == "processor µs at the goals' speed"
    assert [line.at_reference for line in told.lines] == ["300 (250–350)", "250 (225–275)", "100", ""]
    assert [line.slices for line in told.lines] == [
        "5 of 5 quiet", "3 of 3 quiet", "3 of 3 quiet; it hung up", "npm is not here",
    ]  # fmt: skip
    assert told.goals == [
        "processor µs ≤ 200: 300 at the goals' speed, missed by a factor of 1.50",
        "reads ≤ 2: 2, met",
    ]


def test_what_has_no_speed_has_no_column_for_it_and_no_slices() -> None:
    told = reporting.table(measured(disturbance=0.5, row=Row("work", "Work", (), figure="mib", is_once=True)))
    assert told.at_reference == ""
    assert [line.slices for line in told.lines] == ["", "", "it hung up", "npm is not here"]


def test_the_report_is_one_html_file_and_markdown_with_its_plots(tmp_path: Path) -> None:
    reporting.write(tmp_path, [measured()], Plan())
    page, plain = (tmp_path / "report.html").read_text("utf-8"), (tmp_path / "report.md").read_text("utf-8")
    assert "<svg" in page
    assert "src=" not in page
    assert "a &lt;peer&gt;" in page
    assert "a <peer>" not in page
    assert "| Zhenfu | 600 (500–700) | 2 | 300 (250–350) | 1 | 5 of 5 quiet |" in plain
    assert "| a fourth |  |  |  |  | npm is not here |" in plain
    assert "![Work](work.svg)" in plain
    assert (tmp_path / "work.svg").read_text("utf-8") in page
    assert "least disturbed ones count" not in plain
    kept = json.loads((tmp_path / "results.json").read_text("utf-8"))[0]["contestants"][1]
    assert kept["slices"][2]["figures"]["cpu_us"] == 300


def test_figures_of_disturbed_slices_are_there_and_called_so(tmp_path: Path) -> None:
    reporting.write(tmp_path, [measured(disturbance=0.5)], Plan())
    plain = (tmp_path / "report.md").read_text("utf-8")
    assert "Too few quiet slices, so the least disturbed ones count: Work." in plain
    assert "| Zhenfu | 500 (450–550) | 2 | 250 (225–275) | 1 | disturbed, 0 of 5 quiet |" in plain
