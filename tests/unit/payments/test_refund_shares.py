"""How much of a payment is given back or spoken for, to the fen, and what staff read when nothing more can go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import NotAllowed
from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.refund_shares import (
    back_fen,
    elsewhere_fen,
    heard_part,
    heard_refunds,
    left_fen,
    must_be_refundable,
    open_refund,
    refundable_fen,
    surely_taken_fen,
    taken_fen,
    unseen,
)
from server.payments.rules.refunded_elsewhere import sum_told, unseen_refund
from server.payments.rules.told_sums import REFUND_HEARD
from tests.support.builders import with_first
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state

S = RefundState


def a_refund(
    amount_fen: int, state: RefundState, number: str = "R01", origin: RefundOrigin = RefundOrigin.STAFF
) -> Refund:
    return Refund(
        id=in_state(PaymentState.BOOKED).id + number,
        amount_fen=amount_fen,
        origin=origin,
        reason="not_done",
        state=state,
        at=MORNING,
    )


def booked(*refunds: Refund, told_fen: int = 0) -> Payment:
    """1234 fen, taken over by the HIS."""
    return with_first(replace(in_state(PaymentState.BOOKED), refunds=refunds), told_refunded_fen=told_fen)


def refused(payment: Payment, amount_fen: int) -> str:
    with pytest.raises(NotAllowed) as raised:
        must_be_refundable(payment, amount_fen)
    return raised.value.user_message


class TestTaken:
    @pytest.mark.parametrize("state", list(S))
    def test_is_what_the_channel_accepted_or_paid(self, state: RefundState) -> None:
        counts = state in {S.SUBMITTED, S.ABNORMAL, S.SUCCEEDED}
        assert taken_fen(booked(a_refund(200, state))) == (200 if counts else 0)


class TestElsewhere:
    @pytest.mark.parametrize(("told_fen", "fen"), [(0, 0), (200, 0), (201, 1), (1234, 1034), (5000, 1034)])
    def test_is_what_is_told_beyond_the_known_and_never_more_than_was_paid(self, told_fen: int, fen: int) -> None:
        payment = booked(a_refund(200, S.SUCCEEDED), told_fen=told_fen)
        assert elsewhere_fen(payment) == fen
        assert back_fen(payment) == 200 + fen
        assert left_fen(payment) == 1034 - fen

    def test_is_unseen_only_while_no_refund_could_be_it(self) -> None:
        payment = with_first(booked(), refunded_unseen=True)
        assert unseen(payment)
        assert not unseen(replace(payment, refunds=(a_refund(1, S.SUBMITTED),)))
        assert unseen(replace(payment, refunds=(a_refund(1, S.APPROVED),)))
        assert not unseen(booked())


class TestSettledElsewhere:
    """Finance has settled 200 fen another way: the channel never had that refund, so it explains nothing that the channel tells."""

    settled = a_refund(200, S.SUCCEEDED, "S01", RefundOrigin.ELSEWHERE)

    def test_is_not_what_the_channel_took(self) -> None:
        assert taken_fen(booked(self.settled)) == surely_taken_fen(booked(self.settled), booked().parts[0]) == 0

    def test_counts_beside_what_the_channel_tells(self) -> None:
        payment = booked(self.settled, told_fen=300)
        assert elsewhere_fen(payment) == 300
        assert back_fen(payment) == 500
        assert left_fen(payment) == 734

    def test_leaves_a_refund_of_an_unknown_amount_unexplained(self) -> None:
        payment = with_first(booked(self.settled), refunded_unseen=True)
        assert unseen(payment)
        assert refundable_fen(payment) == 0

    def test_does_not_hide_that_a_refund_of_an_unknown_amount_is_told_later(self) -> None:
        assert unseen_refund(booked(self.settled), (), MORNING).parts[0].refunded_unseen

    def test_does_not_hide_that_as_much_is_told_later(self) -> None:
        assert sum_told(booked(self.settled), 200, MORNING).parts[0].told_refunded_fen == 200


class TestHeardRefunds:
    def test_are_those_that_are_looked_for_and_not_known(self) -> None:
        known = a_refund(1, S.SUBMITTED)
        looks = [Effect(kind=EffectKind.QUERY_REFUND, subject=name, due_at=MORNING) for name in (known.id, "other")]
        tells = Effect(kind=EffectKind.MESSAGE, subject="payment_booked", due_at=MORNING)
        assert heard_refunds(replace(booked(known), effects=(*looks, tells))) == ("other",)


class TestOneMore:
    def test_takes_all_that_is_left_and_owes_its_submission(self) -> None:
        after = open_refund(
            booked(a_refund(200, S.APPROVED)),
            booked(a_refund(200, S.APPROVED)).parts[0],
            1034,
            RefundOrigin.AUTOMATIC,
            "duplicate",
            MORNING,
        )
        new = after.refunds[-1]
        assert (new.id, new.amount_fen, new.state, new.reason) == (f"{after.id}R02", 1034, S.APPROVED, "duplicate")
        owed = [effect for effect in after.effects if effect.kind is EffectKind.REFUND]
        assert [(effect.subject, effect.due_at) for effect in owed] == [(new.id, MORNING)]
        assert left_fen(after) == 0

    @pytest.mark.parametrize("amount_fen", [-1, 0, 1035])
    def test_is_more_than_nothing_and_no_more_than_is_left(self, amount_fen: int) -> None:
        with pytest.raises(NotAllowed) as raised:
            open_refund(
                booked(a_refund(200, S.APPROVED)),
                booked(a_refund(200, S.APPROVED)).parts[0],
                amount_fen,
                RefundOrigin.STAFF,
                "other",
                MORNING,
            )
        assert raised.value.user_message == "退费金额超过可退金额。"

    def test_may_be_of_one_fen(self) -> None:
        assert left_fen(open_refund(booked(), booked().parts[0], 1, RefundOrigin.STAFF, "other", MORNING)) == 1233


class TestRefundable:
    def test_is_what_is_left_of_booked_money_only(self) -> None:
        assert refundable_fen(booked(a_refund(200, S.SUCCEEDED))) == 1034
        assert refundable_fen(in_state(PaymentState.PAID)) == 0
        assert refundable_fen(with_first(booked(), refunded_unseen=True)) == 0

    def test_every_no_has_its_words(self) -> None:
        left = booked(a_refund(200, S.SUCCEEDED))
        assert refused(in_state(PaymentState.PAID), 1) == "这笔支付没有入账，不能人工退费。"
        unseen_words = "渠道显示这笔支付已在别处退过款，金额待财务核对，暂时不能退费。"
        assert refused(with_first(booked(), refunded_unseen=True), 1) == unseen_words
        assert refused(booked(a_refund(1234, S.SUCCEEDED)), 1) == "这笔支付已经没有可退的金额。"
        assert refused(left, 0) == "退费金额要大于 0 元，最多可退 10.34元。"
        assert refused(left, 1035) == "退费金额超过可退金额，最多可退 10.34元。"

    def test_reaches_from_one_fen_to_the_last(self) -> None:
        for amount_fen in (1, 1034):
            must_be_refundable(booked(a_refund(200, S.SUCCEEDED)), amount_fen)


def test_a_refund_that_was_heard_of_is_of_the_part_that_its_own_line_names() -> None:
    payment = in_state(PaymentState.BOOKED)
    cash = payment.parts[0]
    second = replace(cash, kind="account", order_no="ZF2")
    heard = tuple(
        HistoryEvent(at=MORNING, what=REFUND_HEARD, detail=detail)
        for detail in ({"refund": "C1"}, {"refund": "C2", "order": "ZF2"})
    )
    both = replace(payment, parts=(cash, second), history=(*payment.history, *heard))
    assert [heard_part(both, number).kind for number in ("C1", "C2", "unknown")] == [cash.kind, "account", cash.kind]
