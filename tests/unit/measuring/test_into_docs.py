"""Figures go from the results of runs into docs/bench.md: our figure, the goal of the row as it is defined now, others beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bench import into_docs
from bench.engine import Row
from bench.into_docs import BEGIN, END, RULE, defined_rows, figures, put
from bench.slices import REFERENCE_S

MACHINE = {"when": "2026-11-30 18:25 UTC", "commit": "bdcb03bc", "processor": "2 × A Processor", "Python": "3.11.7"}
LATER = MACHINE | {"when": "2026-12-01 09:00 UTC", "commit": "0123abcd"}
ROWS = [
    Row("work", "Work", (), goals={"reads": 2, "cpu_us": 200}),
    Row("sorting", "Sorting", (), goals={"wall_ms": 3000, "mib": 9}, figure="cpu_ms"),
    Row("memory", "Memory", (), figure="mib", is_once=True),
    Row("rate", "Rate", (), figure="a_second"),
]


def contestant(name: str, figures: Mapping[str, float], *, disturbance: float = 0.0, **more: Any) -> dict[str, Any]:
    """Three slices with the same figures, on a machine that is twice as slow as that of the goals."""
    slices = [
        {"turn": turn, "figures": figures, "reading_s": 2 * REFERENCE_S, "disturbance": disturbance}
        for turn in range(3)
    ]
    return {"name": name, "slices": slices, "counted": {}, "absent": ""} | more


WORK = [
    contestant("Zhenfu", {"cpu_us": 1915.4, "database_us": 503.0}, counted={"reads": 1.0, "writes": 0.0}),
    contestant("a peer", {"cpu_us": 266.0}),
    contestant("another", {"cpu_us": 1.0}, slices=[], absent="npm is not here"),
]


def results(folder: Path, rows: Mapping[str, Sequence[dict[str, Any]]], machine: Mapping[str, str] = MACHINE) -> Path:
    file = folder / f"{len(list(folder.iterdir()))}.json"
    told = [{"row": name, "machine": machine, "contestants": given} for name, given in rows.items()]
    file.write_text(json.dumps(told))
    return file


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| `")]


def test_a_row_has_our_figure_its_goal_and_who_is_beside_it(tmp_path: Path) -> None:
    text = figures(ROWS, [results(tmp_path, {"work": WORK})], alone=True)
    assert lines(text) == ["| `work` | 1,915 µs | 958 | 200 | 503 µs | 1, 0 | a peer 266 (0.14) | 3 of 3 |"]
    assert text.startswith(
        "A run of `make bench` of 2026-11-30 at bdcb03bc, alone on 2 × A Processor, Python 3.11.7: 2.0 times as slow as the machine of the goals, "
        "by the calculation beside the slices (3.7 to 3.7 ms).\n"
    )
    assert RULE in text.splitlines()


def test_each_kind_of_figure_has_its_own_words(tmp_path: Path) -> None:
    file = results(
        tmp_path,
        {
            "rate": [contestant("1 worker", {"a_second": 27.2, "database_ms": 28.6}), contestant("2 workers", {"a_second": 26.0})],
            "memory": [contestant("at rest", {"mib": 101.2}), contestant("under load", {"mib": 110.0})],
            "sorting": [contestant("Zhenfu", {"cpu_ms": 13.3}, disturbance=0.5)],
            "work": [contestant("Zhenfu", {}, slices=[], absent="it hung up")],
        },
    )  # fmt: skip
    assert lines(figures(ROWS, [file])) == [
        "| `work` | it hung up |  | 200 |  |  |  |  |",
        "| `sorting` | 13.3 ms of the processor | 6.7 | 3,000 |  |  |  | 0 of 3, disturbed |",
        "| `memory` | at rest: 101 MiB |  |  |  |  | under load 110 (1.09) |  |",
        "| `rate` | 1 worker: 27.2 a second |  |  | 28.6 ms |  | 2 workers 26 (0.96) | 3 of 3 |",
    ]


def test_a_later_run_replaces_rows_and_each_row_says_of_which_run_it_is(tmp_path: Path) -> None:
    memory = [contestant("at rest", {"mib": 101.2})]
    first = results(tmp_path, {"work": WORK, "memory": memory})
    second = results(tmp_path, {"work": [contestant("Zhenfu", {"cpu_us": 900.0})]}, LATER)
    text = figures(ROWS, [first, second])
    assert [line.split(" | ")[1::6] for line in lines(text)] == [["900 µs", "3 of 3"], ["at rest: 101 MiB", ""]]
    assert [line.split(" | ")[-1] for line in lines(text)] == ["2026-12-01, 0123abcd |", "2026-11-30, bdcb03bc |"]
    assert [line[:49] for line in text.splitlines()[:2]] == [
        "A run of `make bench` of 2026-11-30 at bdcb03bc, ", "A run of `make bench` of 2026-12-01 at 0123abcd, ",
    ]  # fmt: skip
    assert "| quiet slices | measured |" in text


def test_results_that_say_no_machine_and_rows_that_are_gone(tmp_path: Path) -> None:
    assert "of unknown at unknown" in figures(ROWS, [results(tmp_path, {"work": WORK}, {})])
    with pytest.raises(SystemExit, match="rows that the bench has not: gone"):
        figures(ROWS, [results(tmp_path, {"gone": WORK})])


def test_the_table_goes_between_the_markers_and_nothing_else_changes(tmp_path: Path) -> None:
    docs = tmp_path / "bench.md"
    docs.write_text(f"before\n{BEGIN}\nolder\n{END}\nafter\n", "utf-8")
    put(docs, "new")
    assert docs.read_text("utf-8") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    docs.write_text("before\n", "utf-8")
    with pytest.raises(SystemExit, match="no place for figures"):
        put(docs, "new")


def test_the_page_has_the_markers_and_the_command_writes_there(tmp_path: Path) -> None:
    docs = tmp_path / "bench.md"
    docs.write_text(into_docs.DOCS.read_text("utf-8"), "utf-8")
    file = results(tmp_path, {"message": WORK})
    into_docs.main([str(file), "--docs", str(docs)])
    assert lines(docs.read_text("utf-8").partition(BEGIN)[2].partition(END)[0])[0].startswith("| `message` | 1,915 µs")


def test_every_row_is_on_the_page() -> None:
    page = into_docs.DOCS.read_text("utf-8").partition("## Rows")[2].partition("##")[0]
    assert [row.name for row in defined_rows() if f"`{row.name}`" not in page] == []
