"""The subject of a message's effect and what it says are the same thing, both ways."""

from __future__ import annotations

import pytest

from server.payments.rules.topics import Topic
from tests.support.builders import PAYMENT_ID, a_paid
from tests.unit.payments.states import in_state


@pytest.mark.parametrize(
    ("subject", "topic"),
    [
        ("payment_booked", Topic("payment_booked")),
        ("refund_arrived.R01", Topic("refund_arrived", "R01")),
        ("refund_waiting.R100.1001", Topic("refund_waiting", "R100", "1001")),
    ],
)
def test_what_is_stored_says_what_it_is_about(subject: str, topic: Topic) -> None:
    assert Topic.of(subject) == topic
    assert str(topic) == subject


def test_a_refund_is_named_by_the_end_of_its_number() -> None:
    assert Topic.of_refund("refund_arrived", f"{PAYMENT_ID}R02") == Topic("refund_arrived", "R02")
    assert Topic.of_refund("refund_arrived", "CONSOLE123") == Topic("refund_arrived", "123")


def test_only_a_refund_of_ours_is_found() -> None:
    payment = in_state(a_paid().state)
    assert Topic("refund_arrived", "R99").refund_in(payment) is None
    assert Topic("payment_booked").refund_in(payment) is None
