"""What each ending leaves behind: whose word stands in the history, with which sum, and what people and systems are told then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import NotAllowed
from server.effects.model import PACE_S, EffectKind, find
from server.payments.ending_model import EndingAct
from server.payments.model import Payment, PaymentState, changed
from server.payments.part import PartState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.ending_acts import agree, drop, out_fen, propose, seen_mark
from server.payments.rules.ending_advice import advised
from server.payments.rules.ending_rest import AGREED, sent_back
from tests.support.builders import a_booking, a_paid
from tests.support.endings import LATER, ONE, OTHER, WORDS, a_refund, ended, ending, last, refusal, sides
from tests.unit.payments.states import in_state

SECOND = timedelta(seconds=1)


# ---- two people ---------------------------------------------------------------------------------------------------------------


def test_a_proposal_and_its_end_say_who_and_what() -> None:
    payment = a_paid()
    told = sides(payment, his_fen=1)
    waiting = propose(payment, ending(payment, EndingAct.BOOK_AS_IS), told, LATER)
    assert last(waiting, "ending_proposed") == (ONE, {"act": "book_as_is", "amount_fen": "0"})
    assert last(drop(waiting, OTHER, LATER), "ending_dropped") == (OTHER, {"act": "book_as_is", "proposed_by": ONE})
    after = agree(waiting, OTHER, seen_mark(waiting), told, LATER)
    assert last(after, AGREED) == (OTHER, {"act": "book_as_is", "amount_fen": "0", "proposed_by": ONE})


@pytest.mark.parametrize(
    ("by", "stale", "reason", "words"),
    [
        (ONE, False, "own proposal", "不能复核自己提出的了结。"),
        (OTHER, True, "changed meanwhile", WORDS["changed meanwhile"][0]),
    ],
)
def test_who_agrees_is_another_person_and_has_seen_the_payment_as_it_is(
    by: str, stale: bool, reason: str, words: str
) -> None:
    payment = a_paid()
    told = sides(payment, his_fen=1)
    waiting = propose(payment, ending(payment, EndingAct.BOOK_AS_IS), told, LATER)
    with pytest.raises(NotAllowed, match=reason) as refused:
        agree(waiting, by, seen_mark(waiting) - stale, told, LATER)
    assert refused.value.user_message == words


def test_one_ending_waits_at_a_time() -> None:
    payment = a_paid()
    told = sides(payment, his_fen=1)
    waiting = propose(payment, ending(payment, EndingAct.BOOK_AS_IS), told, LATER)
    assert refusal(waiting, EndingAct.BOOK_AS_IS, told) == "another ending"


def test_what_leaves_on_the_word_of_whoever_agrees() -> None:
    payment = a_paid()
    out = {act: out_fen(payment, ending(payment, act, 700)) for act in EndingAct}
    assert out == {
        EndingAct.BOOK_AS_IS: 0, EndingAct.GIVEN_UP: 0, EndingAct.CANCELLED_IN_HIS: 0, EndingAct.WRITTEN_OFF: 0,
        EndingAct.REFUND_REST: 1234, EndingAct.SETTLED_ELSEWHERE: 700,
    }  # fmt: skip


def test_nobody_agrees_where_nothing_was_proposed() -> None:
    with pytest.raises(NotAllowed) as refused:
        drop(a_paid(), OTHER, LATER)
    assert refused.value.user_message == "没有等待复核的了结申请。"


# ---- 按医院记录入账 ------------------------------------------------------------------------------------------------------------


def test_a_refund_of_the_console_is_written_off_once_the_his_s_record_counts() -> None:
    payment = a_paid()
    gone = a_refund(payment, 1, 34, RefundState.SUCCEEDED, origin=RefundOrigin.MERCHANT_CONSOLE, finished_at=LATER)
    settled = replace(gone, id=f"{payment.id}R02", his_settled_at=LATER)
    payment = replace(payment, refunds=(gone, settled))
    after = ended(payment, EndingAct.BOOK_AS_IS, sides(payment, his_fen=1))
    assert [effect.subject for effect in after.effects if effect.kind is EffectKind.RELEASE] == [gone.id]


# ---- 医院已撤销 ----------------------------------------------------------------------------------------------------------------


def test_what_was_cancelled_in_the_his_is_said_by_whoever_agreed() -> None:
    payment = replace(in_state(PaymentState.RETURNED), late_trade_no="H9")
    after = ended(payment, EndingAct.CANCELLED_IN_HIS, sides(payment))
    assert last(after, "cancelled_in_his") == (OTHER, {"his_trade_no": "H9"})
    assert after.late_trade_no == ""
    assert refusal(payment, EndingAct.CANCELLED_IN_HIS, sides(payment, his_fen=1)) == "in the HIS"
    nothing = in_state(PaymentState.RETURNED)
    assert refusal(nothing, EndingAct.CANCELLED_IN_HIS, sides(nothing)) == "nothing held"


# ---- 退还余额 ------------------------------------------------------------------------------------------------------------------


def returning(*refunds: Refund) -> Payment:
    return replace(in_state(PaymentState.RETURNING), refunds=refunds, effects=())


def test_the_rest_does_not_go_while_a_refund_is_under_way() -> None:
    payment = in_state(PaymentState.RETURNING)
    running = returning(a_refund(payment, 1, 400, RefundState.SUBMITTED))
    assert refusal(running, EndingAct.REFUND_REST, sides(running)) == "refunds under way"
    closed = replace(in_state(PaymentState.CLOSED), parts=payment.parts)
    assert refusal(closed, EndingAct.REFUND_REST, sides(closed)) == "refunds under way"


def test_the_rest_does_not_go_while_a_part_that_goes_before_it_may_still_be_paid() -> None:
    payment = in_state(PaymentState.RETURNING)
    paid = replace(payment.parts[0], undo_order=1)
    unpaid = replace(paid, kind="fund", state=PartState.UNPAID, paid_fen=0, undo_order=0)
    payment = replace(payment, parts=(paid, unpaid), refunds=(), effects=())
    assert refusal(payment, EndingAct.REFUND_REST, sides(payment)) == "a part may still be paid"


def test_money_that_was_never_booked_goes_back_and_the_his_is_asked_for_days_after() -> None:
    payment = a_paid()
    after = ended(payment, EndingAct.REFUND_REST, sides(payment))
    look = find(after.effects, str(EffectKind.LATE_BOOKING))
    assert look is not None
    assert look.due_at == LATER + timedelta(seconds=PACE_S[EffectKind.LATE_BOOKING][0])


@pytest.mark.parametrize("rest_fen", [1, 834])
def test_the_rest_that_goes_back_is_written_down(rest_fen: int) -> None:
    payment = in_state(PaymentState.RETURNING)
    gone = a_refund(payment, 1, 1234 - rest_fen, RefundState.SUCCEEDED, finished_at=LATER)
    payment = returning(gone)
    after = ended(payment, EndingAct.REFUND_REST, sides(payment))
    assert last(after, "rest_refunded")[1] == {"amount_fen": str(rest_fen)}
    assert after.refunds[-1].amount_fen == rest_fen


def test_a_difference_of_a_day_sends_money_back_once_and_another_difference_is_another() -> None:
    payment = a_paid()

    def back(one: Payment, difference: str = "wechat-2026-11-22 payment:1", by: str = ONE) -> Payment:
        return sent_back(one, by, OTHER, difference, sides(one), LATER)

    after = back(payment)
    assert last(after, AGREED) == (
        OTHER,
        {"act": "refund_rest", "amount_fen": "1234", "proposed_by": ONE, "difference": "wechat-2026-11-22 payment:1"},
    )
    assert back(after) is after
    before = changed(payment, AGREED, at=LATER, detail={"difference": "another"})
    before = changed(before, "viewed", at=LATER, detail={"difference": "wechat-2026-11-22 payment:1"})
    assert back(before) is not before
    with pytest.raises(NotAllowed) as refused:
        back(payment, by=OTHER)
    assert refused.value.user_message == "请由另一人复核。"
    waiting = propose(payment, ending(payment, EndingAct.REFUND_REST), sides(payment), LATER)
    with pytest.raises(NotAllowed) as refused:
        back(waiting)
    assert refused.value.user_message == WORDS["another ending"][0]


# ---- what is advised ----------------------------------------------------------------------------------------------------------


def test_the_rest_is_advised_where_nothing_runs_and_the_his_has_nothing() -> None:
    payment = in_state(PaymentState.RETURNING)
    closed = a_refund(payment, 1, 1234, RefundState.CLOSED)
    some = a_refund(payment, 2, 1233, RefundState.SUCCEEDED, finished_at=LATER)
    rest = (EndingAct.REFUND_REST, "")
    for left in (returning(closed), returning(closed, some)):
        assert advised(left, sides(left)) == rest
    running = returning(a_refund(payment, 1, 400, RefundState.SUBMITTED))
    whole = returning(replace(some, amount_fen=1234))
    booked = replace(in_state(PaymentState.BOOKED), booking=a_booking())
    for nothing in (running, whole, booked):
        assert advised(nothing, sides(nothing)) == (None, "")
    assert advised(returning(closed), sides(payment, his_fen=1234)) == (None, "")
