"""The sum of refunds that a channel tells of is of a moment: what of ours goes afterwards is not in it, and does not explain it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.effects.model import Effect, EffectKind
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundOrigin, RefundState
from server.payments.rules.refund_shares import elsewhere_fen, left_fen, refundable_fen
from server.payments.rules.refunded_elsewhere import sum_told, unseen_refund
from server.payments.rules.replay import contradictions
from server.payments.rules.returning import refund_answered
from server.payments.rules.told_sums import may_be_of, told_fen
from server.payments.rules.trades import ChannelRefund, RefundOutcome
from tests.support.builders import MERCHANT, a_channel_refund
from tests.unit.payments.test_refunded_elsewhere_rules import (
    CONSOLE,
    LATER,
    R01,
    R02,
    a_refund,
    details,
    holding,
    returning,
)


def said(payment: Payment, number: str, amount_fen: int, outcome: RefundOutcome = RefundOutcome.SUCCEEDED) -> Payment:
    answer: ChannelRefund = a_channel_refund(payment, outcome, number, amount_fen=amount_fen)
    return refund_answered(payment, replace(answer, merchant_id=MERCHANT), LATER, 0.5)


def to_send(amount_fen: int) -> Payment:
    """Booked; staff's refund R01 is about to be sent."""
    payment = holding(a_refund(R01, amount_fen, RefundState.RELEASED, RefundOrigin.AUTOMATIC))
    return replace(payment, effects=(Effect(kind=EffectKind.REFUND, subject=R01, due_at=LATER),))


@pytest.mark.parametrize("sum_fen", [235, 617, 1233])
def test_a_return_ends_when_the_rest_has_gone(sum_fen: int) -> None:
    """It would owe nothing and wait for ever where nobody tells of the other refund by its number."""
    after = said(sum_told(returning(1234), sum_fen, LATER), R02, 1234 - sum_fen)
    assert (after.state, elsewhere_fen(after)) == (PaymentState.RETURNED, sum_fen)
    assert not [word for word in contradictions(after) if "went back" in word], "its history leads there"
    told = said(after, CONSOLE, sum_fen)
    assert (told.state, elsewhere_fen(told), told.refunded_fen) == (PaymentState.RETURNED, 0, 1234)


@pytest.mark.parametrize("outcome", [RefundOutcome.SUCCEEDED, RefundOutcome.PROCESSING])
def test_what_was_sent_afterwards_leaves_so_much_less(outcome: RefundOutcome) -> None:
    after = said(sum_told(to_send(200), 300, LATER), R01, 200, outcome)
    assert (elsewhere_fen(after), left_fen(after), refundable_fen(after)) == (300, 734, 734)
    assert sum_told(after, 500, LATER) is after, "that is both of them"
    more = sum_told(after, 501, LATER)
    assert details(more)[-1][2] == {"sum_fen": "501", "amount_fen": "301"}
    assert elsewhere_fen(more) == 301, "of the new sum both are parts"


def test_what_was_taken_before_is_in_the_sum() -> None:
    after = sum_told(said(to_send(200), R01, 200), 500, LATER)
    assert (elsewhere_fen(after), refundable_fen(after)) == (300, 734)


def test_a_refund_in_the_console_is_in_it_whenever_we_hear_its_number() -> None:
    after = said(sum_told(holding(), 300, LATER), CONSOLE, 300)
    assert (elsewhere_fen(after), refundable_fen(after)) == (0, 934)


def test_of_the_sums_in_the_history_the_largest_counts() -> None:
    payment = holding()
    for sum_fen in (100, 300):
        payment = sum_told(payment, sum_fen, LATER)
    assert told_fen(payment, payment.parts[0]) == 300
    assert told_fen(unseen_refund(holding(), (), LATER), payment.parts[0]) == 0, "told without an amount"
    assert told_fen(holding(), payment.parts[0]) == 0


def test_what_another_refund_did_before_the_sum_puts_none_of_ours_into_it() -> None:
    two = holding(*(a_refund(number, 200, RefundState.RELEASED, RefundOrigin.AUTOMATIC) for number in (R01, R02)))
    owed = tuple(Effect(kind=EffectKind.REFUND, subject=number, due_at=LATER) for number in (R01, R02))
    told = sum_told(said(replace(two, effects=owed), R01, 200), 500, LATER)
    after = said(told, R02, 200)
    assert [may_be_of(after, after.parts[0], refund) for refund in after.refunds] == [True, False]
