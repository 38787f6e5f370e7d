"""The bench runs from end to end: our server, a contestant's, the count of the database's operations, a program, the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.__main__ import main


def first(contestant: dict[str, Any]) -> dict[str, float]:
    """What its first slice says."""
    told: dict[str, float] = contestant["slices"][0]["figures"]
    return told


def test_the_bench_measures_and_reports(tmp_path: Path) -> None:
    rows = ["message", "qr", "growth-newest", "matching-1000"]
    main(["--quick", "--slices", "1", "--no-install", "--payments", "50", "--rows", *rows, "--out", str(tmp_path)])
    message, codes, newest, matching = json.loads((tmp_path / "results.json").read_text("utf-8"))
    by_name = {each["name"]: each for each in message["contestants"]}
    for name in ("Zhenfu", "Tornado alone, signature checked", "wechatpy 1.8.18", "wechatpy, one durable insert"):
        figures = first(by_name[name])
        assert figures["refused"] == 0
        assert figures["cpu_us"] > 0
    assert by_name["wechatpy, one durable insert"]["counted"] == {"reads": 0, "writes": 1}
    assert by_name["Zhenfu"]["counted"]["reads"] >= 1
    assert first(codes["contestants"][0])["cpu_ms"] > 0
    assert "times ours" in (tmp_path / "report.html").read_text("utf-8")
    (read,) = newest["contestants"]
    assert read["name"] == "50 payments"
    assert first(read)["wall_ms"] > 0
    for each in matching["contestants"][:2]:
        assert first(each)["found"] == 2


def test_the_hour_of_release_sells_each_number_once(tmp_path: Path) -> None:
    main(["--quick", "--slices", "1", "--no-install", "--rows", "release-hour", "--out", str(tmp_path)])
    (hour,) = json.loads((tmp_path / "results.json").read_text("utf-8"))
    (ours,) = hour["contestants"]
    assert not ours["absent"], ours
    figures = first(ours)
    assert (figures["sold"], figures["told_gone"]) == (4, 60)
