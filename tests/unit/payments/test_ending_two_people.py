"""Two people agree on the end of a payment: another person, and nothing that has changed since."""

from __future__ import annotations

import pytest

from server.core.errors import NotAllowed
from server.payments.ending_model import EndingAct
from server.payments.model import PaymentState, changed
from server.payments.rules.alarms import alarms
from server.payments.rules.causes import causes
from server.payments.rules.ending_acts import agree, drop, is_outdated, propose, seen_mark
from tests.support.builders import a_paid
from tests.support.endings import LATER, ONE, OTHER, ended, ending, sides


class TestTwoPeople:
    def test_nobody_agrees_to_what_they_proposed(self) -> None:
        payment = a_paid()
        told = sides(payment, his_fen=1)
        waiting = propose(payment, ending(payment, EndingAct.BOOK_AS_IS), told, LATER)
        with pytest.raises(NotAllowed) as refused:
            agree(waiting, ONE, seen_mark(waiting), told, LATER)
        assert str(refused.value) == "own proposal"

    def test_each_step_is_a_line_with_who_and_what(self) -> None:
        payment = a_paid()
        after = ended(payment, EndingAct.BOOK_AS_IS, sides(payment, his_fen=1))
        told = [(line.what, line.by) for line in after.history[len(payment.history) :]]
        assert told == [("ending_proposed", ONE), ("booked_as_is", "his"), ("ending_agreed", OTHER)]
        assert after.history[-1].detail["proposed_by"] == ONE
        assert "sealed" not in repr(after.history), "the proof is no line"

    def test_what_was_seen_must_still_be_so(self) -> None:
        payment = a_paid()
        told = sides(payment, his_fen=1)
        stale = ending(payment, EndingAct.BOOK_AS_IS, mark=seen_mark(payment) - 1)
        with pytest.raises(NotAllowed, match="changed meanwhile"):
            propose(payment, stale, told, LATER)
        waiting = propose(payment, ending(payment, EndingAct.BOOK_AS_IS), told, LATER)
        moved = changed(waiting, "refund_succeeded", at=LATER)
        with pytest.raises(NotAllowed, match="changed meanwhile"):
            agree(moved, OTHER, seen_mark(waiting), told, LATER)

    def test_what_changed_since_the_proposal_is_proposed_anew(self) -> None:
        payment = a_paid()
        told = sides(payment, his_fen=1)
        waiting = propose(payment, ending(payment, EndingAct.BOOK_AS_IS), told, LATER)
        assert not is_outdated(waiting)
        moved = changed(waiting, "refund_succeeded", at=LATER)
        assert is_outdated(moved)
        with pytest.raises(NotAllowed, match="changed since proposed") as refused:
            agree(moved, OTHER, seen_mark(moved), told, LATER)
        assert "重新提出" in refused.value.user_message, "to look again would not help"
        anew = drop(moved, OTHER, LATER)
        anew = propose(anew, ending(anew, EndingAct.BOOK_AS_IS), told, LATER)
        assert agree(anew, OTHER, seen_mark(anew), told, LATER).state is PaymentState.BOOKED

    def test_a_look_or_a_retry_is_no_change(self) -> None:
        payment = a_paid()
        looked = changed(payment, "viewed", at=LATER, by=ONE)
        assert seen_mark(looked) == seen_mark(payment)

    @pytest.mark.parametrize(
        "what", ["message_sent", "message_unreachable", "sms_sent", "sms_delivered", "sms_overtaken", "booking_lasts"]
    )
    def test_what_the_payer_is_told_is_no_change(self, what: str) -> None:
        payment = a_paid()
        told = sides(payment, his_fen=1)
        waiting = propose(payment, ending(payment, EndingAct.BOOK_AS_IS), told, LATER)
        moved = changed(waiting, what, at=LATER, detail={"about": "payment_late"})
        assert not is_outdated(moved)
        assert agree(moved, OTHER, seen_mark(waiting), told, LATER).state is PaymentState.BOOKED

    def test_the_sides_are_asked_again(self) -> None:
        payment = a_paid()
        waiting = propose(payment, ending(payment, EndingAct.REFUND_REST), sides(payment), LATER)
        with pytest.raises(NotAllowed, match="in the HIS"):
            agree(waiting, OTHER, seen_mark(waiting), sides(payment, his_fen=1234), LATER)

    def test_one_proposal_at_a_time_and_it_can_be_dropped(self) -> None:
        payment = a_paid()
        told = sides(payment, his_fen=1)
        waiting = propose(payment, ending(payment, EndingAct.BOOK_AS_IS), told, LATER)
        with pytest.raises(NotAllowed, match="another ending"):
            propose(waiting, ending(waiting, EndingAct.BOOK_AS_IS), told, LATER)
        dropped = drop(waiting, OTHER, LATER)
        assert (dropped.ending, dropped.history[-1].what, dropped.state) == (None, "ending_dropped", PaymentState.PAID)
        with pytest.raises(NotAllowed, match="no proposal"):
            drop(dropped, OTHER, LATER)

    def test_what_waits_has_an_alert_that_ends_with_it(self) -> None:
        payment = a_paid()
        waiting = propose(payment, ending(payment, EndingAct.BOOK_AS_IS), sides(payment, his_fen=1), LATER)
        assert list(causes(waiting)) == [("ending_waits", "T1")]
        assert ("ending_waits", "T1") in alarms(payment, waiting)
        assert list(causes(drop(waiting, ONE, LATER))) == []
