"""state × event → expected, for everything that happens between a tap on "pay" and the money."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from server.effects.model import EffectKind
from server.payments.model import Payment, PaymentState
from server.payments.part import PartState
from server.payments.refund_model import RefundOrigin, RefundState
from server.payments.rules.paying import MoneyDiffers, close_answered, closed, money_arrived, ordered, request_close
from server.payments.rules.starting import CONTINUE_MIN, can_continue
from server.payments.rules.trades import TradeState
from tests.support.builders import PAYMENT_ID, a_payment, a_pending, a_trade, with_first
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state, kinds

LATER = MORNING + timedelta(seconds=30)
S = PaymentState


EVENTS: dict[str, Callable[[Payment], Payment]] = {
    "order answered": lambda p: ordered(p, "prepay-2", LATER),
    "close confirmed": lambda p: closed(p, "closed_at_channel", LATER),
    "close wanted": lambda p: request_close(p, "another_attempt", LATER),
    "money": lambda p: money_arrived(p, a_trade(p), LATER, at_the_source=False),
}
SAME = object()
TABLE = [
    (S.CREATED, "order answered", S.PENDING),
    (S.PENDING, "order answered", S.PENDING),
    (S.PAID, "order answered", SAME),
    (S.BOOKED, "order answered", SAME),
    (S.CLOSED, "order answered", SAME),
    (S.RETURNING, "order answered", SAME),
    (S.RETURNED, "order answered", SAME),
    (S.CREATED, "close confirmed", S.CLOSED),
    (S.PENDING, "close confirmed", S.CLOSED),
    (S.PAID, "close confirmed", SAME),
    (S.BOOKED, "close confirmed", SAME),
    (S.CLOSED, "close confirmed", SAME),
    (S.RETURNING, "close confirmed", SAME),
    (S.RETURNED, "close confirmed", SAME),
    (S.CREATED, "close wanted", S.CREATED),
    (S.PENDING, "close wanted", S.PENDING),
    (S.PAID, "close wanted", SAME),
    (S.BOOKED, "close wanted", SAME),
    (S.CLOSED, "close wanted", SAME),
    (S.RETURNING, "close wanted", SAME),
    (S.RETURNED, "close wanted", SAME),
    (S.CREATED, "money", S.PAID),
    (S.PENDING, "money", S.PAID),
    (S.PAID, "money", SAME),
    (S.BOOKED, "money", SAME),
    (S.CLOSED, "money", S.RETURNING),
    (S.RETURNING, "money", SAME),
    (S.RETURNED, "money", SAME),
]


@pytest.mark.parametrize(("state", "event", "expected"), TABLE)
def test_every_state_meets_every_event(state: PaymentState, event: str, expected: object) -> None:
    before = in_state(state)
    after = EVENTS[event](before)
    if expected is SAME:
        assert after is before
        return
    assert after.state is expected
    assert after.version == before.version + 1
    assert after.history[: len(before.history)] == before.history
    assert len(after.history) == len(before.history) + 1 + (after.state is S.RETURNING and before.state is not S.CLOSED)
    assert before == in_state(state), "a transition may not touch its argument"
    assert EVENTS[event](after) is after, "a repeat changes nothing"


def test_the_table_is_whole() -> None:
    assert {(state, event) for state, event, _ in TABLE} == {(state, event) for state in S for event in EVENTS}


class TestStart:
    def test_claims_its_bills_and_owes_a_look(self) -> None:
        payment = a_payment()
        assert payment.claims == ("bill:B1",)
        assert kinds(payment) == {EffectKind.QUERY}
        assert payment.version == 1
        assert payment.paid_fen == 0
        assert [line.what for line in payment.history] == ["created"]

    def test_nothing_to_pay_goes_to_the_his_without_a_channel(self) -> None:
        payment = a_payment(amount_fen=0)
        assert payment.state is S.PAID
        assert payment.parts[0].request.channel == payment.parts[0].channel == "none"
        assert payment.parts[0].state is PartState.PAID
        assert kinds(payment) == {EffectKind.BOOK}
        assert payment.paid_at == MORNING
        assert payment.claims == ("bill:B1",)

    def test_money_for_a_free_payment_is_nobodys(self) -> None:
        free = a_payment(amount_fen=0)
        with pytest.raises(MoneyDiffers):
            money_arrived(free, a_trade(free, app_id="x"), LATER, at_the_source=False)


class TestMoney:
    def test_overtakes_the_orders_answer(self) -> None:
        paid = money_arrived(a_payment(), a_trade(a_payment()), LATER, at_the_source=False)
        assert paid.state is S.PAID
        assert ordered(paid, "prepay-late", LATER) is paid
        assert kinds(paid) == {EffectKind.BOOK}
        assert paid.paid_fen == 1234
        assert paid.claims == ("bill:B1",)

    def test_after_the_close_goes_back_and_is_never_paid(self) -> None:
        back = money_arrived(in_state(S.CLOSED), a_trade(a_pending()), LATER, at_the_source=False)
        assert back.state is S.RETURNING
        assert back.return_reason == "paid_after_close"
        assert back.claims == ()
        assert [(r.id, r.amount_fen, r.state, r.origin) for r in back.refunds] == [
            (f"{PAYMENT_ID}R01", 1234, RefundState.APPROVED, RefundOrigin.AUTOMATIC)
        ]
        assert EffectKind.REFUND in kinds(back)
        assert EffectKind.BOOK not in kinds(back)
        assert "paid" not in [line.what for line in back.history]

    def test_a_late_close_answer_after_the_money_changes_nothing(self) -> None:
        paid = in_state(S.PAID)
        assert close_answered(paid, a_trade(paid, TradeState.CLOSED), LATER) is paid

    def test_wakes_nobody_for_the_close_any_more(self) -> None:
        closing = request_close(a_pending(), "another_attempt", MORNING)
        assert kinds(money_arrived(closing, a_trade(closing), LATER, at_the_source=False)) == {EffectKind.BOOK}

    @pytest.mark.parametrize("state", [S.CREATED, S.PENDING, S.CLOSED])
    @pytest.mark.parametrize(
        ("field", "value"),
        [("amount_fen", 1233), ("app_id", "wxother"), ("merchant_id", "1"), ("currency", "USD"), ("out_trade_no", "X")],
    )
    def test_that_differs_in_a_notification_is_refused(self, state: PaymentState, field: str, value: object) -> None:
        payment = in_state(state)
        trade = replace(a_trade(payment), **{field: value})
        with pytest.raises(MoneyDiffers, match=field):
            money_arrived(payment, trade, LATER, at_the_source=False)

    @pytest.mark.parametrize("state", [S.CREATED, S.PENDING, S.CLOSED])
    @pytest.mark.parametrize("amount_fen", [1, 1233, 1235, 999_999])
    def test_of_a_wrong_amount_at_the_source_goes_back_whole(self, state: PaymentState, amount_fen: int) -> None:
        payment = in_state(state)
        back = money_arrived(payment, a_trade(payment, amount_fen=amount_fen), LATER, at_the_source=True)
        assert back.state is S.RETURNING
        assert back.paid_fen == back.refunding_fen == amount_fen
        assert back.claims == ()
        assert EffectKind.BOOK not in kinds(back)

    @pytest.mark.parametrize(("field", "value"), [("app_id", "wxother"), ("merchant_id", "1"), ("currency", "USD")])
    @pytest.mark.parametrize("amount_fen", [1234, 1])
    def test_of_another_account_is_not_moved_even_at_the_source(
        self, field: str, value: object, amount_fen: int
    ) -> None:
        payment = a_pending()
        trade = replace(a_trade(payment, amount_fen=amount_fen), **{field: value})
        with pytest.raises(MoneyDiffers):
            money_arrived(payment, trade, LATER, at_the_source=True)

    @pytest.mark.parametrize("state", [S.PAID, S.BOOKED, S.RETURNING, S.RETURNED])
    def test_of_a_second_transaction_is_not_swallowed(self, state: PaymentState) -> None:
        payment = in_state(state)
        with pytest.raises(MoneyDiffers, match="second transaction"):
            money_arrived(payment, a_trade(payment, transaction_id="another"), LATER, at_the_source=False)

    @pytest.mark.parametrize("amount_fen", [1234, 1235])
    def test_refunded_at_the_channel_before_we_knew_does_not_book(self, amount_fen: int) -> None:
        """Else it stays pending for ever: found by seed 2058 of the simulation."""
        payment = a_pending()
        trade = a_trade(payment, TradeState.REFUNDED, amount_fen=amount_fen)
        with pytest.raises(MoneyDiffers):
            money_arrived(payment, trade, LATER, at_the_source=False)
        after = money_arrived(payment, trade, LATER, at_the_source=True)
        assert (after.state, after.paid_fen, after.claims) == (S.RETURNING, amount_fen, ())
        assert "book" not in {effect.key for effect in after.effects}

    def test_a_refunded_trade_of_known_money_is_no_news(self) -> None:
        payment = in_state(S.BOOKED)
        assert money_arrived(payment, a_trade(payment, TradeState.REFUNDED), LATER, at_the_source=True) is payment


class TestContinue:
    @pytest.mark.parametrize(
        ("field", "value"),
        [("channel", "alipay"), ("method", "native"), ("app_id", "wxother"), ("merchant_id", "1"), ("amount_fen", 1233),
         ("currency", "USD"), ("description", "别的")],
    )  # fmt: skip
    def test_only_what_is_equal_in_everything(self, field: str, value: object) -> None:
        live = a_pending()
        assert can_continue(live, a_payment(LATER), LATER)
        assert not can_continue(live, with_first(live, request=replace(live.parts[0].request, **{field: value})), LATER)

    def test_only_the_same_payer_and_the_same_bills(self) -> None:
        live = a_pending()
        stranger = replace(live.parts[0].request, payer=replace(live.payer, subject="another"))
        assert not can_continue(live, with_first(live, request=stranger), LATER)
        assert not can_continue(live, replace(live, claims=("bill:B1", "bill:B2")), LATER)

    @pytest.mark.parametrize("phone", ["", "13900000009"])
    def test_only_with_the_number_that_is_chosen_now(self, phone: str) -> None:
        """Who corrects a number, or wants no SMS after all, is not told at the first one."""
        live = a_pending()
        wanted = replace(live, personal=replace(live.personal, phone=phone))
        assert live.personal.phone != phone
        assert not can_continue(live, wanted, LATER)

    @pytest.mark.parametrize("state", [s for s in S if s not in {S.CREATED, S.PENDING}])
    def test_only_one_that_waits(self, state: PaymentState) -> None:
        assert not can_continue(in_state(state), in_state(state), LATER)

    def test_not_one_that_is_being_closed(self) -> None:
        assert not can_continue(request_close(a_pending(), "x", MORNING), a_pending(), LATER)

    def test_not_one_that_ends_under_the_finger(self) -> None:
        live = a_pending()
        last = live.parts[0].request.expires_at - CONTINUE_MIN
        assert can_continue(live, live, last)
        assert not can_continue(live, live, last + timedelta(microseconds=1))
