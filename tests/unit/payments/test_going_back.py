"""A return from its beginning to its end: why it goes back stands in its refund, and the end frees what was claimed and tells the payer."""

from __future__ import annotations

from dataclasses import replace

from server.effects.model import Effect, EffectKind
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundState
from server.payments.rules.going_back import begin_return, return_goes_on
from tests.support.builders import a_paid
from tests.support.endings import LATER, a_refund, last
from tests.unit.payments.states import in_state


def returning(*refunds: Refund) -> Payment:
    return replace(in_state(PaymentState.RETURNING), claims=("bill:B1",), refunds=refunds, effects=())


def test_why_the_money_goes_back_stands_in_its_refund_and_its_history() -> None:
    after = begin_return(a_paid(), "amount_differs", LATER)
    assert [refund.reason for refund in after.refunds] == ["amount_differs"]
    assert (after.return_reason, last(after, "returning")[1]) == ("amount_differs", {"why": "amount_differs"})


def test_when_all_is_back_the_payer_hears_of_it_and_nothing_is_claimed_any_more() -> None:
    payment = returning(a_refund(a_paid(), 1, 1234, RefundState.SUCCEEDED, finished_at=LATER))
    after = return_goes_on(payment, LATER)
    assert (after.state, after.claims) == (PaymentState.RETURNED, ())
    assert "payment_returned" in {effect.subject for effect in after.effects}


def test_while_a_refund_that_was_heard_of_is_not_placed_the_return_has_no_end() -> None:
    payment = returning(a_refund(a_paid(), 1, 1234, RefundState.SUCCEEDED, finished_at=LATER))
    heard = replace(payment, effects=(Effect(kind=EffectKind.QUERY_REFUND, subject="CONSOLE1", due_at=LATER),))
    assert return_goes_on(heard, LATER).state is PaymentState.RETURNING


def test_one_part_has_one_refund_at_a_time_and_a_closed_one_is_not_followed_by_itself() -> None:
    for refund in (a_refund(a_paid(), 1, 1234, RefundState.CLOSED), a_refund(a_paid(), 1, 400, RefundState.SUBMITTED)):
        payment = returning(refund)
        assert return_goes_on(payment, LATER) is payment
