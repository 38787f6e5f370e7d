"""The simulator itself: a seed is a run, and Zhenfu broken on purpose is noticed (the table of docs/simulation.md)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.minimise import minimised
from tests.simulation.mutants import MUTANTS, Mutant, broken
from tests.simulation.noticed import noticed_at
from tests.simulation.paying import Paying
from tests.simulation.run import run

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "simulation.md"


def test_a_seed_is_a_run() -> None:
    assert run(7).trace == run(7).trace
    assert run(7).trace != run(8).trace
    assert run(7, mini=True).trace == run(7, mini=True).trace != run(7).trace
    for paying in Paying:
        assert run(7, paying=paying).trace == run(7, paying=paying).trace
        assert paying is Paying.BILLS or run(7, paying=paying).trace != run(7).trace


@pytest.mark.parametrize("options", [[], ["--mini"]], ids=["pages", "mini-program"])
def test_on_every_machine(options: list[str]) -> None:
    """Another process, other hashes of texts, other keys: the same trace, byte for byte."""
    traces = [
        subprocess.run(
            [sys.executable, "-m", "tests.simulation", "--seed", "11", "--steps", "30", *options],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hashes},
            capture_output=True,
            check=True,
        ).stdout
        for hashes in ("1", "2")
    ]
    assert traces[0] == traces[1]
    assert traces[0].count(b"\n") > 50


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_broken_on_purpose_is_noticed(mutant: Mutant) -> None:
    assert noticed_at(mutant) is not None, f"{mutant.name} was not caught within {mutant.within} seeds"


def test_a_failing_run_is_made_small() -> None:
    mutant = next(mutant for mutant in MUTANTS if mutant.name == "not_found_returns_money")
    with broken(mutant):
        failing = next(outcome for outcome in map(run, range(1, mutant.within + 1)) if outcome.problems)
        least = minimised(failing)
    assert least.outcome.problems
    assert len(least.steps) <= 4
    assert len(least.faults) <= 4 < len(failing.faults)


def test_the_page_tells_the_same() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| .+? \| (\d+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows == [(mutant.name, mutant.broken, str(mutant.within)) for mutant in MUTANTS]
