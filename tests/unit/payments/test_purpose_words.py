"""What is shared by all purposes has no words of one of them: those stand with the purpose."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.payments.texts import FORBIDDEN
from settings import ROOT

SHARED = ("payments", "effects", "alerts")
OF_ONE_PURPOSE = ("预约", "挂号", "住院", "预交金", "出院", "缴费单")


def texts_of(file: Path) -> Iterator[str]:
    """Every string but the docstrings, which may give examples."""
    tree = ast.parse(file.read_text("utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


@pytest.mark.parametrize("folder", SHARED)
def test_shared_folders_have_no_word_of_one_purpose(folder: str) -> None:
    files = [file for file in (ROOT / "server" / folder).rglob("*.py") if "purposes" not in file.parts]
    assert files
    found = [
        (str(file.relative_to(ROOT)), text)
        for file in files
        for text in texts_of(file)
        if text not in FORBIDDEN and any(word in text for word in OF_ONE_PURPOSE)
    ]
    assert found == []
