"""The mutation run itself: what it breaks, that it tells the living from the killed, that its table is honest; and a sample of it."""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from functools import partial

import pytest

from tests.mutation.argued import argued
from tests.mutation.closed import CLOSED
from tests.mutation.forks import HUNG, KILLED, SURVIVED, in_a_child
from tests.mutation.operators import broken, mutants
from tests.mutation.suites import ROOT, modules, source_of, suite_of

SAMPLE = "8"
SEED = "20261128"
"""One seed, so that a failure is a change of the code or of its tests."""


@pytest.mark.parametrize(
    ("source", "results"),
    [
        ("a < b", ["a <= b"]),
        ("a is not b", ["a is b"]),
        ("a == b and c", ["a == b or c", "a != b and c"]),
        ("not a", ["not not a"]),
        ("a + 59", ["a - 59", "a + 60"]),
        ("a if b else c", ["c if b else a"]),
        ("f(a, b)", ["None", "f(b, a)"]),
        ("x = min(a, b)", []),
        ("x = f(a, a)", []),
        ("raise E", ["None"]),
        ("x = '退费'", ["x = '退费别的'"]),
        ("x = 'code'", []),
        ("y = replace(p, state=s, at=n)", ["y = replace(p, at=n)"]),
        ("'''退费 1'''", []),
        ("def f(a: 3) -> 4: ...", []),
        ("x = True", []),
    ],
)
def test_every_way_of_breaking(source: str, results: list[str]) -> None:
    found = list(mutants("m", source))
    assert sorted(broken(mutant, source) for mutant in found) == sorted(results)
    for mutant in found:
        ast.parse(broken(mutant, source))
        assert mutant.was != mutant.now


def test_equal_places_are_told_apart() -> None:
    source = "f(1)\nf(1)"
    results = [broken(mutant, source) for mutant in mutants("m", source) if mutant.was == "1"]
    assert results == ["f(2)\nf(1)", "f(1)\nf(2)"]


@pytest.mark.parametrize("module", modules())
def test_each_module_has_tests_that_must_notice(module: str) -> None:
    assert suite_of(module)
    assert all((ROOT / path).exists() for path in suite_of(module))


def test_the_table_argues_about_places_that_exist() -> None:
    places = [mutant for module in modules() for mutant in mutants(module, source_of(module))]
    gone = [entry for entry in argued() if not any(entry.is_about(mutant) for mutant in places)]
    assert gone == []
    assert all(len(entry.why) > 20 for entry in argued()), "a reason is a sentence"


def test_a_rule_that_no_test_knows_is_told() -> None:
    """Seen to notice: without its tests a module's mutants live, and the run says so."""
    code = (
        "import tests.mutation.__main__ as run; run.suite_of = lambda module: ['tests/unit/app/test_log_lines.py'];"
        "run.test_files = lambda: run.suite_of('');"
        "import sys; sys.exit(run.main(['server.payments.rules.refund_window', '--sample', '1', '--seed', '3']))"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (told.returncode, "lives: server.payments.rules.refund_window" in told.stdout) == (1, True), told


def test_what_can_not_be_broken_is_not_taken_for_killed() -> None:
    def can_not() -> bool:
        raise KeyError("no such function")

    with pytest.raises(RuntimeError):
        in_a_child(can_not, 60.0)
    assert [in_a_child(lambda answer=answer: answer, 60.0) for answer in (True, False)] == [KILLED, SURVIVED]  # type: ignore[misc]
    assert in_a_child(partial(time.sleep, 60.0), 0.1) == HUNG  # type: ignore[arg-type]


def test_a_run_that_ends_before_its_last_mutant_says_so() -> None:
    code = (
        "from dataclasses import replace; from tests.mutation import in_place; from tests.mutation.operators import mutants;"
        "first = next(mutants('m', 'def f(a):\\n    return a + 1'));"
        "nowhere = replace(first, module='server.core.money', function='nowhere');"
        "in_place.run([nowhere], ['tests/unit/core/test_formatting.py'], print, trace=False)"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (told.returncode, "ended before its last mutant" in told.stderr) == (1, True), told


def test_a_place_knows_the_function_that_is_patched() -> None:
    source = "A = 1\ndef f(a=2):\n    return [a + 3 for a in g()]\nclass C:\n    B = 4\n    def m(self):\n        return lambda: 5"
    assert {mutant.was: mutant.function for mutant in mutants("m", source) if mutant.was.isdigit()} == {
        "1": "", "2": "", "3": "f", "4": "", "5": "C.m",
    }  # fmt: skip


def test_a_call_of_super_is_dropped_in_a_process_of_its_own() -> None:
    source = "class C(B):\n    def m(self):\n        super().m(1)\n        self.n(2)"
    assert {mutant.was: mutant.function for mutant in mutants("m", source)} == {
        "super().m(1)": "", "1": "C.m", "self.n(2)": "C.m", "2": "C.m",
    }  # fmt: skip


def test_a_sample_of_the_closed_modules() -> None:
    words = [sys.executable, "-m", "tests.mutation", *CLOSED, "--sample", SAMPLE, "--seed", SEED]
    told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert told.returncode == 0, told.stdout + told.stderr
