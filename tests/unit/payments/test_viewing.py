"""Who of the staff has looked at a payment is noted once an hour; and which cause of an alert has gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.payments.ending_model import EndingAct
from server.payments.model import PaymentState, changed
from server.payments.rules.causes import cause_is_gone
from server.payments.rules.order_lines import last_order_call_at, ordered_again
from server.payments.rules.topics import Topic
from server.payments.rules.viewing import viewed
from tests.support.builders import a_paid, a_pending
from tests.support.clock_and_ids import MORNING
from tests.support.endings import LATER, ending, last
from tests.unit.payments.states import in_state

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def test_a_look_is_noted_with_who_and_where() -> None:
    after = viewed(a_paid(), "staff:1001", LATER, "console")
    assert last(after, "viewed") == ("staff:1001", {"door": "console"})


@pytest.mark.parametrize(
    ("by", "age", "noted"),
    [
        ("staff:1001", HOUR - SECOND, False), ("staff:1001", HOUR, True), ("staff:1002", SECOND, True),
    ],
)  # fmt: skip
def test_the_same_person_is_noted_again_after_an_hour_and_another_at_once(by: str, age: timedelta, noted: bool) -> None:
    seen = viewed(a_paid(), "staff:1001", MORNING, "chat")
    assert (viewed(seen, by, MORNING + age, "chat") is not seen) is noted


def test_what_else_a_person_did_is_no_look() -> None:
    acted = changed(a_paid(), "refund_requested", at=LATER, by="staff:1001")
    assert viewed(acted, "staff:1001", LATER, "chat") is not acted


def test_an_ending_and_a_held_booking_are_causes_under_their_own_number_only() -> None:
    waits = replace(a_paid(), ending=ending(a_paid(), EndingAct.BOOK_AS_IS))
    held = replace(in_state(PaymentState.RETURNED), late_trade_no="H9")
    gone = [
        cause_is_gone(payment, kind, subject)
        for payment, kind, subject in (
            (waits, "ending_waits", "T1"), (waits, "ending_waits", "T2"), (a_paid(), "ending_waits", "T1"),
            (held, "his_holds_returned", "H9"), (held, "his_holds_returned", "H8"),
        )
    ]  # fmt: skip
    assert gone == [False, True, True, False, True]


def test_only_an_order_that_was_sent_again_may_be_there_twice() -> None:
    payment = a_pending()
    part = payment.parts[0]
    assert not ordered_again(changed(payment, "viewed", at=LATER), part)
    assert not ordered_again(changed(payment, "ordering_again", at=LATER, detail={"order": "another"}), part)
    assert ordered_again(changed(payment, "ordering_again", at=LATER), part)


def test_the_last_order_call_is_the_last_that_was_sent_again_for_this_part() -> None:
    payment = a_pending()
    part = payment.parts[0]
    again = changed(payment, "ordering_again", at=LATER)
    other = changed(again, "ordering_again", at=LATER + HOUR, detail={"order": "another"})
    looked = changed(other, "viewed", at=LATER + 2 * HOUR)
    assert last_order_call_at(payment, part) == payment.created_at
    assert last_order_call_at(looked, part) == LATER


def test_a_person_s_key_may_have_points() -> None:
    topic = Topic.of("refund_result.R01.staff.1001")
    assert (topic, str(topic)) == (Topic("refund_result", "R01", "staff.1001"), "refund_result.R01.staff.1001")
