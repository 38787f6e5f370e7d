"""A docstring says its noun: who reads it in a list of names need not guess what "those" are (docs/design.md, section 1)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NO_NOUN = re.compile(r"(Of|With|Without|Its|Those|The last ones?|The first ones?)\b")


def without_noun(text: str) -> list[str]:
    """Names of classes and functions whose docstring begins with a word that stands for a noun, or hangs on one."""
    named = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, named) and NO_NOUN.match(ast.get_docstring(node) or "")
    ]


@pytest.mark.parametrize("text", ["Those of one refund.", "Of several days.", "Its cause is gone.", "The last one."])
def test_a_docstring_without_its_noun_is_seen(text: str) -> None:
    assert without_noun(f'def one() -> None:\n    """{text} """') == ["one"]


def test_every_docstring_says_its_noun() -> None:
    paths = [path for folder in ("server", "handlers") for path in (ROOT / folder).rglob("*.py")]
    assert len(paths) > 500
    found = {path.relative_to(ROOT).as_posix(): without_noun(path.read_text("utf-8")) for path in paths}
    assert {path: names for path, names in found.items() if names} == {}
