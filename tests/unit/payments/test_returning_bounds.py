"""Money that goes back, at the bounds: the last fen, the exact room, and what must stay as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.effects.model import EffectKind, find
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.going_back import begin_return
from server.payments.rules.paying import money_arrived
from server.payments.rules.refund_shares import open_refund, refundable_fen
from server.payments.rules.refunded_elsewhere import refund_heard
from server.payments.rules.returning import refund_answered
from server.payments.rules.trades import RefundOutcome, TradeState
from tests.support.builders import PAYMENT_ID, TOKEN, a_channel_refund, a_paid, a_pending, a_trade, leased
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state, kinds, submitted

LATER = MORNING + timedelta(minutes=5)
Word = RefundOutcome
S = RefundState
CONSOLE = "50300806962021020105978994968"


def told(payment: Payment, outcome: RefundOutcome, number: str = "R01", **fields: object) -> Payment:
    """The payment after a notification."""
    return refund_answered(payment, a_channel_refund(payment, outcome, number, **fields), LATER, 0.0)


def shares(payment: Payment) -> list[tuple[str, int, RefundState]]:
    return [(refund.id.removeprefix(PAYMENT_ID), refund.amount_fen, refund.state) for refund in payment.refunds]


def booked_with(*refunds: tuple[str, int, RefundState], origin: RefundOrigin = RefundOrigin.STAFF) -> Payment:
    """A booked payment of 1234 fen with these refunds: number, fen, state."""
    made = tuple(
        Refund(id=f"{PAYMENT_ID}{number}", amount_fen=fen, origin=origin, reason="asked", state=state, at=MORNING)
        for number, fen, state in refunds
    )
    return replace(in_state(PaymentState.BOOKED), refunds=made)


def partly_refunded(told_fen: int) -> Payment:
    """Of 1234 fen the channel has refunded ``told_fen`` under a number that we do not know; the rest is returned as R01."""
    pending = a_pending()
    trade = a_trade(pending, TradeState.REFUNDED, refunded_fen=told_fen)
    return money_arrived(pending, trade, MORNING, at_the_source=True)


class TestWithdrawn:
    def test_one_that_the_channel_has_after_all_counts_where_exactly_its_room_is_left(self) -> None:
        payment = booked_with(("R01", 234, S.WITHDRAWN), ("R02", 1000, S.SUCCEEDED))
        after = told(payment, Word.SUCCEEDED)
        assert shares(after) == [("R01", 234, S.SUCCEEDED), ("R02", 1000, S.SUCCEEDED)]
        assert after.refunded_fen == after.paid_fen


class TestFinalNo:
    def test_the_last_fen_is_sent_again(self) -> None:
        payment = begin_return(told(a_paid(), Word.SUCCEEDED, CONSOLE, amount_fen=1233), "refused_by_his", LATER)
        after = told(payment, Word.CLOSED)
        assert shares(after)[1:] == [("R01", 1, S.CLOSED), ("R02", 1, S.APPROVED)]

    def test_nothing_is_sent_again_where_the_console_is_heard_to_have_returned_all(self) -> None:
        heard = refund_heard(submitted(), a_channel_refund(submitted(), Word.SUCCEEDED, CONSOLE), LATER)
        after = told(heard, Word.CLOSED)
        assert shares(after) == [("R01", 1234, S.CLOSED)]
        assert kinds(after) >= {EffectKind.QUERY_REFUND}, "the console's refund is asked for until it is placed"
        assert told(after, Word.SUCCEEDED, CONSOLE).state is PaymentState.RETURNED

    @pytest.mark.parametrize("outcome", [Word.CLOSED, Word.ABSENT])
    def test_the_rest_is_returned_where_the_console_is_heard_to_have_returned_a_part(
        self, outcome: RefundOutcome
    ) -> None:
        said = a_channel_refund(submitted(), Word.SUCCEEDED, CONSOLE, amount_fen=1000)
        heard = refund_heard(submitted(), said, LATER)
        assert heard.parts[0].told_refunded_fen == 1000, "ours can't have been taken beside it"
        placed = refund_answered(told(heard, outcome), said, LATER, 0.0)
        assert (placed.state, placed.refunded_fen, placed.refunding_fen) == (PaymentState.RETURNING, 1000, 1234)
        done = told(placed, Word.SUCCEEDED, "R02")
        assert (done.state, done.refunded_fen) == (PaymentState.RETURNED, 1234)

    def test_nothing_more_can_be_asked_for_while_a_heard_refund_waits_for_ours(self) -> None:
        payment = booked_with(("R01", 200, S.SUBMITTED))
        said = a_channel_refund(payment, Word.SUCCEEDED, CONSOLE, amount_fen=1100)
        assert refundable_fen(refund_heard(payment, said, LATER)) == 0

    def test_somebody_else_s_refund_is_not_sent_by_us(self) -> None:
        running = told(in_state(PaymentState.BOOKED), Word.PROCESSING, CONSOLE, amount_fen=1000)
        after = told(running, Word.CLOSED, CONSOLE)
        assert shares(after) == [(CONSOLE, 1000, S.CLOSED)]
        assert EffectKind.REFUND not in kinds(after)

    def test_one_for_which_there_is_no_room_is_not_sent_again(self) -> None:
        payment = booked_with(("R01", 1000, S.SUBMITTED), ("R02", 235, S.SUCCEEDED))
        assert shares(told(payment, Word.CLOSED)) == [("R01", 1000, S.CLOSED), ("R02", 235, S.SUCCEEDED)]

    def test_the_new_number_does_not_carry_the_channel_s_number_of_the_old_one(self) -> None:
        payment = open_refund(
            in_state(PaymentState.BOOKED),
            in_state(PaymentState.BOOKED).parts[0],
            1000,
            RefundOrigin.STAFF,
            "asked",
            MORNING,
        )
        running = told(payment, Word.PROCESSING, channel_refund_id="C-7")
        after = told(running, Word.CLOSED)
        assert [refund.channel_refund_id for refund in after.refunds] == ["C-7", None]


def test_a_number_that_the_channel_tells_later_is_kept_while_the_state_is_the_same() -> None:
    before = told(in_state(PaymentState.RETURNING), Word.PROCESSING, channel_refund_id="")
    held = leased(before, EffectKind.QUERY_REFUND, LATER, f"{PAYMENT_ID}R01")
    answer = a_channel_refund(held, Word.PROCESSING, channel_refund_id="C-7")
    after = refund_answered(held, answer, LATER, 0.0, (f"query_refund:{PAYMENT_ID}R01", TOKEN))
    assert [refund.channel_refund_id for refund in (before.refunds[0], after.refunds[0])] == [None, "C-7"]


class TestConsole:
    def test_a_refund_of_one_fen_is_recorded(self) -> None:
        after = told(in_state(PaymentState.BOOKED), Word.SUCCEEDED, CONSOLE, amount_fen=1)
        assert shares(after) == [(CONSOLE, 1, S.SUCCEEDED)]

    @pytest.mark.parametrize("console_fen", [1000, 999])
    def test_ours_stays_under_its_number_where_both_have_room(self, console_fen: int) -> None:
        after = told(partly_refunded(1000), Word.PROCESSING, CONSOLE, amount_fen=console_fen)
        assert shares(after) == [("R01", 234, S.APPROVED), (CONSOLE, console_fen, S.SUBMITTED)]

    def test_one_fen_too_much_makes_ours_give_way_and_the_rest_is_returned_for_the_same_reason(self) -> None:
        before = partly_refunded(100)
        after = told(before, Word.PROCESSING, CONSOLE, amount_fen=101)
        assert shares(after) == [("R01", 1134, S.WITHDRAWN), (CONSOLE, 101, S.SUBMITTED), ("R02", 1033, S.APPROVED)]
        assert after.refunds[2].reason == before.return_reason == "refunded_at_channel"
        assert find(after.effects, f"refund:{PAYMENT_ID}R01") is None
        line = next(line for line in after.history if line.what == "refund_withdrawn")
        assert dict(line.detail) == {"refund": f"{PAYMENT_ID}R01"}

    @pytest.mark.parametrize(("console_fen", "ours"), [(1000, S.REQUESTED), (1001, S.WITHDRAWN)])
    def test_what_waits_for_a_second_person_gives_way_from_the_first_fen_too_much(
        self, console_fen: int, ours: RefundState
    ) -> None:
        payment = booked_with(("R01", 234, S.REQUESTED))
        after = told(payment, Word.SUCCEEDED, CONSOLE, amount_fen=console_fen)
        assert shares(after) == [("R01", 234, ours), (CONSOLE, console_fen, S.SUCCEEDED)]
