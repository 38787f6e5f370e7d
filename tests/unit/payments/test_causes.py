"""Which alerts a payment must have as it stands, and when the cause of each is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from server.effects.model import PACE_S, EffectKind, take
from server.payments.model import Payment, PaymentState, bumped
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.alarms import alarms
from server.payments.rules.causes import cause_is_gone, causes, lasts
from server.payments.rules.looking import doubt, effect_failed
from server.payments.rules.returning import refund_answered
from server.payments.rules.trades import RefundOutcome
from tests.support.builders import LEASE, a_channel_refund, a_paid
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state, submitted


def tries(payment: Payment, key: str, error: str | None) -> Iterator[Payment]:
    """One more try of what is owed: taken, and given back with ``error``; without one its worker is never heard of again."""
    effect = next(effect for effect in payment.effects if effect.key == key)
    now = effect.due_at
    leased = bumped(payment, effects=take(payment.effects, key, token=f"w{effect.tries}", now=now, lease=LEASE))
    yield leased
    if error is not None:
        yield effect_failed(leased, key, f"w{effect.tries}", now, 0.0, error, unknown=False)


@pytest.mark.parametrize("error", ["OutcomeUnknown", None])
def test_an_effect_is_stuck_from_its_slowest_pace_on_and_the_step_says_so(error: str | None) -> None:
    """Also one whose workers died over it."""
    payment, stuck_after = a_paid(), 0
    for number in range(1, len(PACE_S[EffectKind.BOOK]) + 3):
        for after in tries(payment, "book", error):
            new = set(causes(after)) - set(causes(payment))
            assert new <= set(alarms(payment, after)), "every cause is alarmed in the step that makes it"
            stuck_after = stuck_after or (number if new else 0)
            payment = after
    assert stuck_after == len(PACE_S[EffectKind.BOOK]) + (error is None), "the last try has had its time"
    assert list(causes(payment)) == [("effect_stuck", "book")]
    done = bumped(payment, effects=())
    assert cause_is_gone(done, "effect_stuck", "book")
    assert not cause_is_gone(payment, "effect_stuck", "book")


def test_what_only_waits_is_not_stuck() -> None:
    payment = submitted()
    asked = next(effect for effect in payment.effects if effect.kind is EffectKind.QUERY_REFUND)
    waits = bumped(payment, effects=(replace(asked, tries=500, last_error=None),))
    assert list(causes(waits)) == []


@pytest.mark.parametrize(
    ("outcome", "kind"), [(RefundOutcome.ABNORMAL, "refund_abnormal"), (RefundOutcome.CLOSED, "refund_closed")]
)
def test_a_refund_that_does_not_arrive_is_a_cause_until_its_money_has_gone(outcome: RefundOutcome, kind: str) -> None:
    before = submitted()
    refund_id = before.refunds[0].id
    after = refund_answered(before, a_channel_refund(before, outcome), MORNING, 0.0)
    assert list(causes(after)) == [(kind, refund_id)]
    assert set(causes(after)) <= set(alarms(before, after))
    follower = after.refunds[-1]
    done = refund_answered(
        after,
        a_channel_refund(after, RefundOutcome.SUCCEEDED, follower.id, amount_fen=follower.amount_fen),
        MORNING + timedelta(hours=1),
        0.0,
    )
    assert done.state is PaymentState.RETURNED
    assert list(causes(done)) == []
    assert cause_is_gone(done, kind, refund_id)


def test_a_refund_that_the_channel_has_lost_is_a_cause_until_it_has_it_again() -> None:
    before = submitted()
    refund_id = before.refunds[0].id
    lost = refund_answered(before, a_channel_refund(before, RefundOutcome.ABSENT), MORNING, 0.0)
    assert ("refund_absent", refund_id) in set(causes(lost)) & set(alarms(before, lost))
    again = refund_answered(lost, a_channel_refund(before, RefundOutcome.PROCESSING), MORNING, 0.0)
    assert list(causes(again)) == []


def closed_for_staff() -> Refund:
    """A refund that staff asked for and the channel has closed for good."""
    return replace(
        submitted().refunds[0],
        state=RefundState.CLOSED,
        origin=RefundOrigin.STAFF,
        request_id="T1",
        asked_by="staff:1001",
    )


def test_a_closed_refund_whose_share_went_nowhere_stays_a_cause_at_rest() -> None:
    """Written off in the HIS, refused by the channel for good, and no money went instead: nobody but a person ends that."""
    booked, by_staff = in_state(PaymentState.BOOKED), closed_for_staff()
    stays = replace(booked, refunds=(by_staff,))
    assert list(causes(stays)) == [("refund_closed", by_staff.id)]
    follower = replace(by_staff, id=f"{by_staff.id[:-2]}02", state=RefundState.SUCCEEDED)
    assert list(causes(replace(stays, refunds=(by_staff, follower)))) == []


def test_a_closed_refund_that_was_followed_is_no_cause_again_while_another_refund_runs() -> None:
    """The money of the first has arrived under the second number; the third is a new wish of the patient."""
    closed = closed_for_staff()
    follower = replace(closed, id=f"{closed.id[:-2]}02", state=RefundState.SUCCEEDED)
    third = replace(closed, id=f"{closed.id[:-2]}03", state=RefundState.REQUESTED, request_id="T2")
    assert list(causes(replace(in_state(PaymentState.BOOKED), refunds=(closed, follower, third)))) == []


def test_money_in_doubt_lasts_until_the_channel_was_asked() -> None:
    doubted = doubt(in_state(PaymentState.CLOSED), MORNING)
    assert not cause_is_gone(doubted, "notification_differs", "4200")
    assert cause_is_gone(in_state(PaymentState.BOOKED), "notification_differs", "4200")


def test_other_kinds_have_happened_and_end_with_a_person() -> None:
    assert not lasts("refund_in_merchant_console")
    assert not cause_is_gone(in_state(PaymentState.BOOKED), "refund_in_merchant_console", "503")
