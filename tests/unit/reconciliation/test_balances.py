"""The chain of balances in a fund statement: its totals, its order, and what an account's day comes to. Pure."""

from __future__ import annotations

import pytest

from server.reconciliation.model import Balance, Leg, Row
from server.reconciliation.rules.balances import BalanceChain
from server.reconciliation.statements import RefusalReason, StatementRefused
from tests.unit.reconciliation.test_judging_rules import FEE, back, row


def chain(*steps: tuple[Row, int, int]) -> BalanceChain:
    made = BalanceChain()
    for each, change_fen, left_fen in steps:
        made.add(each, change_fen, left_fen)
    return made


IN, OUT = row(Leg.FUND, 1000, fee_fen=3), back(Leg.FUND, 400, fee_fen=-1)
STEPS = ((IN, 997, 10_997), (OUT, -399, 10_598), (FEE._replace(amount_fen=2, fee_fen=2), -2, 10_596))


@pytest.mark.parametrize("steps", [STEPS, STEPS[::-1]], ids=["oldest first", "newest first"])
def test_a_day_of_one_account_either_way_round(steps: tuple[tuple[Row, int, int], ...]) -> None:
    made = chain(*steps)
    made.must_hold(came=(1, 997), went=(2, 401))
    assert made.count == 3
    assert made.balance == Balance(opening_fen=10_000, came_fen=1000, went_fen=400, fee_fen=4, closing_fen=10_596)


@pytest.mark.parametrize("wrong", [{"came": (2, 997)}, {"came": (1, 996)}, {"went": (1, 401)}, {"went": (2, 400)}])
def test_totals_that_are_not_the_file_s_are_refused(wrong: dict[str, tuple[int, int]]) -> None:
    with pytest.raises(StatementRefused) as refused:
        chain(*STEPS).must_hold(**{"came": (1, 997), "went": (2, 401), **wrong})
    assert refused.value.reason is RefusalReason.TOTALS


@pytest.mark.parametrize("left_fen", [10_597, 10_599])
def test_a_balance_that_does_not_follow_is_refused(left_fen: int) -> None:
    with pytest.raises(StatementRefused) as refused:
        chain(STEPS[0], (OUT, -399, left_fen), STEPS[2]).must_follow()
    assert refused.value.reason is RefusalReason.CHAIN


def test_right_totals_do_not_excuse_a_balance_that_does_not_follow() -> None:
    with pytest.raises(StatementRefused) as refused:
        chain(STEPS[0], (OUT, -399, 10_597), STEPS[2]).must_hold(came=(1, 997), went=(2, 401))
    assert refused.value.reason is RefusalReason.CHAIN


def test_one_fen_comes_and_nothing_goes() -> None:
    """A movement of nothing is counted among those that leave, and adds nothing."""
    made = chain((row(Leg.FUND, 1, fee_fen=0), 1, 11), (row(Leg.FUND, 0, fee_fen=0), 0, 11))
    made.must_hold(came=(1, 1), went=(1, 0))
    assert made.balance == Balance(opening_fen=10, came_fen=1, went_fen=0, fee_fen=0, closing_fen=11)


def test_a_payment_that_its_fee_eats_up_has_come_all_the_same() -> None:
    made = chain((row(Leg.FUND, 3, fee_fen=3), 0, 10), (back(Leg.FUND, 2, fee_fen=-2), 0, 10))
    assert made.balance == Balance(opening_fen=10, came_fen=3, went_fen=2, fee_fen=1, closing_fen=10)
    assert made.balance.holds


def test_one_row_follows_and_none_has_no_balance() -> None:
    chain(STEPS[0]).must_follow()
    assert BalanceChain().balance is None
