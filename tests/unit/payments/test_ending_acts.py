"""The acts by which people end a payment that no rule can end: for which payments, on which words of the sides, with which sums."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import NotAllowed
from server.effects.model import Effect, EffectKind
from server.payments.ending_model import EndingAct
from server.payments.model import PaymentState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.causes import causes
from server.payments.rules.ending_sides import Sides
from server.payments.rules.late_bookings import ENDED_BY_FINANCE
from server.payments.rules.refund_numbers import REFUNDS_MAX
from server.payments.rules.refund_shares import back_fen
from server.payments.rules.returning import refund_answered
from server.payments.rules.trades import RefundOutcome
from tests.support.builders import a_booking, a_channel_refund, a_paid
from tests.support.clock_and_ids import MORNING
from tests.support.endings import LATER, ONE, OTHER, ended, refusal, sides
from tests.unit.payments.states import in_state, kinds, submitted


class TestBookAsIs:
    """The instance of the issue: the HIS holds our number at another amount, so the payment stayed paid for ever."""

    @pytest.mark.parametrize("his_fen", [1000, 2000])
    def test_the_his_s_record_is_accepted_and_the_difference_stays_written_down(self, his_fen: int) -> None:
        payment = a_paid()
        after = ended(payment, EndingAct.BOOK_AS_IS, sides(payment, his_fen=his_fen))
        assert (after.state, after.booking) == (PaymentState.BOOKED, replace(a_booking(), amount_fen=his_fen))
        line = next(line for line in after.history if line.what == "booked_as_is")
        assert (line.detail["his_fen"], line.detail["paid_fen"]) == (str(his_fen), "1234")
        assert (after.paid_fen, after.refunds, after.claims) == (1234, (), payment.claims)
        assert EffectKind.BOOK not in kinds(after)

    def test_only_money_that_is_there_for_a_number_that_is_there(self) -> None:
        payment = a_paid()
        act = EndingAct.BOOK_AS_IS
        assert refusal(payment, act, sides(payment)) == "not in the HIS"
        assert refusal(payment, act, sides(payment, his_silent=True)) == "silent HIS"
        assert refusal(payment, act, sides(payment, his_fen=1, trade=None)) == "no money at the channel"
        for state in set(PaymentState) - {PaymentState.PAID}:
            assert refusal(in_state(state), act, sides(in_state(state), his_fen=1))


class TestRefundRest:
    def test_money_that_the_his_does_not_have_goes_back(self) -> None:
        payment = a_paid()
        after = ended(payment, EndingAct.REFUND_REST, sides(payment))
        assert (after.state, after.return_reason, after.claims) == (PaymentState.RETURNING, ENDED_BY_FINANCE, ())
        assert [(r.amount_fen, r.origin) for r in after.refunds] == [(1234, RefundOrigin.AUTOMATIC)]
        assert EffectKind.BOOK not in kinds(after)
        assert EffectKind.REFUND in kinds(after)

    def test_never_what_the_his_holds_or_is_just_being_told(self) -> None:
        payment = a_paid()
        act = EndingAct.REFUND_REST
        assert refusal(payment, act, sides(payment, his_fen=1234)) == "in the HIS"
        assert refusal(payment, act, sides(payment, his_silent=True)) == "silent HIS"
        book = next(effect for effect in payment.effects if effect.kind is EffectKind.BOOK)
        unsure = replace(payment, effects=(replace(book, unknown_at=LATER - timedelta(seconds=59)),))
        assert refusal(unsure, act, sides(payment)) == "booking under way"
        leased = replace(payment, effects=(replace(book, lease="w"),))
        assert refusal(leased, act, sides(payment)) == "booking under way"
        assert refusal(in_state(PaymentState.BOOKED), act, sides(payment)) == "may be booked again"
        assert refusal(in_state(PaymentState.RETURNING), act, sides(payment)) == "nothing left"
        assert refusal(in_state(PaymentState.RETURNED), act, sides(payment)) == "nothing left"

    def test_a_return_without_a_refund_under_way_goes_on(self) -> None:
        stuck = in_state(PaymentState.RETURNING)
        bare = replace(stuck, refunds=(replace(stuck.refunds[0], state=RefundState.CLOSED),), effects=())
        after = ended(bare, EndingAct.REFUND_REST, sides(bare))
        assert [(r.id[-3:], r.state) for r in after.refunds] == [
            ("R01", RefundState.CLOSED), ("R02", RefundState.APPROVED),
        ]  # fmt: skip


class TestSettledElsewhere:
    def test_a_part_refunded_elsewhere_and_the_rest_goes_on(self) -> None:
        """The instance of the issue: the rest was refused 221 times, because the whole was asked for."""
        payment = in_state(PaymentState.RETURNING)
        after = ended(payment, EndingAct.SETTLED_ELSEWHERE, sides(payment), 400)
        assert [(r.id[-3:], r.amount_fen, r.state) for r in after.refunds] == [
            ("R01", 1234, RefundState.WITHDRAWN),
            ("S01", 400, RefundState.SUCCEEDED),
            ("R02", 834, RefundState.APPROVED),
        ]
        assert after.refunding_fen == after.paid_fen
        settled = after.refunds[1]
        assert (settled.origin, settled.asked_by, settled.decided_by) == (RefundOrigin.ELSEWHERE, ONE, OTHER)
        assert (settled.note, settled.his_settled_at) == ("k1.sealed", LATER)
        assert {e.subject for e in after.effects if e.kind is EffectKind.REFUND} == {after.refunds[2].id}
        done = refund_answered(after, a_channel_refund(after, RefundOutcome.SUCCEEDED, after.refunds[2].id, amount_fen=834), LATER, 0.0)  # fmt: skip
        assert (done.state, back_fen(done)) == (PaymentState.RETURNED, 1234)

    def test_a_stuck_refund_that_was_paid_another_way_ends_the_payment(self) -> None:
        before = submitted()
        stuck = refund_answered(before, a_channel_refund(before, RefundOutcome.ABNORMAL), MORNING, 0.0)
        said = a_channel_refund(stuck, RefundOutcome.ABNORMAL)
        after = ended(stuck, EndingAct.SETTLED_ELSEWHERE, sides(stuck, said), 1234)
        assert (after.state, back_fen(after)) == (PaymentState.RETURNED, 1234)
        assert [(r.id[-3:], r.state) for r in after.refunds] == [
            ("R01", RefundState.CLOSED), ("S01", RefundState.SUCCEEDED),
        ]  # fmt: skip
        assert not {EffectKind.REFUND, EffectKind.QUERY_REFUND} & kinds(after)
        assert list(causes(after)) == [], "its alerts end"
        with pytest.raises(NotAllowed):  # the caller keeps it as unclaimed and alerts: it was paid twice
            refund_answered(after, replace(said, outcome=RefundOutcome.SUCCEEDED), LATER, 0.0)

    def test_after_the_last_number_the_whole_is_settled_with_proof(self) -> None:
        """The instance of the issue: no refund number left."""
        payment = in_state(PaymentState.RETURNING)
        gone = [
            replace(payment.refunds[0], id=f"{payment.id}R{n:02d}", state=RefundState.CLOSED)
            for n in range(1, REFUNDS_MAX + 1)
        ]
        last = replace(payment, refunds=tuple(gone), effects=())
        assert refusal(last, EndingAct.SETTLED_ELSEWHERE, sides(last), 400) == "no refund number left"
        after = ended(last, EndingAct.SETTLED_ELSEWHERE, sides(last), 1234)
        assert (after.state, after.refunded_fen) == (PaymentState.RETURNED, 1234)

    @pytest.mark.parametrize("outcome", [RefundOutcome.PROCESSING, RefundOutcome.SUCCEEDED])
    def test_never_while_the_channel_has_it_in_hand(self, outcome: RefundOutcome) -> None:
        payment = in_state(PaymentState.RETURNING)
        said = a_channel_refund(payment, outcome)
        assert refusal(payment, EndingAct.SETTLED_ELSEWHERE, sides(payment, said), 1234) == "on its way"
        assert refusal(payment, EndingAct.SETTLED_ELSEWHERE, Sides(trade=None, refunds={}, booking=None), 1) == (
            "silent channel"
        )
        refund = next(effect for effect in payment.effects if effect.kind is EffectKind.REFUND)
        for busy in (replace(refund, lease="w"), replace(refund, unknown_at=LATER - timedelta(seconds=59))):
            sending = replace(payment, effects=(busy,))
            assert refusal(sending, EndingAct.SETTLED_ELSEWHERE, sides(payment), 1234) == "being sent"

    @pytest.mark.parametrize("amount_fen", [-1, 0, 1235])
    def test_never_more_than_is_due(self, amount_fen: int) -> None:
        payment = in_state(PaymentState.RETURNING)
        assert refusal(payment, EndingAct.SETTLED_ELSEWHERE, sides(payment), amount_fen) == "another amount"

    def test_a_refund_of_staff_that_the_his_has_written_off_is_told_to_the_his(self) -> None:
        booked = in_state(PaymentState.BOOKED)
        asked = Refund(
            id=f"{booked.id}R01", amount_fen=500, origin=RefundOrigin.STAFF, reason="other", state=RefundState.RELEASED,
            at=MORNING, request_id="T0", asked_by="staff:1001", written_off_as=f"{booked.id}R01",
        )  # fmt: skip
        owed = Effect(kind=EffectKind.REFUND, subject=asked.id, due_at=MORNING, tries=30, last_error="REFUSED")
        stuck = replace(booked, refunds=(asked,), effects=(owed,))
        assert refusal(stuck, EndingAct.SETTLED_ELSEWHERE, sides(stuck), 499) == "another amount"
        after = ended(stuck, EndingAct.SETTLED_ELSEWHERE, sides(stuck), 500)
        covered, settled = after.refunds
        assert (after.state, after.refunding_fen, after.refunded_fen) == (PaymentState.BOOKED, 500, 500)
        assert (covered.state, covered.covered_by, settled.covered_fen) == (RefundState.WITHDRAWN, settled.id, 500)
        assert (covered.unsettled, settled.unsettled) == (True, False)
        assert {e.subject for e in after.effects if e.kind is EffectKind.NOTIFY_HIS} == {asked.id}

    def test_not_where_nothing_is_stuck(self) -> None:
        for state in set(PaymentState) - {PaymentState.RETURNING}:
            payment = in_state(state)
            assert refusal(payment, EndingAct.SETTLED_ELSEWHERE, sides(payment), 100) == "nothing is stuck"
