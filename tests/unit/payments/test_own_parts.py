"""The patient's own part of each item, where the insurance paid a part of the bill (issue 12, line 28)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import NotAllowed
from server.payments.model import Payment
from server.payments.purposes.bills.model import Bill
from server.payments.refund_model import Refund, RefundLine, RefundOrigin, RefundState
from server.payments.rules.own_parts import own_parts, share_out
from server.payments.subject import ChargeItem
from server.refunds.rules.items import left_of_items, must_be_left
from tests.support.builders import a_bill, a_paid, paying_for
from tests.support.clock_and_ids import MORNING

ITEM = a_bill().items[0]


def an_item(item_no: str, amount_fen: int, own_fen: int | None = None) -> ChargeItem:
    return replace(ITEM, item_no=item_no, amount_fen=amount_fen, own_fen=own_fen)


def paid_for(*bills: Bill) -> Payment:
    return paying_for(a_paid(amount_fen=sum(bill.own_fen for bill in bills)), *bills)


def insured(*items: ChargeItem, own_fen: int = 5800) -> Bill:
    """145.00 in all, of which the patient pays 58.00."""
    return a_bill("B1", own_fen, total_fen=14500, fund_fen=14500 - own_fen, account_fen=0, items=items)


def test_the_bill_s_own_part_is_shared_out_in_proportion() -> None:
    payment = paid_for(insured(an_item("1", 8000), an_item("2", 6500)))
    assert own_parts(payment) == {("B1", "1"): 3200, ("B1", "2"): 2600}


def test_the_his_s_own_parts_count_where_they_add_up() -> None:
    told = insured(an_item("1", 8000, 5800), an_item("2", 6500, 0))
    assert own_parts(paid_for(told)) == {("B1", "1"): 5800, ("B1", "2"): 0}


@pytest.mark.parametrize("second", [None, 1])
def test_own_parts_that_do_not_add_up_or_are_missing_are_not_believed(second: int | None) -> None:
    told = insured(an_item("1", 8000, 5800), an_item("2", 6500, second))
    assert own_parts(paid_for(told)) == {("B1", "1"): 3200, ("B1", "2"): 2600}


def test_the_sum_that_was_paid_counts_where_the_his_settled_it_anew() -> None:
    payment = a_paid(amount_fen=1000)
    payment = paying_for(payment, insured(an_item("1", 8000), an_item("2", 6500)))
    assert sum(own_parts(payment).values()) == 1000


def test_no_item_has_more_left_than_the_payment() -> None:
    payment = paid_for(insured(an_item("1", 8000), an_item("2", 6500)))
    gone = Refund(
        id=f"{payment.id}R01",
        amount_fen=5000,
        origin=RefundOrigin.STAFF,
        reason="other",
        state=RefundState.SUCCEEDED,
        at=MORNING,
    )
    assert left_of_items(replace(payment, refunds=(gone,))) == {("B1", "1"): 800, ("B1", "2"): 800}


def test_the_gross_price_of_an_item_is_refused() -> None:
    payment = paid_for(insured(an_item("1", 8000), an_item("2", 6500)))
    must_be_left(payment, (RefundLine(charge_no="B1", item_no="1", amount_fen=3200),))
    with pytest.raises(NotAllowed):
        must_be_left(payment, (RefundLine(charge_no="B1", item_no="1", amount_fen=3201),))


@given(st.integers(0, 10**9), st.lists(st.integers(-5, 10**7), max_size=30))
def test_shares_add_up_and_none_is_negative(total: int, weights: list[int]) -> None:
    parts = share_out(total, weights)
    assert len(parts) == len(weights)
    assert sum(parts) == (total if weights else 0)
    assert all(part >= 0 for part in parts)


@given(st.integers(0, 10**6), st.lists(st.integers(1, 10**5), min_size=1, max_size=10))
def test_a_share_is_within_a_fen_of_its_proportion(total: int, weights: list[int]) -> None:
    whole = sum(weights)
    for part, weight in zip(share_out(total, weights), weights, strict=True):
        assert abs(part * whole - total * weight) < whole


@pytest.mark.parametrize("nothing", [0, -5])
def test_an_item_that_costs_nothing_or_less_has_no_share(nothing: int) -> None:
    assert share_out(1000, [nothing, 10]) == [0, 1000]
