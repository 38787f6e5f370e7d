"""What the channel answers to a look or a close, what fails, and what is hurried."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import LeaseLost
from server.effects.model import Effect, EffectKind, with_effect
from server.payments.model import Payment, PaymentState
from server.payments.rules.paying import ABSENT_MARGIN, after_look, ordering_again, request_close
from server.payments.rules.trades import Trade, TradeState
from tests.support.builders import TOKEN, a_paid, a_payment, a_pending, a_trade, leased
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import kinds

LATER = MORNING + timedelta(seconds=30)
S = PaymentState


class TestLook:
    """The answers to QUERY and CLOSE, from before the expiry until long after it."""

    @staticmethod
    def asked(kind: EffectKind, minutes: float, trade_state: TradeState) -> tuple[Payment, Payment, Trade]:
        now = MORNING + timedelta(minutes=minutes)
        payment = a_pending()
        if kind is EffectKind.CLOSE:
            payment = request_close(payment, "another_attempt", MORNING)
        held = leased(payment, kind, now)
        trade = a_trade(held, trade_state)
        return held, after_look(held, kind, TOKEN, trade, now, 0.5), trade

    @pytest.mark.parametrize(
        ("kind", "minutes", "answer", "state", "owes"),
        [
            (EffectKind.QUERY, 1, TradeState.UNPAID, S.PENDING, EffectKind.QUERY),
            (EffectKind.QUERY, 14.9, TradeState.UNPAID, S.PENDING, EffectKind.QUERY),
            (EffectKind.QUERY, 15, TradeState.UNPAID, S.PENDING, EffectKind.CLOSE),
            (EffectKind.QUERY, 300, TradeState.UNPAID, S.PENDING, EffectKind.CLOSE),
            (EffectKind.QUERY, 1, TradeState.ABSENT, S.PENDING, EffectKind.QUERY),
            (EffectKind.QUERY, 16.9, TradeState.ABSENT, S.PENDING, EffectKind.QUERY),
            (EffectKind.QUERY, 17, TradeState.ABSENT, S.CLOSED, None),
            (EffectKind.QUERY, 1, TradeState.CLOSED, S.CLOSED, None),
            (EffectKind.QUERY, 1, TradeState.PAID, S.PAID, EffectKind.BOOK),
            (EffectKind.QUERY, 300, TradeState.PAID, S.PAID, EffectKind.BOOK),
            (EffectKind.CLOSE, 1, TradeState.CLOSED, S.CLOSED, None),
            (EffectKind.CLOSE, 1, TradeState.ABSENT, S.PENDING, EffectKind.CLOSE),
            (EffectKind.CLOSE, 17, TradeState.ABSENT, S.CLOSED, None),
            (EffectKind.CLOSE, 1, TradeState.UNPAID, S.PENDING, EffectKind.CLOSE),
            (EffectKind.CLOSE, 300, TradeState.UNPAID, S.PENDING, EffectKind.CLOSE),
            (EffectKind.CLOSE, 300, TradeState.PAID, S.PAID, EffectKind.BOOK),
        ],
    )
    def test_each_answer_leads_to_its_state_and_its_next_look(
        self, kind: EffectKind, minutes: float, answer: TradeState, state: PaymentState, owes: EffectKind | None
    ) -> None:
        _, after, _ = self.asked(kind, minutes, answer)
        assert after.state is state
        assert kinds(after) == (set() if owes is None else {owes})
        assert all(effect.lease is None for effect in after.effects)
        assert bool(after.claims) == (state is not S.CLOSED)

    def test_waits_no_longer_than_the_expiry_and_the_margin_after_it(self) -> None:
        _, before, _ = self.asked(EffectKind.QUERY, 14, TradeState.UNPAID)
        assert before.next_due is not None
        assert before.next_due <= before.parts[0].request.expires_at
        _, after, _ = self.asked(EffectKind.QUERY, 16.99, TradeState.ABSENT)
        assert after.next_due is not None
        assert after.next_due <= after.parts[0].request.expires_at + ABSENT_MARGIN

    @pytest.mark.parametrize(("seconds", "state"), [(59, S.CREATED), (60, S.CLOSED)])
    def test_an_order_that_nobody_was_answered_is_given_up_when_its_call_can_t_be_on_its_way(
        self, seconds: int, state: PaymentState
    ) -> None:
        """A second phone waited for the expiry, a quarter of an hour, where the channel refuses to close what it does not know."""
        now = MORNING + timedelta(seconds=seconds)
        closing = leased(request_close(a_payment(), "another_attempt", MORNING), EffectKind.CLOSE, now)
        after = after_look(closing, EffectKind.CLOSE, TOKEN, a_trade(closing, TradeState.ABSENT), now, 0.0)
        assert after.state is state
        assert after.state is S.CLOSED or after.next_due == MORNING + timedelta(seconds=60)

    def test_a_repeated_order_call_is_waited_for_from_its_own_beginning(self) -> None:
        again, now = MORNING + timedelta(seconds=30), MORNING + timedelta(seconds=89)
        closing = request_close(ordering_again(a_payment(), again), "another_attempt", again)
        held = leased(closing, EffectKind.CLOSE, now)
        after = after_look(held, EffectKind.CLOSE, TOKEN, a_trade(held, TradeState.ABSENT), now, 0.0)
        assert (after.state, after.next_due) == (S.CREATED, again + timedelta(seconds=60))

    def test_a_lost_lease_drops_the_answer(self) -> None:
        held = leased(a_pending(), EffectKind.QUERY, LATER)
        for state in TradeState:
            with pytest.raises(LeaseLost):
                after_look(held, EffectKind.QUERY, "another", a_trade(held, state), LATER, 0.0)
        with pytest.raises(LeaseLost):
            after_look(a_pending(), EffectKind.QUERY, TOKEN, a_trade(held), LATER, 0.0)

    @pytest.mark.parametrize("kind", [EffectKind.QUERY, EffectKind.CLOSE])
    @pytest.mark.parametrize("answer", [TradeState.PAID, TradeState.REFUNDED])
    def test_money_that_is_known_answers_the_question(self, kind: EffectKind, answer: TradeState) -> None:
        """Reconciliation asks about a payment that is paid already: once, not for ever."""
        paid = a_paid()
        asked = replace(paid, effects=with_effect(paid.effects, Effect(kind=kind, due_at=LATER)))
        held = leased(asked, kind, LATER)
        after = after_look(held, kind, TOKEN, a_trade(held, answer), LATER, 0.0)
        assert kinds(after) == kinds(paid)
        assert (after.state, after.parts, after.history) == (paid.state, paid.parts, paid.history)
