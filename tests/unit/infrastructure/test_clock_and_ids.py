"""Ids are drawn in one go, and every text is as likely as any other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from server.infrastructure import clock_and_ids
from server.infrastructure.clock_and_ids import CROCKFORD, SystemIds


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bounds that were drawn below; each draw gives the next number of its range."""
    bounds: list[int] = []
    numbers: Iterator[int] = itertools.count()

    def next_number(bound: int) -> int:
        bounds.append(bound)
        return next(numbers) % bound

    monkeypatch.setattr(clock_and_ids.secrets, "randbelow", next_number)
    return bounds


def test_every_text_comes_from_exactly_one_number_of_one_draw(draws: list[int]) -> None:
    every = 3**4
    texts = [SystemIds().text(4, "abc") for _ in range(every)]
    assert draws == [every] * every
    assert set(texts) == {"".join(letters) for letters in itertools.product("abc", repeat=4)}


def test_all_characters_of_the_alphabet_and_no_others_stand_at_every_place() -> None:
    texts = [SystemIds().text(20) for _ in range(1000)]
    assert all(len(text) == 20 for text in texts)
    assert len(set(texts)) == len(texts)
    for place in range(20):
        assert {text[place] for text in texts} == set(CROCKFORD)


@pytest.mark.parametrize("length", [0, 1])
def test_the_length_is_kept_where_it_is_short(length: int) -> None:
    assert len(SystemIds().text(length)) == length
