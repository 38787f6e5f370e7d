"""Money that goes back: what the channel may say of a refund, in which order it likes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import NotAllowed
from server.effects.model import EffectKind, find
from server.payments.model import PaymentState
from server.payments.refund_model import RefundOrigin, RefundState
from server.payments.rules.alarms import alarms
from server.payments.rules.going_back import begin_return
from server.payments.rules.refund_numbers import AGAIN_AFTER_S, REFUNDS_MAX, next_refund_id, pause_before_next
from server.payments.rules.refund_shares import open_refund
from server.payments.rules.returning import refund_answered
from server.payments.rules.trades import RefundOutcome
from tests.support.builders import PAYMENT_ID, TOKEN, a_channel_refund, a_paid, leased
from tests.support.clock_and_ids import MORNING
from tests.support.returning import LATER, abnormal, finished, given_up, returning, state_of, told
from tests.unit.payments.states import in_state, kinds, submitted

Word = RefundOutcome
S = RefundState
CONSOLE = "50300806962021020105978994968"


STARTS = {
    S.APPROVED: returning,
    S.SUBMITTED: submitted,
    S.ABNORMAL: abnormal,
    S.SUCCEEDED: finished,
    S.CLOSED: given_up,
}
SAME = object()
TABLE = [
    (S.APPROVED, Word.PROCESSING, S.SUBMITTED, {EffectKind.QUERY_REFUND}),
    (S.APPROVED, Word.UNCONFIRMED, S.SUBMITTED, {EffectKind.QUERY_REFUND}),
    (S.APPROVED, Word.SUCCEEDED, S.SUCCEEDED, set()),
    (S.APPROVED, Word.ABNORMAL, S.ABNORMAL, {EffectKind.QUERY_REFUND}),
    (S.APPROVED, Word.CLOSED, S.CLOSED, {EffectKind.REFUND}),
    (S.APPROVED, Word.ABSENT, S.APPROVED, {EffectKind.REFUND}),
    (S.SUBMITTED, Word.PROCESSING, SAME, None),
    (S.SUBMITTED, Word.UNCONFIRMED, SAME, None),
    (S.SUBMITTED, Word.SUCCEEDED, S.SUCCEEDED, set()),
    (S.SUBMITTED, Word.ABNORMAL, S.ABNORMAL, {EffectKind.QUERY_REFUND}),
    (S.SUBMITTED, Word.CLOSED, S.CLOSED, {EffectKind.REFUND}),
    (S.SUBMITTED, Word.ABSENT, S.APPROVED, {EffectKind.REFUND}),
    (S.ABNORMAL, Word.PROCESSING, S.SUBMITTED, {EffectKind.QUERY_REFUND}),
    (S.ABNORMAL, Word.UNCONFIRMED, S.SUBMITTED, {EffectKind.QUERY_REFUND}),
    (S.ABNORMAL, Word.SUCCEEDED, S.SUCCEEDED, set()),
    (S.ABNORMAL, Word.ABNORMAL, SAME, None),
    (S.ABNORMAL, Word.CLOSED, S.CLOSED, {EffectKind.REFUND}),
    (S.ABNORMAL, Word.ABSENT, S.APPROVED, {EffectKind.REFUND}),
    (S.SUCCEEDED, Word.PROCESSING, SAME, None),
    (S.SUCCEEDED, Word.UNCONFIRMED, SAME, None),
    (S.SUCCEEDED, Word.SUCCEEDED, SAME, None),
    (S.SUCCEEDED, Word.ABNORMAL, NotAllowed, None),
    (S.SUCCEEDED, Word.CLOSED, NotAllowed, None),
    (S.SUCCEEDED, Word.ABSENT, SAME, None),
    (S.CLOSED, Word.PROCESSING, SAME, None),
    (S.CLOSED, Word.UNCONFIRMED, SAME, None),
    (S.CLOSED, Word.SUCCEEDED, NotAllowed, None),
    (S.CLOSED, Word.ABNORMAL, SAME, None),
    (S.CLOSED, Word.CLOSED, SAME, None),
    (S.CLOSED, Word.ABSENT, SAME, None),
]


@pytest.mark.parametrize(("state", "outcome", "expected", "owes"), TABLE)
def test_every_state_meets_every_word_of_the_channel(
    state: RefundState, outcome: RefundOutcome, expected: object, owes: set[EffectKind] | None
) -> None:
    before = STARTS[state]()
    assert state_of(before) is state
    if expected is NotAllowed:
        with pytest.raises(NotAllowed):
            told(before, outcome)
        return
    after = told(before, outcome)
    if expected is SAME:
        assert after is before
        return
    assert state_of(after) is expected
    assert kinds(after) & {EffectKind.REFUND, EffectKind.QUERY_REFUND} == owes
    assert after.version == before.version + 1
    assert after.refunding_fen <= after.paid_fen
    assert all(effect.lease is None for effect in after.effects)


def test_the_table_is_whole() -> None:
    assert {(state, outcome) for state, outcome, *_ in TABLE} == {
        (state, outcome) for state in STARTS for outcome in Word
    }


@pytest.mark.parametrize("outcome", list(Word))
def test_a_repeated_notification_changes_nothing(outcome: RefundOutcome) -> None:
    once = told(submitted(), outcome)
    assert outcome is Word.ABSENT or told(once, outcome) is once


class TestReturn:
    def test_ends_when_all_is_back(self) -> None:
        after = finished()
        assert after.state is PaymentState.RETURNED
        assert after.refunded_fen == after.paid_fen == 1234
        assert after.at_rest()
        assert kinds(after) == {EffectKind.MESSAGE, EffectKind.SMS, EffectKind.LATE_BOOKING}
        assert {effect.subject for effect in after.effects} == {"payment_returning", "payment_returned", ""}

    def test_counts_what_went_back_in_the_console_before(self) -> None:
        part = told(a_paid(), Word.SUCCEEDED, CONSOLE, amount_fen=234)
        back = begin_return(part, "refused_by_his", LATER)
        assert [refund.amount_fen for refund in back.refunds] == [234, 1000]
        assert back.refunding_fen == back.paid_fen

    def test_with_nothing_left_is_at_its_end(self) -> None:
        free = begin_return(
            replace(a_paid(), parts=(replace(a_paid().parts[0], paid_fen=0),), effects=()), "refused_by_his", LATER
        )
        assert free.state is PaymentState.RETURNED
        assert free.refunds == ()
        assert {effect.subject for effect in free.effects} == {"payment_not_booked"}, (
            "there is no money of which to speak"
        )
        assert free.at_rest()

    def test_waits_for_refunds_that_are_still_on_their_way(self) -> None:
        opened = open_refund(
            in_state(PaymentState.BOOKED),
            in_state(PaymentState.BOOKED).parts[0],
            1234,
            RefundOrigin.STAFF,
            "test",
            MORNING,
        )
        assert begin_return(opened, "refused_by_his", LATER).state is PaymentState.RETURNING


class TestFinalNo:
    def test_is_sent_again_under_a_new_number_after_a_pause(self) -> None:
        after = given_up()
        assert [(refund.id[-3:], refund.state) for refund in after.refunds] == [("R01", S.CLOSED), ("R02", S.APPROVED)]
        effect = find(after.effects, f"refund:{PAYMENT_ID}R02")
        assert effect is not None
        assert effect.due_at == LATER + timedelta(minutes=10)
        assert find(after.effects, f"refund:{PAYMENT_ID}R01") is None
        assert after.refunding_fen == after.paid_fen
        assert ("refund_closed", f"{PAYMENT_ID}R01") in alarms(submitted(), after)

    def test_sends_again_what_the_his_has_written_off(self) -> None:
        asked = open_refund(
            in_state(PaymentState.BOOKED),
            in_state(PaymentState.BOOKED).parts[0],
            1000,
            RefundOrigin.STAFF,
            "asked",
            MORNING,
        )
        after = refund_answered(asked, a_channel_refund(asked, Word.CLOSED), LATER, 0.0)
        assert [(refund.id[-3:], refund.state) for refund in after.refunds] == [("R01", S.CLOSED), ("R02", S.RELEASED)]
        assert find(after.effects, f"refund:{PAYMENT_ID}R02") is not None
        assert (after.refunding_fen, after.at_rest()) == (1000, False)

    def test_gives_every_number_only_once_and_goes_on_after_99(self) -> None:
        payment = returning()
        for number in range(1, 101):
            payment = told(payment, Word.CLOSED, f"R{number:02d}")
        assert len({refund.id for refund in payment.refunds}) == 101
        assert [refund.id[len(PAYMENT_ID) :] for refund in payment.refunds[-3:]] == ["R99", "R100", "R101"]
        assert all(len(refund.id) <= 36 for refund in payment.refunds)
        assert find(payment.effects, f"refund:{PAYMENT_ID}R101") is not None

    def test_slows_down_so_that_the_numbers_outlast_the_channel_s_reach(self) -> None:
        payment, waited = returning(), timedelta()
        for number in range(1, 99):
            payment = told(payment, Word.CLOSED, f"R{number:02d}")
            owed = find(payment.effects, f"refund:{PAYMENT_ID}R{number + 1:02d}")
            assert owed is not None
            assert owed.due_at - LATER == pause_before_next(payment)
            waited += owed.due_at - LATER
        assert list(AGAIN_AFTER_S) == sorted(AGAIN_AFTER_S)
        assert waited > timedelta(days=365)

    def test_a_number_beyond_all_is_refused_to_who_asks(self) -> None:
        last = replace(returning().refunds[0], id=f"{PAYMENT_ID}R{REFUNDS_MAX}")
        with pytest.raises(NotAllowed):
            next_refund_id(replace(returning(), refunds=(last,)))


class TestAbnormal:
    def test_alarms_once_and_keeps_asking(self) -> None:
        before, after = submitted(), abnormal()
        assert alarms(before, after) == (("refund_abnormal", f"{PAYMENT_ID}R01"),)
        assert not after.at_rest()
        held = leased(after, EffectKind.QUERY_REFUND, LATER, f"{PAYMENT_ID}R01")
        asked_by = (f"query_refund:{PAYMENT_ID}R01", TOKEN)
        again = refund_answered(held, a_channel_refund(held, Word.ABNORMAL), LATER, 0.0, asked_by)
        assert alarms(held, again) == ()
        assert kinds(again) >= {EffectKind.QUERY_REFUND}
        assert again.next_due is not None
        assert state_of(again) is S.ABNORMAL

    def test_keeps_its_share(self) -> None:
        with pytest.raises(NotAllowed):
            open_refund(abnormal(), abnormal().parts[0], 1, RefundOrigin.STAFF, "more", LATER)
