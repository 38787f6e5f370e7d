"""Whatever known discrepancies are put into a clean day, in whatever order its rows come: exactly these are found, under the right name."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.reconciliation.model import Leg
from server.reconciliation.texts import ACTS, CATEGORIES, CAUSES
from tests.unit.reconciliation.days import ALL_LEGS, NUMBER, TRADES, clean_day, put

# Payments 1, 2, 4, 5 … of a clean day have no refund, so each can carry one discrepancy of its own.
PLACES = [i for i in range(24) if i % 3]
known = st.dictionaries(st.sampled_from(PLACES), st.sampled_from(sorted(TRADES)), max_size=len(PLACES))


@settings(max_examples=150, deadline=None)
@given(put_in=known, seed=st.integers(0, 2**32))
def test_exactly_what_was_put_in_is_found(put_in: dict[int, str], seed: int) -> None:
    day = clean_day(payments=24)
    for place, what in put_in.items():
        put(day, what, f"ZH20261127{place:04d}")
    random.Random(seed).shuffle(day.rows)
    result = day.run()
    assert sorted((each.category, each.id) for each in result.discrepancies) == sorted(day.put)
    assert all(
        each.reason in CAUSES and each.act in ACTS and each.category in CATEGORIES for each in result.discrepancies
    )


@settings(max_examples=60, deadline=None)
@given(put_in=known, seed=st.integers(0, 2**32))
def test_the_order_of_the_rows_changes_nothing(put_in: dict[int, str], seed: int) -> None:
    day = clean_day(payments=24)
    for place, what in put_in.items():
        put(day, what, f"ZH20261127{place:04d}")
    before = day.run()
    random.Random(seed).shuffle(day.rows)
    assert repr(day.run()) == repr(before)


@pytest.mark.parametrize("what", sorted(TRADES))
def test_each_alone(what: str) -> None:
    day = clean_day()
    put(day, what, NUMBER)
    assert [(each.category, each.id) for each in day.run().discrepancies] == day.put


@pytest.mark.parametrize("legs", [ALL_LEGS, (Leg.OURS, Leg.CHANNEL), (Leg.OURS, Leg.CHANNEL, Leg.HIS), ALL_LEGS[:3]])
def test_a_clean_day_has_nothing_to_say(legs: tuple[Leg, ...]) -> None:
    result = clean_day().run(legs)
    assert (result.discrepancies, result.carried, result.matched > 0) == ((), (), True)
