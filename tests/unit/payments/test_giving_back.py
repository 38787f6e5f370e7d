"""What cost nothing is given back, and what the HIS has changed of a booking is told: each once, by its own word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import LeaseLost, NotAllowed
from server.effects.model import Effect, EffectKind, find
from server.payments.model import Payment, PaymentState
from server.payments.rules.changed_bookings import booking_changed, newest_change
from server.payments.rules.giving_back import give_back, given_back, is_given_back, not_taken_back
from tests.support.builders import TOKEN, a_booking
from tests.support.endings import LATER, last
from tests.unit.payments.states import in_state

FREE = str(EffectKind.FREE)


def booked(paid: bool = False) -> Payment:
    """Booked; for nothing unless it was ``paid``."""
    payment = replace(in_state(PaymentState.BOOKED), booking=a_booking(), claims=("slot:1", "seen:2"), effects=())
    return payment if paid else replace(payment, parts=tuple(replace(one, paid_fen=0) for one in payment.parts))


def held(payment: Payment) -> Payment:
    return replace(payment, effects=(Effect(kind=EffectKind.FREE, due_at=LATER, lease=TOKEN),))


def test_what_cost_nothing_is_given_back_once() -> None:
    payment = booked()
    after = give_back(payment, "patient:payer", LATER)
    assert last(after, "giving_back") == ("patient:payer", {})
    assert (is_given_back(after), is_given_back(payment)) == (True, False)
    assert give_back(after, "patient:payer", LATER) is after
    nothing_claimed = replace(payment, claims=())
    assert give_back(nothing_claimed, "patient:payer", LATER) is nothing_claimed


@pytest.mark.parametrize("payment", [booked(paid=True), replace(booked(), state=PaymentState.RETURNED)])
def test_paid_money_goes_back_as_a_refund_and_what_is_not_booked_can_not_be_given_back(payment: Payment) -> None:
    with pytest.raises(NotAllowed) as refused:
        give_back(payment, "patient:payer", LATER)
    assert refused.value.user_message == "现在不能取消，请到窗口办理。"


def test_only_who_holds_the_work_says_what_became_of_it() -> None:
    payment = held(booked())
    after = given_back(payment, TOKEN, LATER)
    assert (after.claims, find(after.effects, FREE)) == ((), None)
    kept = not_taken_back(payment, TOKEN, "USED", LATER)
    assert (kept.claims, find(kept.effects, FREE), last(kept, "not_taken_back")[1]) == (
        payment.claims, None, {"code": "USED"},
    )  # fmt: skip
    for ends in (lambda: given_back(payment, "another", LATER), lambda: not_taken_back(payment, "another", "", LATER)):
        with pytest.raises(LeaseLost):
            ends()


def test_each_change_of_a_booking_is_told_once_under_its_own_number() -> None:
    payment = booked(paid=True)
    first = booking_changed(payment, "stopped", "11月24日上午停诊", ("slot:1",), LATER)
    assert last(first, "booking_changed") == ("his", {"change": "N01"})
    assert (first.claims, first.booking) == (
        ("slot:1",),
        replace(a_booking(), news="stopped", guide_text="11月24日上午停诊"),
    )
    assert {effect.subject for effect in first.effects if effect.kind is EffectKind.MESSAGE} == {"booking_changed.N01"}
    assert booking_changed(first, "stopped", "another", (), LATER) is first
    second = booking_changed(first, "open", "恢复出诊", ("slot:1",), LATER)
    assert (last(second, "booking_changed")[1], newest_change(second), newest_change(payment)) == (
        {"change": "N02"},
        "N02",
        "",
    )


@pytest.mark.parametrize(
    "payment", [replace(booked(paid=True), booking=None), replace(booked(paid=True), state=PaymentState.RETURNED)]
)
def test_what_is_not_booked_does_not_change(payment: Payment) -> None:
    with pytest.raises(NotAllowed) as refused:
        booking_changed(payment, "stopped", "停诊", (), LATER)
    assert refused.value.user_message == "这笔支付还没有入账。"
