"""Money that has reached its payer another way, said by two people with proof: how much, of which refunds, and what goes on then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.effects.model import Effect, EffectKind
from server.payments.ending_model import EndingAct
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.booking import SETTLE
from server.payments.rules.ending_sides import stuck_refunds
from tests.support.endings import LATER, a_refund, ended, last, refusal, sides
from tests.unit.payments.states import in_state

SECOND = timedelta(seconds=1)


def sending(payment: Payment, *refunds: Refund, **effect: Any) -> Payment:
    """``payment`` with ``refunds``; the last one is owed to the channel."""
    owed = Effect(kind=EffectKind.REFUND, subject=refunds[-1].id, due_at=LATER, **effect)
    return replace(payment, refunds=refunds, effects=(owed,))


def partly_stuck() -> Payment:
    """Of 1,234 fen 300 are back and 200 on their way; 734 do not go."""
    payment = in_state(PaymentState.RETURNING)
    return sending(
        payment,
        a_refund(payment, 1, 300, RefundState.SUCCEEDED, finished_at=LATER),
        a_refund(payment, 2, 200, RefundState.SUBMITTED),
        a_refund(payment, 3, 734, RefundState.APPROVED),
    )


def test_no_more_is_settled_than_neither_is_back_nor_on_its_way() -> None:
    payment, act = partly_stuck(), EndingAct.SETTLED_ELSEWHERE
    for wrong in (735, 0, -1):
        assert refusal(payment, act, sides(payment), wrong) == "another amount"
    after = ended(payment, act, sides(payment), 734)
    assert [(one.id[-3:], one.amount_fen, one.state) for one in after.refunds[2:]] == [
        ("R03", 734, RefundState.WITHDRAWN), ("S01", 734, RefundState.SUCCEEDED),
    ]  # fmt: skip
    assert (after.state, after.refunds[2].finished_at, after.refunds[3].covered_fen) == (
        PaymentState.RETURNING, LATER, 0,
    )  # fmt: skip
    assert last(after, "settled_elsewhere")[1] == {"refund": f"{payment.id}S01", "amount_fen": "734"}


def test_what_is_left_over_goes_on_though_it_is_one_fen() -> None:
    payment = partly_stuck()
    after = ended(payment, EndingAct.SETTLED_ELSEWHERE, sides(payment), 733)
    assert (after.refunds[-1].id[-3:], after.refunds[-1].amount_fen, after.refunds[-1].reason) == (
        "R04", 1, payment.return_reason,
    )  # fmt: skip


@pytest.mark.parametrize(("amount_fen", "claims"), [(1234, ()), (1, ("bill:B1",))])
def test_a_booked_payment_is_free_to_be_paid_again_when_all_of_it_is_back(
    amount_fen: int, claims: tuple[str, ...]
) -> None:
    payment = replace(in_state(PaymentState.BOOKED), claims=("bill:B1",))
    asked = a_refund(payment, 1, amount_fen, RefundState.RELEASED, origin=RefundOrigin.STAFF, his_refund_no="HR1")
    payment = sending(payment, asked)
    after = ended(payment, EndingAct.SETTLED_ELSEWHERE, sides(payment), amount_fen)
    assert (after.claims, after.refunds[-1].covered_fen) == (claims, amount_fen)
    assert refusal(payment, EndingAct.SETTLED_ELSEWHERE, sides(payment), amount_fen + 1) == "another amount"


@pytest.mark.parametrize(("ago", "refused"), [(SETTLE - SECOND, True), (SETTLE, False)])
def test_a_call_of_unknown_outcome_may_still_bring_the_money(ago: timedelta, refused: bool) -> None:
    payment = in_state(PaymentState.RETURNING)
    payment = sending(payment, a_refund(payment, 1, 1234, RefundState.APPROVED), unknown_at=LATER - ago)
    if refused:
        assert refusal(payment, EndingAct.SETTLED_ELSEWHERE, sides(payment), 1234) == "being sent"
    else:
        assert ended(payment, EndingAct.SETTLED_ELSEWHERE, sides(payment), 1234).state is PaymentState.RETURNED


@pytest.mark.parametrize(
    ("state", "owed", "stuck"),
    [
        (RefundState.APPROVED, True, True), (RefundState.APPROVED, False, False), (RefundState.RELEASED, True, True),
        (RefundState.ABNORMAL, False, True), (RefundState.SUBMITTED, True, False), (RefundState.SUCCEEDED, True, False),
    ],
)  # fmt: skip
def test_a_refund_is_stuck_that_the_channel_does_not_take_or_can_not_pay_out(
    state: RefundState, owed: bool, stuck: bool
) -> None:
    payment = in_state(PaymentState.RETURNING)
    payment = sending(payment, a_refund(payment, 1, 1234, state))
    payment = payment if owed else replace(payment, effects=())
    assert bool(stuck_refunds(payment)) is stuck
