"""What stands in a payment once the HIS says late what it holds: lines by the HIS, what is owed then, and when nobody asks any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import LeaseLost
from server.effects.model import PACE_S, Effect, EffectKind, find, with_effect
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundOrigin, RefundState
from server.payments.rules.alarms import alarms
from server.payments.rules.going_back import freed
from server.payments.rules.his_asked import (
    asks_his,
    booked_again,
    his_answered,
    is_lost,
    landed_late,
    may_be_written_off_again,
    written_off_again,
)
from server.payments.rules.late_bookings import his_has_it, not_in_his
from server.payments.rules.replay import contradictions
from tests.support.builders import TOKEN, a_booking
from tests.support.clock_and_ids import MORNING
from tests.support.endings import LATER, a_refund, last
from tests.unit.payments.states import in_state

LATE = str(EffectKind.LATE_BOOKING)


def looking(payment: Payment, kind: EffectKind = EffectKind.LATE_BOOKING, subject: str = "", **fields: Any) -> Payment:
    """``payment`` owing one look, which a worker holds."""
    effect = Effect(kind=kind, subject=subject, due_at=LATER, **{"lease": TOKEN, "tries": 1, **fields})
    return replace(payment, effects=with_effect(payment.effects, effect))


def owed(payment: Payment) -> list[tuple[EffectKind, str]]:
    """What it owes besides the seal of its history."""
    return [(effect.kind, effect.subject) for effect in payment.effects if effect.kind is not EffectKind.SEAL]


# ---- the HIS holds it late ----------------------------------------------------------------------------------------------------


def test_what_the_his_holds_of_returned_money_is_written_down_once_and_looked_for_no_more() -> None:
    payment = looking(in_state(PaymentState.RETURNED))
    after = his_has_it(payment, LATE, TOKEN, a_booking("H9"), LATER)
    assert last(after, "his_holds_returned") == ("his", {"his_trade_no": "H9", "amount_fen": "1234"})
    assert (after.late_trade_no, find(after.effects, LATE)) == ("H9", None)
    again = his_has_it(looking(after), LATE, TOKEN, a_booking("H9"), LATER)
    assert (again.history, find(again.effects, LATE)) == (after.history, None)


def test_a_refund_that_found_it_is_tried_again_later() -> None:
    returning = in_state(PaymentState.RETURNING)
    gone = replace(a_refund(returning, 2, 34, RefundState.SUCCEEDED), finished_at=LATER)
    payment = replace(returning, refunds=(*returning.refunds, gone))
    (refunding,) = [effect for effect in payment.effects if effect.kind is EffectKind.REFUND]
    held = replace(payment, effects=(replace(refunding, lease=TOKEN, tries=1),))
    after = his_has_it(held, refunding.key, TOKEN, a_booking("H9"), LATER)
    effect = find(after.effects, refunding.key)
    assert effect is not None
    assert (effect.lease, effect.due_at, after.late_trade_no) == (None, LATER, "H9")


def test_booked_after_all_no_money_goes_and_what_the_console_gave_back_is_written_off() -> None:
    returning = in_state(PaymentState.RETURNING)
    staff = a_refund(returning, 2, 100, RefundState.APPROVED, origin=RefundOrigin.STAFF)
    closed = a_refund(returning, 3, 100, RefundState.CLOSED)
    payment = looking(replace(returning, refunds=(returning.refunds[0], staff, closed)))
    after = his_has_it(payment, LATE, TOKEN, a_booking("H9"), LATER)
    assert (after.state, after.booking, last(after, "booked")) == (
        PaymentState.BOOKED, a_booking("H9"), ("his", {"his_trade_no": "H9", "late": "yes"}),
    )  # fmt: skip
    assert [(one.state, one.finished_at) for one in after.refunds] == [
        (RefundState.WITHDRAWN, LATER), (RefundState.APPROVED, None), (RefundState.CLOSED, None),
    ]  # fmt: skip
    assert not {EffectKind.REFUND, EffectKind.LATE_BOOKING} & {effect.kind for effect in after.effects}


def test_the_history_of_what_was_booked_after_all_leads_to_the_return_that_gave_way() -> None:
    """Seed 39: the audit chain's check called the refund that went no more a change that nobody had made."""
    returning = in_state(PaymentState.RETURNING)
    after = his_has_it(looking(returning), LATE, TOKEN, a_booking("H9"), LATER)
    assert [one.state for one in after.refunds] == [RefundState.WITHDRAWN]
    gone = f"{after.refunds[0].id} is withdrawn, and its history leads to nothing"
    assert gone not in contradictions(after)
    [booked] = [line for line in after.history if line.what == "booked"]
    at_once = replace(booked, detail={"his_trade_no": "H9"})
    lines = tuple(at_once if line is booked else line for line in after.history)
    assert gone in contradictions(replace(after, history=lines)), "what was booked at once gave nothing back"


