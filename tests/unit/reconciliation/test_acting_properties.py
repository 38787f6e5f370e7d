"""Whatever differs: after the acts that are proposed the day balances, to the fen, and tomorrow has nothing left of it."""

from __future__ import annotations

import random
from dataclasses import replace
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.reconciliation.model import Act, Discrepancy, Leg, Reason, Row
from tests.unit.reconciliation.acting import Acted, money_of
from tests.unit.reconciliation.days import NUMBER, TOMORROW, TRADES, Day, clean_day, put
from tests.unit.reconciliation.test_matching_properties import known

LACKING = {"kiosk not in the HIS": Leg.HIS, "kiosk not at the channel": Leg.CHANNEL}
KIOSK = "KIOSK0002"


def balanced(day: Day) -> list[str]:
    """Does everything that is proposed. What is still wrong then."""
    acted = Acted(day)
    for each in day.run().discrepancies:
        acted.do(each)
    today = acted.today.run()
    tomorrow = acted.tomorrow.run(earlier=today.carried, day=TOMORROW)
    wrong = [f"{each.category} {each.id}" for each in (*today.differing, *tomorrow.differing)]
    wrong += [f"carried {each.key}" for each in tomorrow.carried]
    return wrong + _money_apart((*acted.today.rows, *acted.tomorrow.rows))


def _money_apart(rows: tuple[Row, ...]) -> list[str]:
    at_channel, ours, his, fund = (money_of(rows, leg) for leg in (Leg.CHANNEL, Leg.OURS, Leg.HIS, Leg.FUND))
    net = {number: fen for number, (fen, _) in at_channel.items()}
    wrong = [] if net == {number: fen for number, (fen, _) in his.items()} else ["channel and HIS"]
    wrong += (
        []
        if {n: fen for n, fen in net.items() if n.startswith("ZH")} == {n: f for n, (f, _) in ours.items()}
        else ["channel and ours"]
    )
    return wrong + ([] if fund == at_channel else ["trades and fund"])


@settings(max_examples=100, deadline=None)
@given(put_in=known, kiosk=st.sampled_from(["", *LACKING]), seed=st.integers(0, 2**32))
def test_after_the_proposed_acts_the_day_balances(put_in: dict[int, str], kiosk: str, seed: int) -> None:
    day = clean_day(payments=24)
    for place, what in put_in.items():
        put(day, what, f"ZH20261127{place:04d}")
    if kiosk:
        day.drop(f"payment:{KIOSK}", *([Leg.HIS] if LACKING[kiosk] is Leg.HIS else [Leg.CHANNEL, Leg.FUND]))
    random.Random(seed).shuffle(day.rows)
    assert balanced(day) == []


@pytest.mark.parametrize("what", sorted(TRADES))
def test_each_alone_balances(what: str) -> None:
    day = clean_day()
    put(day, what, NUMBER)
    assert balanced(day) == []


@pytest.mark.parametrize("what", sorted(TRADES))
def test_without_its_act_nothing_balances(what: str) -> None:
    day = clean_day()
    put(day, what, NUMBER)
    with patch.object(Acted, "do", lambda acted, each: None):
        assert balanced(day) != []


WRONG: dict[Reason, Act] = {
    Reason.AMOUNT_IN_HIS: Act.CHECK_CHANNEL,
    Reason.NOT_BOOKED: Act.CHECK_CHANNEL,
    Reason.NOTIFICATION_LOST: Act.CHECK_CHANNEL,
    Reason.STATEMENT_LEFT_OUT: Act.QUERY_CHANNEL,
    Reason.FEE_DIFFERS: Act.CHECK_HIS,
    Reason.BOOKED_TWICE: Act.CHECK_CHANNEL,
    Reason.ONLY_IN_HIS: Act.CHECK_CHANNEL,
    Reason.REFUNDED_OUTSIDE: Act.CHECK_HIS,
}


@pytest.mark.parametrize("reason", list(WRONG))
def test_another_act_leaves_it_out_of_balance(reason: Reason) -> None:
    """The acts of this folder's `acting` do what is proposed, and mend nothing else."""
    assert any(_fails_with_another_act(what, reason) for what in TRADES)


def _fails_with_another_act(what: str, reason: Reason) -> bool:
    day = clean_day()
    put(day, what, NUMBER)
    if all(each.reason is not reason for each in day.run().discrepancies):
        return False
    real = Acted.do

    def another(acted: Acted, each: Discrepancy) -> None:
        real(acted, replace(each, act=WRONG[reason]) if each.reason is reason else each)

    with patch.object(Acted, "do", another):
        return balanced(day) != []
