"""A payment that nobody pays: hurried, closed, and never ended by a failure."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.effects.model import EffectKind, find
from server.payments.model import PaymentState
from server.payments.rules.looking import effect_failed, look_now
from server.payments.rules.paying import close_answered, closed, money_arrived, request_close
from server.payments.rules.trades import TradeState
from tests.support.builders import TOKEN, a_paid, a_pending, a_trade, leased
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import kinds

LATER = MORNING + timedelta(seconds=30)
S = PaymentState


class TestClosing:
    def test_keeps_the_claim_until_the_channel_confirms(self) -> None:
        closing = request_close(a_pending(), "another_attempt", MORNING, due_at=LATER)
        assert closing.state is S.PENDING
        assert closing.claims == ("bill:B1",)
        assert kinds(closing) == {EffectKind.CLOSE}
        assert closing.next_due == LATER

    @pytest.mark.parametrize("answer", [TradeState.UNPAID, TradeState.ABSENT])
    def test_an_unclear_answer_is_left_to_the_effect(self, answer: TradeState) -> None:
        closing = request_close(a_pending(), "another_attempt", MORNING)
        assert close_answered(closing, a_trade(closing, answer), LATER) is closing

    def test_frees_the_claim_for_ever(self) -> None:
        done = closed(request_close(a_pending(), "x", MORNING), "closed_at_channel", LATER)
        assert done.claims == ()
        assert done.effects == ()
        assert money_arrived(done, a_trade(done), LATER, at_the_source=True).claims == ()


class TestHurry:
    def test_brings_the_query_forward_once(self) -> None:
        hurried = look_now(a_pending(), MORNING)
        assert hurried.next_due == MORNING
        assert look_now(hurried, MORNING) is hurried

    def test_leaves_a_running_query_alone(self) -> None:
        held = leased(a_pending(), EffectKind.QUERY, MORNING)
        assert look_now(held, MORNING) is held


class TestFailure:
    def test_never_ends_a_payment(self) -> None:
        payment = a_pending()
        now = MORNING
        for _ in range(40):
            now += timedelta(hours=5)
            held = leased(payment, EffectKind.QUERY, now)
            payment = effect_failed(held, "query", TOKEN, now, 0.99, "OutcomeUnknown", unknown=True)
            effect = find(payment.effects, "query")
            assert effect is not None
            assert effect.lease is None
            assert effect.unknown_at == now
            assert now < effect.due_at <= now + timedelta(seconds=1800 * 1.2)
        assert payment.state is S.PENDING
        assert payment.claims == ("bill:B1",)

    def test_of_another_workers_effect_changes_nothing(self) -> None:
        held = leased(a_pending(), EffectKind.QUERY, MORNING)
        assert effect_failed(held, "query", "another", MORNING, 0.0, "x", unknown=True) is held
        paid = a_paid()
        assert effect_failed(paid, "query", TOKEN, MORNING, 0.0, "x", unknown=True) is paid
