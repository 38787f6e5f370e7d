"""What an IT person reads about a wrong setting is said in English and in Chinese."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.app import cli
from server.core.errors import StoreUnavailable
from settings import ROOT

FILES = [ROOT / "settings.py", *sorted((ROOT / "server" / "app").rglob("*.py"))]
"""Sentences of single values get their Chinese from `sentences.sentences_of`."""
BY_VALUE = {"fields.py", "sentences.py"}


def sentences_of(tree: ast.AST) -> Iterator[str]:
    """What is raised as SettingsError by its text, or collected for one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("SettingsError", "sentences.append")):
            for given in node.args:
                yield from (ast.unparse(one) for one in (given.elts if isinstance(given, ast.List) else [given]))


def is_text(source: str) -> bool:
    return source.startswith(("'", '"', "f'", 'f"'))


@pytest.mark.parametrize("file", [file for file in FILES if file.name not in BY_VALUE], ids=lambda file: file.name)
def test_every_sentence_has_its_chinese(file: Path) -> None:
    told = [one for one in sentences_of(ast.parse(file.read_text("utf-8"))) if is_text(one)]
    assert [one for one in told if not any("一" <= char <= "鿿" for char in one)] == []


def test_a_database_that_does_not_answer_is_said_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def main(*words: object, **more: object) -> int:
        raise StoreUnavailable("ServerSelectionTimeoutError")

    monkeypatch.setattr(cli.run_py, "main", main)
    assert cli.answer(["doctor"]) == 1
    told = capsys.readouterr().err
    assert "ZHENFU_DATABASE_URI" in told
    assert "数据库没有响应" in told
