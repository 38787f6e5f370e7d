"""Refunds that somebody made in the merchant console: counted, followed, never sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.errors import NotAllowed
from server.effects.model import EffectKind, find
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundOrigin, RefundState
from server.payments.rules.alarms import alarms
from server.payments.rules.booking import booked
from server.payments.rules.outside_refunds import TellAgain
from server.payments.rules.refund_numbers import next_refund_id
from server.payments.rules.refund_shares import open_refund
from server.payments.rules.returning import refund_answered
from server.payments.rules.trades import RefundOutcome
from server.refunds.rules.requests import RefundAsk, request_refund, written_off
from tests.support.builders import PAYMENT_ID, TOKEN, a_booking, a_channel_refund, a_paid, a_pending, leased
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state, kinds

LATER = MORNING + timedelta(minutes=5)
Word = RefundOutcome
CONSOLE = "50300806962021020105978994968"


def told(payment: Payment, outcome: RefundOutcome, number: str = "R01", **fields: object) -> Payment:
    """The payment after a notification."""
    return refund_answered(payment, a_channel_refund(payment, outcome, number, **fields), LATER, 0.5)


class TestConsole:
    def test_counts_and_alarms(self) -> None:
        before = in_state(PaymentState.BOOKED)
        after = told(before, Word.SUCCEEDED, CONSOLE, amount_fen=234)
        assert after.refunding_fen == after.refunded_fen == 234
        assert after.state is PaymentState.BOOKED
        assert after.claims == ("bill:B1",)
        assert alarms(before, after) == (("refund_in_merchant_console", CONSOLE),)
        assert told(after, Word.SUCCEEDED, CONSOLE, amount_fen=234) is after
        assert next_refund_id(after) == f"{PAYMENT_ID}R01"
        with pytest.raises(NotAllowed):
            open_refund(after, after.parts[0], 1001, RefundOrigin.STAFF, "too much", LATER)

    def test_the_whole_frees_the_bill(self) -> None:
        assert told(in_state(PaymentState.BOOKED), Word.SUCCEEDED, CONSOLE, amount_fen=1234).claims == ()

    def test_never_beyond_what_was_paid(self) -> None:
        with pytest.raises(NotAllowed):
            told(in_state(PaymentState.BOOKED), Word.SUCCEEDED, CONSOLE, amount_fen=1235)
        with pytest.raises(NotAllowed):
            told(a_pending(), Word.SUCCEEDED, CONSOLE, amount_fen=1)

    @pytest.mark.parametrize("amount_fen", [0, -5])
    def test_never_nothing_or_less(self, amount_fen: int) -> None:
        with pytest.raises(NotAllowed):
            told(in_state(PaymentState.BOOKED), Word.SUCCEEDED, CONSOLE, amount_fen=amount_fen)

    @pytest.mark.parametrize("outcome", [Word.PROCESSING, Word.ABNORMAL])
    def test_one_under_way_holds_its_share_and_is_followed(self, outcome: RefundOutcome) -> None:
        after = told(in_state(PaymentState.BOOKED), outcome, CONSOLE, amount_fen=1000)
        assert after.refunding_fen == 1000
        assert find(after.effects, f"query_refund:{CONSOLE}") is not None
        assert not after.at_rest()
        assert told(after, outcome, CONSOLE, amount_fen=1000) is after
        assert told(after, Word.SUCCEEDED, CONSOLE, amount_fen=1000).refunded_fen == 1000

    def test_is_never_sent_by_us(self) -> None:
        running = told(in_state(PaymentState.BOOKED), Word.PROCESSING, CONSOLE, amount_fen=1000)
        held = leased(running, EffectKind.QUERY_REFUND, LATER, CONSOLE)
        after = refund_answered(
            held,
            a_channel_refund(held, Word.ABSENT, CONSOLE, amount_fen=0),
            LATER,
            0.0,
            (f"query_refund:{CONSOLE}", TOKEN),
        )
        assert EffectKind.REFUND not in kinds(after)
        assert EffectKind.QUERY_REFUND in kinds(after)

    @pytest.mark.parametrize("outcome", [Word.CLOSED, Word.ABSENT])
    def test_one_that_moved_nothing_is_nothing(self, outcome: RefundOutcome) -> None:
        before = in_state(PaymentState.BOOKED)
        assert told(before, outcome, CONSOLE, amount_fen=1000) is before

    def test_a_number_of_ours_that_we_have_lost_is_never_given_again(self) -> None:
        after = told(in_state(PaymentState.BOOKED), Word.SUCCEEDED, "R07", amount_fen=100)
        assert next_refund_id(after) == f"{PAYMENT_ID}R08"

    def test_before_the_his_was_told_nothing_is_booked(self) -> None:
        after = told(a_paid(), Word.SUCCEEDED, CONSOLE, amount_fen=1234)
        assert after.state is PaymentState.RETURNED
        assert EffectKind.BOOK not in kinds(after)
        assert after.claims == ()
        assert after.at_rest()

    def test_while_the_his_may_be_booking_the_his_is_asked_on(self) -> None:
        held = leased(a_paid(), EffectKind.BOOK, MORNING)
        after = told(held, Word.SUCCEEDED, CONSOLE, amount_fen=1234)
        assert after.state is PaymentState.PAID
        assert booked(after, TOKEN, a_booking(), LATER).state is PaymentState.BOOKED


class TestBesideOurs:
    """Seed 800 of the simulation: while ours waits to be taken, somebody in finance refunds by hand. The channel takes one only."""

    @pytest.mark.parametrize("amount_fen", [234, 1233])
    def test_what_the_channel_never_took_gives_way(self, amount_fen: int) -> None:
        before = in_state(PaymentState.RETURNING)
        after = told(before, Word.SUCCEEDED, CONSOLE, amount_fen=amount_fen)
        states = {refund.id: (refund.state, refund.amount_fen) for refund in after.refunds}
        assert states[f"{PAYMENT_ID}R01"] == (RefundState.WITHDRAWN, 1234)
        assert states[f"{PAYMENT_ID}R02"] == (RefundState.APPROVED, 1234 - amount_fen)
        assert [e.subject for e in after.effects if e.kind is EffectKind.REFUND] == [f"{PAYMENT_ID}R02"]
        assert after.refunding_fen == after.paid_fen

    def test_all_of_it_ends_the_return(self) -> None:
        after = told(in_state(PaymentState.RETURNING), Word.SUCCEEDED, CONSOLE, amount_fen=1234)
        assert after.state is PaymentState.RETURNED
        assert EffectKind.REFUND not in kinds(after)

    @pytest.mark.parametrize("at_the_channel", [Word.PROCESSING, Word.ABNORMAL])
    def test_what_the_channel_has_taken_is_waited_for(self, at_the_channel: RefundOutcome) -> None:
        """Seed 60030: ours had come to nothing at the channel, and we had not heard of it when finance's refund was told."""
        submitted = told(in_state(PaymentState.RETURNING), at_the_channel)
        with pytest.raises(TellAgain):
            told(submitted, Word.SUCCEEDED, CONSOLE, amount_fen=1234)
        closed = told(submitted, Word.CLOSED)
        after = told(closed, Word.SUCCEEDED, CONSOLE, amount_fen=1234)
        assert after.state is PaymentState.RETURNED
        assert EffectKind.REFUND not in kinds(after)

    def test_what_has_gone_is_not_waited_for(self) -> None:
        returned = told(in_state(PaymentState.RETURNING), Word.SUCCEEDED)
        with pytest.raises(NotAllowed, match="beyond"):
            told(returned, Word.SUCCEEDED, CONSOLE, amount_fen=1234)

    def test_a_withdrawn_one_is_never_sent_again_nor_counted_twice(self) -> None:
        after = told(in_state(PaymentState.RETURNING), Word.SUCCEEDED, CONSOLE, amount_fen=1234)
        assert told(after, Word.ABSENT) is after
        with pytest.raises(NotAllowed, match="withdrawn"):
            told(after, Word.SUCCEEDED)