def test_what_the_payer_has_got_another_way_has_gone_too() -> None:
    """Finance settled a part elsewhere: booked after all, the HIS would keep the whole of what the payer has back in part."""
    returning = in_state(PaymentState.RETURNING)
    settled = a_refund(returning, 1, 400, RefundState.SUCCEEDED, origin=RefundOrigin.ELSEWHERE, his_settled_at=LATER)
    rest = a_refund(returning, 2, 834, RefundState.APPROVED)
    payment = looking(replace(returning, refunds=(settled, rest)))
    after = his_has_it(payment, LATE, TOKEN, a_booking("H9"), LATER)
    assert (after.state, after.booking, after.late_trade_no) == (PaymentState.RETURNING, None, "H9")
    assert after.refunds == payment.refunds
    assert alarms(payment, after) == (("his_holds_returned", "H9"),)


@pytest.mark.parametrize("told", [{"told_refunded_fen": 300}, {"refunded_unseen": True}])
def test_what_the_channel_says_has_gone_is_gone_though_nobody_knows_its_number(told: dict[str, Any]) -> None:
    returning = in_state(PaymentState.RETURNING)
    payment = looking(replace(returning, parts=(replace(returning.parts[0], **told),)))
    after = his_has_it(payment, LATE, TOKEN, a_booking("H9"), LATER)
    assert (after.state, after.late_trade_no) == (PaymentState.RETURNING, "H9")


@pytest.mark.parametrize(
    ("tries", "goes_on"),
    [(len(PACE_S[EffectKind.LATE_BOOKING]) - 1, True), (len(PACE_S[EffectKind.LATE_BOOKING]), False)],
)
def test_after_the_last_look_nobody_asks_any_more(tries: int, goes_on: bool) -> None:
    payment = looking(in_state(PaymentState.RETURNED), tries=tries)
    after = not_in_his(payment, TOKEN, LATER, 0.0)
    effect = find(after.effects, LATE)
    assert (effect is not None and effect.due_at > LATER) is goes_on
    with pytest.raises(LeaseLost):
        not_in_his(payment, "another worker", LATER, 0.0)


def test_only_who_holds_the_work_says_that_it_is_freed() -> None:
    payment = looking(in_state(PaymentState.CLOSED), EffectKind.FREE)
    assert find(freed(payment, TOKEN, LATER).effects, str(EffectKind.FREE)) is None
    with pytest.raises(LeaseLost):
        freed(payment, "another worker", LATER)


# ---- the HIS is asked for what it has lost ------------------------------------------------------------------------------------


def booked() -> Payment:
    return replace(in_state(PaymentState.BOOKED), booking=a_booking(), effects=())


def written_off(**fields: Any) -> Payment:
    payment = booked()
    facts = {"origin": RefundOrigin.STAFF, "his_refund_no": "HR1", "finished_at": MORNING, "his_settled_at": MORNING}
    return replace(payment, refunds=(a_refund(payment, 1, 100, RefundState.SUCCEEDED, **{**facts, **fields}),))


def test_a_booking_is_asked_for_once_while_it_is_booked() -> None:
    payment = booked()
    asking = asks_his(payment, "", LATER)
    assert [effect.kind for effect in asking.effects] == [EffectKind.ASK_HIS]
    assert asks_his(asking, "", LATER) is asking
    answered = his_answered(looking(payment, EffectKind.ASK_HIS), "", TOKEN, {"found": "no", "code": "REFUSED"}, LATER)
    assert last(answered, "his_asked") == ("his", {"found": "no", "code": "REFUSED"})
    assert (owed(answered), asks_his(answered, "", LATER) is answered) == ([(EffectKind.LATE_BOOKING, "")], True)
    paid = replace(in_state(PaymentState.PAID), effects=())
    assert asks_his(paid, "", LATER) is paid


