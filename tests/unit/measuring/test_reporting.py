"""The report: medians with quartiles, ratios to ours, goals, and a word where figures are noise."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import reporting
from bench.calibration import Calibration
from bench.engine import Contestant, Measured, Plan, Result, Row
from bench.metrics import spread


def measured(*, noisy: bool = False) -> Measured:
    slices = [{"cpu_us": float(value), "refused": 0.0} for value in (400, 500, 600, 700, 800)]
    ours = Result("Zhenfu", kept=[] if noisy else slices, noisy=slices if noisy else [], counted={"reads": 2.0})
    other = Result("a <peer>", kept=[{"cpu_us": 300.0, "refused": 0.0}], discarded=4)
    absent = Result("a third", absent="npm is not here")
    contestants: list[Contestant] = []
    return Measured(Row("work", "Work", contestants, goals={"cpu_us": 200, "reads": 2}), [ours, other, absent])


def test_a_spread_is_median_and_quartiles() -> None:
    told = spread([800, 400, 600, 500, 700])
    assert (told.low, told.median, told.high) == (500, 600, 700)
    assert spread([3.0]).high == 3.0
    with pytest.raises(ValueError, match="no slice"):
        spread([])


def test_a_table_has_ratios_and_goals() -> None:
    told = reporting.table(measured())
    assert [line.ratio for line in told.lines] == ["1.00", "0.50", ""]
    assert told.lines[0].cells == {"cpu_us": "600 (500–700)", "reads": "2"}
    assert told.lines[1].slices == "1 quiet, 4 thrown away"
    assert told.goals == ["processor µs ≤ 200: 600, missed by a factor of 3.00", "reads ≤ 2: 2, met"]


def test_the_report_is_one_html_file_and_markdown_with_its_plots(tmp_path: Path) -> None:
    reporting.write(tmp_path, [measured()], Plan(), Calibration(10))
    page, plain = (tmp_path / "report.html").read_text("utf-8"), (tmp_path / "report.md").read_text("utf-8")
    assert "<svg" in page
    assert "src=" not in page
    assert "a &lt;peer&gt;" in page
    assert "a <peer>" not in page
    assert "| Zhenfu | 600 (500–700) | 2 | 1.00 | 5 quiet, 0 thrown away |" in plain
    assert "| a third | | | | npm is not here |" in plain
    assert "![Work](work.svg)" in plain
    assert (tmp_path / "work.svg").read_text("utf-8") in page
    assert "noise" not in plain


def test_figures_of_a_disturbed_machine_are_called_noise(tmp_path: Path) -> None:
    reporting.write(tmp_path, [measured(noisy=True)], Plan(), Calibration(10))
    assert "No quiet slice within the tries: Work. These figures are noise." in (tmp_path / "report.md").read_text(
        "utf-8"
    )