class TestBesideStaff:
    """Somebody refunds in the console what staff were refunding here: the channel would not have taken both."""

    def asked(self, amount_fen: int = 1000, *, approval_reasons: tuple[str, ...] = ()) -> Payment:
        ask = RefundAsk(
            request_id="T1",
            amount_fen=amount_fen,
            lines=(),
            reason="other",
            note="",
            by="staff:1001",
            requested_via="chat",
            approval_reasons=approval_reasons,
        )
        return request_refund(in_state(PaymentState.BOOKED), ask, MORNING, LATER)

    def written_off(self, amount_fen: int = 1000) -> Payment:
        held = leased(self.asked(amount_fen), EffectKind.RELEASE, MORNING, f"{PAYMENT_ID}R01")
        return written_off(held, f"{PAYMENT_ID}R01", TOKEN, "HISR1", MORNING)

    def console(self, payment: Payment, amount_fen: int) -> Payment:
        told = a_channel_refund(payment, number="console-1", amount_fen=amount_fen)
        return refund_answered(payment, told, LATER, 0.0)

    def test_a_request_that_still_waits_is_withdrawn(self) -> None:
        after = self.console(self.asked(approval_reasons=("old",)), 1234)
        assert after.refunds[0].state is RefundState.WITHDRAWN
        assert find(after.effects, f"expire:{PAYMENT_ID}R01") is None
        assert find(after.effects, "release:console-1") is not None

    def test_what_the_his_has_written_off_is_not_written_off_again(self) -> None:
        after = self.console(self.written_off(1234), 1234)
        ours, theirs = after.refunds
        assert (ours.state, ours.covered_by, theirs.covered_fen) == (RefundState.WITHDRAWN, "console-1", 1234)
        assert find(after.effects, f"refund:{PAYMENT_ID}R01") is None
        assert find(after.effects, "release:console-1") is None
        assert find(after.effects, f"notify_his:{PAYMENT_ID}R01") is not None
        assert not after.at_rest()

    def test_only_what_is_needed_gives_way_and_the_rest_goes_on(self) -> None:
        after = self.console(self.written_off(1000), 734)
        ours, rest, theirs = after.refunds
        assert (ours.state, rest.state, rest.amount_fen) == (RefundState.WITHDRAWN, RefundState.RELEASED, 500)
        assert (rest.written_off_as, theirs.covered_fen) == (f"{PAYMENT_ID}R01", 500)
        assert find(after.effects, f"refund:{PAYMENT_ID}R02") is not None
        assert find(after.effects, "release:console-1") is not None, "234 fen more than ours had been"
        assert after.refunding_fen == 1234

    def test_while_the_his_is_asked_the_platform_must_tell_again(self) -> None:
        with pytest.raises(TellAgain):
            self.console(self.asked(1234), 1234)

    def test_one_that_comes_to_nothing_gives_the_money_back_to_ours(self) -> None:
        begun = refund_answered(
            self.written_off(1234),
            a_channel_refund(self.written_off(1234), Word.PROCESSING, "console-1", amount_fen=1234),
            LATER,
            0.0,
        )
        after = refund_answered(begun, a_channel_refund(begun, Word.CLOSED, "console-1", amount_fen=1234), LATER, 0.0)
        assert [(r.amount_fen, r.state) for r in after.refunds][-1] == (1234, RefundState.RELEASED)
        assert after.refunding_fen == 1234
