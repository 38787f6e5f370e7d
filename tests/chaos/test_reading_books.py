"""After the killing: a database that answers late is asked again, and the books are compared all the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import tests.chaos.books as books
from server.core.errors import StoreUnavailable
from tests.chaos.books import Books, read_books

NOTHING = {"wechatpay": {"trades": []}, "alipay": {"trades": []}, "his": {"trades": [], "bills": []}}


def read(monkeypatch: pytest.MonkeyPatch, silent: int, within_s: float) -> Books:
    """What is read from a database that does not answer the first ``silent`` times."""
    asked: list[int] = []

    async def ours(world: object) -> books.Ours:
        asked.append(len(asked))
        if len(asked) <= silent:
            raise StoreUnavailable("NetworkTimeout")
        return [], [], []

    for name, answer in (("read_told", ({}, {})), ("read_trades", {}), ("read_refunds", {})):
        monkeypatch.setattr(books, name, lambda *_, answer=answer: answer)
    monkeypatch.setattr(books, "read_ours", ours)
    monkeypatch.setattr(books, "AGAIN_AFTER_S", 0.0)
    monkeypatch.setattr(books, "ANSWERS_WITHIN_S", within_s)
    world: Any = SimpleNamespace(money=lambda: NOTHING, ask=lambda where: {"people": []})
    return read_books(world)


def test_a_late_answer_ends_no_drill(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, silent=3, within_s=30.0).payments == []


def test_a_database_that_never_answers_does(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreUnavailable):
        read(monkeypatch, silent=10**6, within_s=0.05)
