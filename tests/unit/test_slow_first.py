"""The order of a whole run: nothing is lost, slow files lead every worker's part, and no file is cut."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

from tests.support.slow_first import SECONDS, slow_first

ROOT = Path(__file__).resolve().parents[2]
QUICK = [f"tests/unit/test_{letter}.py" for letter in "abcdefgh"]


@dataclass(frozen=True)
class Named:
    nodeid: str

    @property
    def file(self) -> str:
        return self.nodeid.partition("::")[0]


def a_run() -> list[Named]:
    files = sorted([*QUICK, *SECONDS])
    return [Named(f"{file}::test_{number}") for file in files for number in range(40 if file in QUICK else 3)]


def dealt(tests: list[Named], workers: int) -> list[list[Named]]:
    """As worksteal deals at the beginning of a run."""
    left, parts = list(tests), []
    for number in range(workers):
        size = len(left) // (workers - number)
        parts.append(left[:size])
        del left[:size]
    return parts


@pytest.mark.parametrize("workers", [2, 3, 5])
def test_every_worker_begins_with_its_share_of_the_slow_files(workers: int) -> None:
    tests = a_run()
    ordered = slow_first(tests, workers)
    assert sorted(test.nodeid for test in ordered) == sorted(test.nodeid for test in tests)
    spent = []
    for part in dealt(ordered, workers):
        kinds = [is_slow for is_slow, _ in groupby(part, lambda test: test.file in SECONDS)]
        assert kinds == [True, False]
        spent.append(sum(SECONDS[file] for file in {test.file for test in part} & SECONDS.keys()))
    assert max(spent) - min(spent) <= max(SECONDS.values())


def test_no_slow_file_is_cut_and_the_order_within_a_file_stays() -> None:
    runs = [(file, list(tests)) for file, tests in groupby(slow_first(a_run(), 3), lambda test: test.file)]
    slow = [(file, tests) for file, tests in runs if file in SECONDS]
    assert len(slow) == len(SECONDS)
    for _, tests in slow:
        assert [test.nodeid[-1] for test in tests] == ["0", "1", "2"]


def test_a_run_of_few_files_stays_whole() -> None:
    tests = [Named("tests/unit/test_a.py::test_1"), Named("tests/chaos/test_short.py::test_2")]
    assert {*slow_first(tests, 3)} == {*tests}


def test_every_named_file_is_there() -> None:
    assert [name for name in SECONDS if not (ROOT / name).is_file()] == []
