"""What the payer reads of a payment's state: the words themselves, and which attempt is which."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.history import HistoryEvent
from server.payments.model import PaymentState
from server.payments.rules.progress import gave_way, never_ordered, order_refused, order_unanswered
from tests.support.builders import a_payment
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state


def test_an_order_without_an_answer_took_no_money() -> None:
    words = "微信支付暂时没有响应，没有扣款。请稍后再试，或到收费窗口缴费。"
    assert order_unanswered("微信支付") == words


def test_an_order_that_was_refused_took_no_money() -> None:
    words = "支付宝没有接受这笔支付，没有扣款。请稍后再试，或到收费窗口缴费。"
    assert order_refused("支付宝") == words


@pytest.mark.parametrize(
    ("what", "why", "gave"),
    [("closing", "another_attempt", True), ("closing", "patient", False), ("ordered", "another_attempt", False)],
)
def test_an_attempt_gives_way_to_another_one_only(what: str, why: str, gave: bool) -> None:
    line = HistoryEvent(at=MORNING, what=what, by="patient", detail={"why": why})
    assert gave_way(replace(a_payment(), history=(line,))) is gave


def test_an_attempt_was_never_ordered_until_the_channel_confirms() -> None:
    created = a_payment()
    assert never_ordered(created)
    assert not never_ordered(replace(in_state(PaymentState.PENDING), state=PaymentState.CREATED))
    assert not never_ordered(in_state(PaymentState.CLOSED))
