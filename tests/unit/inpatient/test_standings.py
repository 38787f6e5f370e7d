"""How far each lot of a discharge's rest has come, and that the sums are always the whole rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from server.inpatient.rules.standings import (
    refund_of,
    request_of,
    standing_of,
)
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.refunds.rules.allocation import Allocation, Share
from server.refunds.rules.shares import ShareState
from tests.support.builders import a_paid, renumbered
from tests.support.clock_and_ids import MORNING

SETTLED = replace(renumbered(a_paid(), "ZF-SETTLED"), state=PaymentState.BOOKED)


def a_lot(number: str, *refunds: Refund) -> Payment:
    return replace(renumbered(a_paid(), number), state=PaymentState.BOOKED, refunds=refunds)


def a_refund(state: RefundState, number: str = "R01", **fields: Any) -> Refund:
    facts: dict[str, Any] = {
        "id": f"LOT{number}",
        "amount_fen": 1000,
        "origin": RefundOrigin.HIS,
        "reason": "settlement",
        "state": state,
        "at": MORNING,
        "request_id": request_of(SETTLED.id),
    }
    return Refund(**{**facts, **fields})


def a_share(number: str, amount_fen: int, stuck: str = "") -> Share:
    return Share(number=number, way="wechat", amount_fen=amount_fen, paid_at=MORNING, stuck=stuck)


FOR_THE_WINDOW = (a_share("CASH", 300, "现金交的"),)


class TestTheRefundOfALot:
    def test_is_the_one_that_this_settlement_asked_for(self) -> None:
        mine = a_refund(RefundState.SUBMITTED, "R02")
        others = (
            a_refund(RefundState.SUCCEEDED, request_id="tap"),
            a_refund(RefundState.SUCCEEDED, "R03", request_id="x"),
        )
        assert refund_of(a_lot("L", others[0], mine, others[1]), SETTLED.id) == mine
        assert refund_of(a_lot("L", *others), SETTLED.id) is None
        assert refund_of(None, SETTLED.id) is None

    def test_is_the_latest_try_that_the_channel_did_not_refuse_for_good(self) -> None:
        refused, again = a_refund(RefundState.CLOSED), a_refund(RefundState.SUBMITTED, "R02")
        assert refund_of(a_lot("L", refused, again), SETTLED.id) == again
        assert refund_of(a_lot("L", again, replace(refused, id="LOTR03")), SETTLED.id) == again

    def test_is_the_last_of_those_that_were_all_refused(self) -> None:
        first, last = a_refund(RefundState.CLOSED), a_refund(RefundState.CLOSED, "R02")
        assert refund_of(a_lot("L", first, last), SETTLED.id) == last

    def test_is_asked_for_under_one_number_per_settlement(self) -> None:
        assert request_of("ZF1") == request_of("ZF1") != request_of("ZF2")


@pytest.mark.parametrize(
    ("refund", "expected"),
    [
        (RefundState.REQUESTED, ShareState.UNDER_WAY),
        (RefundState.APPROVED, ShareState.UNDER_WAY),
        (RefundState.RELEASED, ShareState.UNDER_WAY),
        (RefundState.SUBMITTED, ShareState.UNDER_WAY),
        (RefundState.ABNORMAL, ShareState.UNDER_WAY),
        (RefundState.CLOSED, ShareState.UNDER_WAY),
        (RefundState.SUCCEEDED, ShareState.RETURNED),
        (RefundState.REJECTED, ShareState.FAILED),
        (RefundState.WITHDRAWN, ShareState.FAILED),
        (RefundState.EXPIRED, ShareState.FAILED),
    ],
)
def test_where_a_share_stands_and_in_which_sum_it_is(refund: RefundState, expected: ShareState) -> None:
    allocation = Allocation(returns=(a_share("L", 1000),), window=FOR_THE_WINDOW, unplaced_fen=7)
    standing = standing_of(SETTLED, allocation, {"L": a_lot("L", a_refund(refund))})
    assert [one.state for one in standing.shares] == [expected]
    assert (standing.returned_fen, standing.under_way_fen, standing.window_fen, standing.otherwise_fen) == (
        1000 if expected is ShareState.RETURNED else 0,
        1000 if expected is ShareState.UNDER_WAY else 0,
        1307 if expected is ShareState.FAILED else 307,
        0,
    )


@pytest.mark.parametrize(
    ("state", "expected"), [(PaymentState.PAID, ShareState.WAITING), (PaymentState.BOOKED, ShareState.FAILED)]
)
def test_a_lot_that_was_never_asked_waits_for_the_settlement_and_fails_after_it(
    state: PaymentState, expected: ShareState
) -> None:
    standing = standing_of(replace(SETTLED, state=state), Allocation(returns=(a_share("L", 1000),)), {"L": a_lot("L")})
    assert [one.state for one in standing.shares] == [expected]
    waits = expected is ShareState.WAITING
    assert (standing.under_way_fen, standing.window_fen) == ((1000, 0) if waits else (0, 1000))


def test_a_lot_whose_payment_is_not_known_is_paid_out_at_the_window() -> None:
    standing = standing_of(SETTLED, Allocation(returns=(a_share("L", 1000),)), {})
    assert (standing.under_way_fen, standing.window_fen) == (0, 1000)


@pytest.mark.parametrize(
    ("owed_fen", "window_fen", "otherwise_fen"), [(None, 1300, 0), (1300, 1300, 0), (1299, 1299, 1), (0, 0, 1300), (9999, 1300, 0)]
)  # fmt: skip
def test_the_window_pays_out_no_more_than_the_his_owes(
    owed_fen: int | None, window_fen: int, otherwise_fen: int
) -> None:
    lots = {"L": a_lot("L", a_refund(RefundState.EXPIRED)), "M": a_lot("M", a_refund(RefundState.SUCCEEDED))}
    allocation = Allocation(returns=(a_share("L", 1000), a_share("M", 40)), window=FOR_THE_WINDOW)
    standing = standing_of(SETTLED, allocation, lots, owed_fen)
    assert (standing.returned_fen, standing.window_fen, standing.otherwise_fen) == (40, window_fen, otherwise_fen)


@pytest.mark.parametrize("state", [RefundState.CLOSED, RefundState.WITHDRAWN])
@pytest.mark.parametrize(
    ("origin", "theirs", "expected"),
    [
        (RefundOrigin.ELSEWHERE, RefundState.SUCCEEDED, ShareState.ELSEWHERE),
        (RefundOrigin.MERCHANT_CONSOLE, RefundState.SUCCEEDED, ShareState.RETURNED),
        (RefundOrigin.MERCHANT_CONSOLE, RefundState.SUBMITTED, ShareState.UNDER_WAY),
    ],
)
def test_a_refund_that_gave_way_is_where_the_other_one_is_and_never_for_the_window(
    state: RefundState, origin: RefundOrigin, theirs: RefundState, expected: ShareState
) -> None:
    """It was shown as being under way for ever, or as to be fetched at the window a second time."""
    gave_way = a_refund(state, covered_by="LOTS01")
    other = a_refund(theirs, id="LOTS01", origin=origin, request_id="another")
    standing = standing_of(SETTLED, Allocation(returns=(a_share("L", 1000),)), {"L": a_lot("L", gave_way, other)})
    assert [one.state for one in standing.shares] == [expected]
    sums = (standing.returned_fen, standing.under_way_fen, standing.window_fen, standing.otherwise_fen)
    states = (ShareState.RETURNED, ShareState.UNDER_WAY, ShareState.FAILED, ShareState.ELSEWHERE)
    assert sums == tuple(1000 if expected is one else 0 for one in states)
