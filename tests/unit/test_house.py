"""The rules of the house that no linter knows (DESIGN section 2)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for folder in ("server", "handlers", "sandbox")
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
) + [ROOT / "settings.py", ROOT / "run.py"]
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "stuff"}
FILE_LINES_MAX = 260
FUNCTION_LINES_MAX = 45


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_file_has_one_job(path: Path) -> None:
    text = path.read_text("utf-8")
    assert path.stem not in DRAWERS, "name what it is for"
    assert len(text.splitlines()) <= FILE_LINES_MAX
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert code_lines(node) <= FUNCTION_LINES_MAX, f"{node.name} is too long"


def test_only_channels_make_verified_notifications() -> None:
    makers = {
        name_of(path).split("/")[1]
        for path in SOURCES
        if name_of(path).startswith(("server/", "handlers/"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "VerifiedNotification"
    }
    assert makers <= {"channels"}


def test_payments_are_saved_in_one_place_only() -> None:
    """Every change goes through Transitions.apply: nobody else calls save."""
    callers = {
        name_of(path)
        for path in SOURCES
        if name_of(path).startswith(("server/", "handlers/"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "save" and "payments" in ast.unparse(node.value)
    }
    assert callers == {"server/services/transitions.py"}
