"""`run.py reconcile` ends with 2 whatever keeps it from running: 1 means that a day was compared and differs."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import NoReturn

import pytest

from server.app import cli_books, cli_reconcile
from server.app.cli import answer
from server.app.cli_reconcile import NOT_RUN
from server.core.errors import NotSent, StoreUnavailable
from settings import Settings


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StoreUnavailable("no answer"), "数据库没有响应"),
        (NotSent("reconciliation", "no worker"), "NotSent"),
        (RuntimeError("never comes to rest"), "RuntimeError: never comes to rest"),
    ],
)
@pytest.mark.parametrize("words", [["--hospital", "demo", "--day", "2026-11-27"], ["--ours", "x", "--channel", "y"]])
def test_what_fails_on_the_way_is_told_and_did_not_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], error: Exception, said: str
) -> None:
    def failing(*_: object) -> NoReturn:
        raise error

    def no_database(hospital: str) -> AbstractContextManager[Settings]:
        failing()

    monkeypatch.setattr(cli_books, "database", no_database)
    monkeypatch.setattr(cli_reconcile, "run", failing)
    assert answer(["reconcile", *words]) == NOT_RUN
    assert said in capsys.readouterr().err
