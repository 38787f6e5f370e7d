"""A write-off that the HIS never answers, ended with proof: by whose word, who hears of it, and when it may not be ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import NotAllowed
from server.effects.model import Effect, EffectKind
from server.payments.ending_model import EndingAct
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundOrigin, RefundState
from server.payments.rules.booking import SETTLE
from server.payments.rules.ending_acts import out_fen
from tests.support.builders import a_booking
from tests.support.endings import LATER, OTHER, a_refund, ended, ending, last, refusal, sides
from tests.unit.payments.states import in_state, kinds

SECOND = timedelta(seconds=1)


def unanswered(**fields: Any) -> Payment:
    """Somebody refunds 400 fen, and the HIS has not answered for as long as it is asked."""
    payment = replace(in_state(PaymentState.BOOKED), booking=a_booking())
    facts: dict[str, Any] = {"origin": RefundOrigin.STAFF, "asked_by": "staff:1001", "expires_at": LATER, **fields}
    asked = a_refund(payment, 1, 400, facts.pop("state", RefundState.APPROVED), **facts)
    owed = Effect(kind=EffectKind.RELEASE, subject=asked.id, due_at=LATER, tries=99, last_error="OutcomeUnknown his")
    return replace(payment, refunds=(asked,), effects=(owed,))


def test_what_was_written_off_by_proof_is_sent_and_its_payer_hears_of_it() -> None:
    payment = unanswered()
    after = ended(payment, EndingAct.WRITTEN_OFF, sides(payment))
    number = payment.refunds[0].id
    assert last(after, "refund_released") == (OTHER, {"refund": number, "how": "by_proof"})
    owed = {(effect.kind, effect.subject) for effect in after.effects}
    assert (EffectKind.REFUND, number) in owed
    assert EffectKind.RELEASE not in kinds(after)
    assert [(one.state, one.written_off_as) for one in after.refunds] == [(RefundState.RELEASED, number)]
    assert out_fen(payment, ending(payment, EndingAct.WRITTEN_OFF)) == 400
    assert {subject for kind, subject in owed if kind in {EffectKind.MESSAGE, EffectKind.SMS}} == {
        "refund_accepted.R01"
    }


def test_what_the_console_gave_back_is_told_to_the_his_and_to_nobody_else() -> None:
    payment = unanswered(origin=RefundOrigin.MERCHANT_CONSOLE, state=RefundState.SUCCEEDED, finished_at=LATER)
    after = ended(payment, EndingAct.WRITTEN_OFF, sides(payment))
    assert [(effect.kind, effect.subject) for effect in after.effects] == [
        (EffectKind.NOTIFY_HIS, payment.refunds[0].id)
    ]
    assert [(one.state, one.written_off_as) for one in after.refunds] == [
        (RefundState.SUCCEEDED, payment.refunds[0].id)
    ]
    assert out_fen(payment, ending(payment, EndingAct.WRITTEN_OFF)) == 0
    given_up = ended(payment, EndingAct.GIVEN_UP, sides(payment))
    line = last(given_up, "console_refund_not_written_off")
    assert line == (OTHER, {"refund": payment.refunds[0].id, "code": "by_proof"})
    assert given_up.refunds[0].his_settled_at == LATER


def test_what_is_given_up_ends_by_the_word_of_whoever_agreed_and_does_not_expire_any_more() -> None:
    payment = unanswered()
    after = ended(payment, EndingAct.GIVEN_UP, sides(payment))
    [refund] = after.refunds
    assert (refund.state, refund.finished_at, refund.expires_at) == (RefundState.WITHDRAWN, LATER, None)
    assert last(after, "refund_withdrawn") == (OTHER, {"refund": refund.id, "how": "by_proof"})
    assert ("tell_staff", "refund_result.R01") in [(effect.kind, effect.subject) for effect in after.effects]
    assert EffectKind.RELEASE not in kinds(after)


@pytest.mark.parametrize("act", [EndingAct.WRITTEN_OFF, EndingAct.GIVEN_UP])
def test_a_write_off_that_is_being_asked_for_or_that_nobody_waits_for_does_not_end(act: EndingAct) -> None:
    payment = unanswered()
    leased = replace(payment, effects=(replace(payment.effects[0], lease="worker-1"),))
    assert refusal(leased, act, sides(payment)) == "being asked"
    assert refusal(replace(payment, effects=()), act, sides(payment)) == "no write-off is stuck"
    assert refusal(payment, EndingAct.WRITTEN_OFF, sides(payment, trade=None)) == "no money at the channel"


def test_another_effect_that_is_stuck_and_a_write_off_that_is_still_tried_are_none_that_nobody_answers() -> None:
    payment = unanswered()
    (owed,) = payment.effects
    for effect in (replace(owed, tries=1), replace(owed, last_error=None), replace(owed, kind=EffectKind.NOTIFY_HIS)):
        other = replace(payment, effects=(effect,))
        assert refusal(other, EndingAct.GIVEN_UP, sides(payment)) == "no write-off is stuck"


def test_whoever_asked_for_a_refund_does_not_say_what_became_of_it() -> None:
    payment = unanswered(asked_by=OTHER)
    with pytest.raises(NotAllowed) as refused:
        ended(payment, EndingAct.GIVEN_UP, sides(payment))
    assert refused.value.user_message == "不能复核自己发起的退费。"


@pytest.mark.parametrize(("ago", "runs"), [(SETTLE - SECOND, True), (SETTLE, False)])
def test_what_may_still_run_in_the_his_is_not_given_up(ago: timedelta, runs: bool) -> None:
    payment = unanswered()
    unsure = replace(payment, effects=(replace(payment.effects[0], unknown_at=LATER - ago),))
    if runs:
        assert refusal(unsure, EndingAct.GIVEN_UP, sides(payment)) == "may be written off"
    else:
        assert ended(unsure, EndingAct.GIVEN_UP, sides(payment)).refunds[0].state is RefundState.WITHDRAWN
