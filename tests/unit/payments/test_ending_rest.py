"""What is left of a booked payment goes back where the HIS has lost it for good, by two people, and in no other case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import NotAllowed
from server.effects.model import Effect, EffectKind
from server.payments.ending_model import EndingAct
from server.payments.model import Payment, PaymentState, changed
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.ending_rest import sent_back
from server.payments.rules.ending_sides import Sides
from server.payments.rules.his_asked import BOOKED_AGAIN, HIS_ASKED
from server.payments.rules.late_bookings import ENDED_BY_FINANCE
from tests.support.builders import a_booking
from tests.support.endings import LATER, OTHER, ended, ending, refusal, sides
from tests.unit.payments.states import in_state

ACT = EndingAct.REFUND_REST


def asked(what: str = HIS_ASKED, **detail: str) -> Payment:
    booked = replace(in_state(PaymentState.BOOKED), booking=a_booking())
    return changed(booked, what, at=LATER, detail=detail or {"found": "no", "code": "REFUSED"})


def back(payment: Payment, by: str = "staff:3001", told: Sides | None = None) -> Payment:
    return sent_back(payment, by, OTHER, "wechat-2026-11-22 payment:1", told or sides(payment), LATER)


def test_a_booking_that_the_his_has_lost_goes_back_by_an_ending_too() -> None:
    payment = asked()
    after = ended(payment, ACT, sides(payment))
    assert (after.state, after.return_reason, after.booking, after.claims) == (
        PaymentState.RETURNING, ENDED_BY_FINANCE, None, (),
    )  # fmt: skip
    assert [(each.amount_fen, each.origin) for each in after.refunds] == [(1234, RefundOrigin.AUTOMATIC)]
    kinds = [effect.kind for effect in after.effects]
    assert EffectKind.REFUND in kinds
    assert EffectKind.LATE_BOOKING in kinds, "the HIS is asked for days whether it has it after all"


@pytest.mark.parametrize(
    "payment",
    [
        in_state(PaymentState.BOOKED), asked(found="yes"), asked(BOOKED_AGAIN, his_trade_no="HIS2"),
        asked(found="no", refund="ZF1R01"), changed(asked(), BOOKED_AGAIN, at=LATER, detail={}),
        replace(asked(), effects=(Effect(kind=EffectKind.ASK_HIS, due_at=LATER),)),
    ],
    ids=["not asked", "found", "booked again", "asked about a refund", "booked again since", "being asked"],
)  # fmt: skip
def test_not_before_the_his_has_refused_it_anew(payment: Payment) -> None:
    assert refusal(payment, ACT, sides(payment)) == "may be booked again"


def test_not_without_the_channel_and_not_beside_another_refund() -> None:
    payment = asked()
    assert refusal(payment, ACT, sides(payment, trade=None)) == "no money at the channel"
    refund = Refund(
        id="R01", amount_fen=10, origin=RefundOrigin.STAFF, reason="other", state=RefundState.REQUESTED, at=LATER
    )
    assert refusal(replace(payment, refunds=(refund,)), ACT, sides(payment)) == "refunds under way"
    done = replace(payment, refunds=(replace(refund, state=RefundState.SUCCEEDED),))
    assert ended(done, ACT, sides(done)).refunds[-1].amount_fen == 1224, "what is left"


def test_a_decision_of_a_day_is_carried_out_once() -> None:
    after = back(asked())
    assert after.history[-1].detail["proposed_by"] == "staff:3001"
    assert back(after) is after


def test_a_decision_of_a_day_needs_two_people_and_no_other_ending() -> None:
    with pytest.raises(NotAllowed, match="own proposal"):
        back(asked(), by=OTHER)
    with pytest.raises(NotAllowed, match="another ending"):
        back(replace(asked(), ending=ending(asked(), ACT)))
