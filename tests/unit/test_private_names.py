"""Tests pass failing twins in and use public names. Ruff (SLF) sees a private name of another object; this sees one that stands in a string."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PATCHES = {"setattr", "object", "getattr", "delattr"}
BREAK_THE_APP = ("simulation/mutants/", "fuzz/test_mutants.py", "unit/reconciliation/test_seeded_defects.py")
"""Mutants, which patch by design (tests/simulation/mutants/__init__.py says why); so do those of a purpose's seeded runs."""


def may_patch(path: Path) -> bool:
    name = path.relative_to(TESTS).as_posix()
    return name.startswith(BREAK_THE_APP) or name.endswith("_runs.py")


def private_names(text: str) -> list[str]:
    """Names that a patch or a getattr takes from a string, such as ``setattr(store, "_payments", ...)``."""
    return [
        name.value
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in PATCHES
        for name in call.args[:2]
        if isinstance(name, ast.Constant) and isinstance(name.value, str) and is_private(name.value.rpartition(".")[2])
    ]


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


@pytest.mark.parametrize(
    "text", ['monkeypatch.setattr(store, "_payments", {})', 'patch.object(A, "_b", c)', 'setattr("server.a._b", c)']
)
def test_a_private_name_in_a_string_is_seen(text: str) -> None:
    assert private_names(text) != []


def test_no_test_names_what_is_private() -> None:
    paths = [path for path in TESTS.rglob("*.py") if "node_modules" not in path.parts and not may_patch(path)]
    found = {path.relative_to(TESTS).as_posix(): private_names(path.read_text("utf-8")) for path in paths}
    assert len(found) > 500
    assert {path: names for path, names in found.items() if names} == {}
