"""How many rows of a part agree: each key once, where every leg has it once and alike."""

from __future__ import annotations

from collections.abc import Iterable

from server.reconciliation.model import Leg, Row
from server.reconciliation.rules.comparing import agreed_and_odd, groups_of
from server.reconciliation.rules.lines import line_of
from tests.unit.reconciliation.days import payment

LEGS = (Leg.OURS, Leg.CHANNEL, Leg.HIS)
NUMBERS = ("ZH1", "ZH2", "ZH3", "ZH4")


def part(*channel: Row, legs: Iterable[Leg] = LEGS) -> dict[Leg, list[bytes]]:
    """All of NUMBERS in every leg; the channel has ``channel`` instead."""
    found = {leg: [line_of(payment(leg, number, 1000)) for number in NUMBERS] for leg in legs}
    if channel:
        found[Leg.CHANNEL] = [line_of(row) for row in channel]
    return found


def at_channel(*amounts: tuple[str, int]) -> list[Row]:
    return [payment(Leg.CHANNEL, number, amount_fen) for number, amount_fen in amounts]


def test_a_part_in_which_all_legs_agree_has_no_odd_keys() -> None:
    assert agreed_and_odd(part()) == (4, set())


def test_another_amount_and_a_row_that_is_listed_twice_are_odd_and_the_rest_is_counted() -> None:
    rows = at_channel(("ZH1", 1000), ("ZH2", 7), ("ZH3", 1000), ("ZH3", 1000), ("ZH4", 1000))
    assert agreed_and_odd(part(*rows)) == (2, {b"payment:ZH2", b"payment:ZH3"})


def test_a_row_that_an_earlier_day_has_carried_is_looked_at_and_not_counted_here() -> None:
    assert agreed_and_odd(part(), {b"payment:ZH4"}) == (3, {b"payment:ZH4"})


def test_what_stands_in_the_account_is_the_same_money_and_is_not_counted_again() -> None:
    assert agreed_and_odd(part(legs=(Leg.CHANNEL, Leg.FUND))) == (0, set())
    assert agreed_and_odd({}) == (0, set())


def test_the_rows_of_odd_keys_are_found_by_key_and_leg() -> None:
    rows = at_channel(("ZH1", 1000), ("ZH2", 7), ("ZH3", 1000), ("ZH4", 1000))
    found = groups_of(part(*rows), {b"payment:ZH2"})
    assert {
        key: {leg: [row.amount_fen for row in of] for leg, of in group.items()} for key, group in found.items()
    } == {"payment:ZH2": {Leg.OURS: [1000], Leg.CHANNEL: [7], Leg.HIS: [1000]}}
    assert groups_of(part(*rows), set()) == {}