@pytest.mark.parametrize(
    ("answer", "looked_for"), [({"found": "yes"}, 0), ({"found": "no"}, 0), ({"found": "no", "code": "REFUSED"}, 1)]
)
def test_only_what_it_was_told_again_and_refuses_may_still_land(answer: dict[str, str], looked_for: int) -> None:
    answered = his_answered(looking(booked(), EffectKind.ASK_HIS), "", TOKEN, answer, LATER)
    assert [effect.due_at - LATER for effect in answered.effects if effect.kind is EffectKind.LATE_BOOKING] == [
        timedelta(seconds=300)
    ] * looked_for


def test_what_has_landed_is_booked_under_its_new_number_and_lost_no_more() -> None:
    refused = his_answered(looking(booked(), EffectKind.ASK_HIS), "", TOKEN, {"found": "no", "code": "REFUSED"}, LATER)
    assert is_lost(refused)
    landed = landed_late(looking(refused), TOKEN, a_booking("H9"), LATER)
    assert last(landed, "booked_again") == ("his", {"his_trade_no": "H9", "late": "yes"})
    assert (landed.booking, landed.state, owed(landed)) == (a_booking("H9"), PaymentState.BOOKED, [])
    assert not is_lost(landed)


def test_a_word_about_a_write_off_is_none_about_the_booking() -> None:
    payment = written_off()
    number = payment.refunds[0].id
    told = his_answered(looking(payment, EffectKind.ASK_HIS, number), number, TOKEN, {"found": "yes"}, LATER)
    assert last(told, "his_asked") == ("his", {"refund": number, "found": "yes"})
    assert asks_his(told, number, LATER) is told
    assert asks_his(told, "", LATER) is not told


def test_what_is_no_refund_of_the_payment_is_not_asked_for() -> None:
    payment = booked()
    assert asks_his(payment, f"{payment.id}R09", LATER) is payment


@pytest.mark.parametrize(
    ("fields", "may"),
    [
        ({}, True), ({"origin": RefundOrigin.MERCHANT_CONSOLE}, True), ({"origin": RefundOrigin.AUTOMATIC}, False),
        ({"his_refund_no": ""}, False), ({"covered_by": "C99"}, False), ({"covered_fen": 1}, False),
    ],
)  # fmt: skip
def test_only_what_the_his_wrote_off_for_us_under_one_number_is_written_off_again(
    fields: dict[str, Any], may: bool
) -> None:
    payment = written_off(**fields)
    assert may_be_written_off_again(payment.refunds[0]) is may
    assert (asks_his(payment, payment.refunds[0].id, LATER) is not payment) is may


def test_what_the_his_takes_again_stands_there_by_its_word() -> None:
    payment = looking(booked(), EffectKind.ASK_HIS)
    after = booked_again(payment, TOKEN, a_booking("H2"), LATER)
    assert (last(after, "booked_again"), after.booking, owed(after)) == (
        ("his", {"his_trade_no": "H2"}), a_booking("H2"), [],
    )  # fmt: skip
    with pytest.raises(LeaseLost):
        booked_again(payment, "another worker", a_booking("H2"), LATER)


def test_a_write_off_that_the_his_makes_again_has_its_new_number_and_is_told_of_the_money_again() -> None:
    payment = written_off()
    number = payment.refunds[0].id
    after = written_off_again(looking(payment, EffectKind.ASK_HIS, number), number, TOKEN, "HR2", LATER)
    assert last(after, "written_off_again") == ("his", {"refund": number, "his_refund_no": "HR2"})
    assert [(one.his_refund_no, one.amount_fen) for one in after.refunds] == [("HR2", 100)]
    assert owed(after) == [(EffectKind.NOTIFY_HIS, number)]
    gone = written_off_again(looking(booked(), EffectKind.ASK_HIS, number), number, TOKEN, "HR2", LATER)
    assert (gone.effects, gone.refunds) == ((), ())
