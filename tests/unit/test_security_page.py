"""Every test that docs/security.md names is there: a row that points to nothing proves nothing."""

from __future__ import annotations

import ast
import re

from settings import ROOT

PAGE = ROOT / "docs" / "security.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def names_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def test_every_test_that_the_page_names_exists() -> None:
    named = NAMED.findall(PAGE.read_text("utf-8"))
    assert len(named) > 50
    missing = [f"{path}::{name}" for path, name in named if not (ROOT / path).exists() or name not in names_in(path)]
    assert missing == []


def test_every_line_says_its_state_and_what_shows_it() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ") and "---" not in line]
    for row in rows:
        _, _, _, state, shown, _ = row.split("|")
        if state.strip() in ("state", "状态"):
            continue
        assert state.strip(), row
        proven = state.strip().startswith(("met", "满足"))
        assert not proven or "::" in shown, f"nothing shows this: {row}"
