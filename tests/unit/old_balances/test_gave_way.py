"""A lot whose refund gave way to another one is shown once, with what each of them brought."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from server.old_balances.rules import REQUEST, returning_of
from server.payments.model import Payment
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.refunds.rules.shares import ShareState
from tests.support.builders import a_paid
from tests.support.clock_and_ids import MORNING


def a_refund(number: str, amount_fen: int, state: RefundState, **fields: Any) -> Refund:
    facts: dict[str, Any] = {
        "id": number,
        "amount_fen": amount_fen,
        "origin": RefundOrigin.STAFF,
        "reason": "balance",
        "state": state,
        "at": MORNING,
        "request_id": f"{REQUEST}-1",
        "written_off_as": "R01",
    }
    return Refund(**{**facts, **fields})


def shown(*refunds: Refund) -> list[tuple[int, ShareState]]:
    payment: Payment = replace(a_paid(), refunds=refunds)
    return sorted((one.amount_fen, one.state) for one in returning_of({payment.id: payment}))


def other(amount_fen: int, origin: RefundOrigin) -> Refund:
    """Of the console or of finance; nobody has asked for it here."""
    return a_refund(
        "S01",
        amount_fen,
        RefundState.SUCCEEDED,
        origin=origin,
        request_id="",
        written_off_as="",
        covered_fen=amount_fen,
    )


def test_of_a_part_that_the_console_gave_back_the_rest_is_not_counted_twice() -> None:
    gave_way = a_refund("R01", 6900, RefundState.WITHDRAWN, covered_by="S01")
    rest = a_refund("R02", 4140, RefundState.SUCCEEDED)
    console = other(2760, RefundOrigin.MERCHANT_CONSOLE)
    assert shown(gave_way, rest, console) == [(2760, ShareState.RETURNED), (4140, ShareState.RETURNED)]


@pytest.mark.parametrize("state", [RefundState.CLOSED, RefundState.WITHDRAWN])
def test_what_finance_has_settled_another_way_is_shown(state: RefundState) -> None:
    gave_way = a_refund("R01", 5445, state, covered_by="S01")
    assert shown(gave_way, other(5445, RefundOrigin.ELSEWHERE)) == [(5445, ShareState.ELSEWHERE)]


def test_a_number_that_the_channel_refused_for_good_has_the_next_one_in_its_place() -> None:
    refused, next_one = a_refund("R01", 100, RefundState.CLOSED), a_refund("R02", 100, RefundState.SUBMITTED)
    assert shown(refused, next_one) == [(100, ShareState.UNDER_WAY)]
