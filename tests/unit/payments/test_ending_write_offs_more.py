"""People end what the HIS never answers: a write-off, and what it holds of returned money. Each with proof, by two of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import NotAllowed
from server.effects.model import PACE_S, Effect, EffectKind
from server.payments.ending_model import EndingAct
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.causes import causes
from server.payments.rules.ending_acts import agree, out_fen, propose, seen_mark
from server.payments.rules.ending_advice import ASK_THE_HIS, CANCEL_FIRST, advised
from server.payments.rules.replay import contradictions
from server.refunds.rules.requests import RefundAsk, request_refund
from tests.support.builders import a_paid
from tests.support.clock_and_ids import MORNING
from tests.support.endings import LATER, OTHER, ended, ending, refusal, sides
from tests.unit.payments.states import in_state, kinds

ASKER = "staff:1001"


def unanswered(**fields: object) -> Payment:
    """Booked, 400 fen asked for and allowed, and the HIS has not answered the write-off for as long as there is a pace."""
    ask = RefundAsk(
        request_id="T",
        amount_fen=400,
        lines=(),
        reason="other",
        note="",
        by=ASKER,
        requested_via="chat",
        approval_reasons=(),
    )
    payment = request_refund(in_state(PaymentState.BOOKED), ask, MORNING, MORNING)
    return with_release(payment, **fields)


def with_release(payment: Payment, **fields: object) -> Payment:
    effect = replace(
        Effect(
            kind=EffectKind.RELEASE,
            subject=payment.refunds[-1].id,
            due_at=LATER,
            tries=len(PACE_S[EffectKind.RELEASE]),
            last_error="OutcomeUnknown",
            unknown_at=MORNING,
        ),
        **fields,  # type: ignore[arg-type]
    )
    return replace(payment, effects=(effect,))


def gone_in_the_console() -> Payment:
    booked = in_state(PaymentState.BOOKED)
    refund = Refund(
        id="C1", amount_fen=400, origin=RefundOrigin.MERCHANT_CONSOLE, reason="merchant_console",
        state=RefundState.SUCCEEDED, at=MORNING, finished_at=MORNING,
    )  # fmt: skip
    return with_release(replace(booked, refunds=(refund,)))


def test_a_write_off_shown_by_proof_lets_the_money_go() -> None:
    payment = unanswered()
    after = ended(payment, EndingAct.WRITTEN_OFF, sides(payment, his_silent=True))
    (refund,) = after.refunds
    assert (refund.state, refund.written_off_as, after.refunding_fen) == (RefundState.RELEASED, refund.id, 400)
    assert EffectKind.REFUND in kinds(after)
    assert EffectKind.RELEASE not in kinds(after)
    line = next(line for line in after.history if line.what == "refund_released")
    assert (line.by, line.detail["how"]) == (OTHER, "by_proof")
    assert not any("refund" in said for said in contradictions(after)), contradictions(after)
    assert out_fen(payment, ending(payment, EndingAct.WRITTEN_OFF)) == 400


def test_a_refund_given_up_sends_nothing_and_frees_its_share() -> None:
    payment = unanswered()
    after = ended(payment, EndingAct.GIVEN_UP, sides(payment, his_silent=True))
    assert (after.refunds[0].state, after.refunding_fen) == (RefundState.WITHDRAWN, 0)
    assert kinds(after) & {EffectKind.RELEASE, EffectKind.REFUND} == set()
    assert EffectKind.TELL_STAFF in kinds(after), "whoever asked is told"
    assert out_fen(payment, ending(payment, EndingAct.GIVEN_UP)) == 0


def test_nothing_is_given_up_while_a_call_may_still_be_running_in_the_his() -> None:
    payment = unanswered(unknown_at=LATER - timedelta(seconds=299))
    long = sides(payment, longest_call=timedelta(seconds=300))
    assert refusal(payment, EndingAct.GIVEN_UP, long) == "may be written off"
    older = unanswered(unknown_at=LATER - timedelta(seconds=300))
    assert ended(older, EndingAct.GIVEN_UP, long).refunding_fen == 0
    leased = unanswered(lease="L")
    for act in (EndingAct.GIVEN_UP, EndingAct.WRITTEN_OFF):
        tried = replace(leased, effects=(replace(leased.effects[0], tries=11),))
        assert refusal(tried, act, sides(tried)) == "being asked"


def test_only_a_write_off_that_the_his_has_not_answered_for_long() -> None:
    early = unanswered(tries=3)
    for act in (EndingAct.GIVEN_UP, EndingAct.WRITTEN_OFF):
        assert refusal(early, act, sides(early)) == "no write-off is stuck"
    payment = unanswered()
    assert refusal(payment, EndingAct.WRITTEN_OFF, sides(payment, trade=None)) == "no money at the channel"


@pytest.mark.parametrize("act", [EndingAct.WRITTEN_OFF, EndingAct.GIVEN_UP])
def test_whoever_asked_for_the_refund_does_not_agree_to_its_end(act: EndingAct) -> None:
    payment = unanswered()
    waiting = propose(payment, ending(payment, act), sides(payment), LATER)
    with pytest.raises(NotAllowed, match="own request"):
        agree(waiting, ASKER, seen_mark(waiting), sides(payment), LATER)


def test_what_went_in_the_console_is_settled_with_the_his_either_way() -> None:
    payment = gone_in_the_console()
    written = ended(payment, EndingAct.WRITTEN_OFF, sides(payment))
    assert (written.refunds[0].state, kinds(written) >= {EffectKind.NOTIFY_HIS}) == (RefundState.SUCCEEDED, True)
    assert out_fen(payment, ending(payment, EndingAct.WRITTEN_OFF)) == 0, "no money goes"
    not_written = ended(payment, EndingAct.GIVEN_UP, sides(payment))
    assert (not_written.refunds[0].his_settled_at, not_written.refunded_fen) == (LATER, 400)
    assert any(line.what == "console_refund_not_written_off" for line in not_written.history)


def test_what_the_his_held_of_returned_money_ends_once_it_is_cancelled_there() -> None:
    payment = replace(in_state(PaymentState.RETURNED), late_trade_no="HIS-1")
    act = EndingAct.CANCELLED_IN_HIS
    assert ("his_holds_returned", "HIS-1") in set(causes(payment))
    assert refusal(payment, act, sides(payment, his_fen=1234)) == "in the HIS"
    assert refusal(payment, act, sides(payment, his_silent=True)) == "silent HIS"
    after = ended(payment, act, sides(payment))
    assert (after.late_trade_no, "his_holds_returned" in {kind for kind, _ in causes(after)}) == ("", False)
    assert after.history[-2].detail == {"his_trade_no": "HIS-1"}
    assert refusal(after, act, sides(after)) == "nothing held"


def test_what_is_advised_follows_from_what_the_sides_say() -> None:
    late = replace(in_state(PaymentState.RETURNED), late_trade_no="HIS-1")
    paid = a_paid()
    assert advised(late, sides(late, his_fen=1234)) == (None, CANCEL_FIRST)
    assert advised(late, sides(late)) == (EndingAct.CANCELLED_IN_HIS, "")
    assert advised(unanswered(), sides(unanswered())) == (None, ASK_THE_HIS)
    assert advised(paid, sides(paid, his_fen=1)) == (EndingAct.BOOK_AS_IS, "")
    assert advised(paid, sides(paid)) == (EndingAct.REFUND_REST, "")
    assert advised(paid, sides(paid, his_silent=True)) == (None, "")


def test_money_that_finance_returns_is_looked_for_in_the_his_before_it_goes() -> None:
    """A call of ours may land after finance has ended the payment, as after a refusal."""
    payment = a_paid()
    after = ended(payment, EndingAct.REFUND_REST, sides(payment))
    assert EffectKind.LATE_BOOKING in kinds(after)
