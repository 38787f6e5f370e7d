"""What becomes of a payment that two people take as somebody left it: what is withdrawn, what is owed again, what leaves. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest

from server.core.errors import NotAllowed
from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind
from server.payments.model import Payment
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.going_back import begin_return
from server.payments.rules.paying import request_close
from server.payments.rules.tampering import accepted, as_in_the_chain, leaves_fen
from tests.support.builders import a_paid, a_payment, a_pending
from tests.support.clock_and_ids import MORNING

NOW = MORNING + timedelta(hours=1)
ONE, OTHER = "staff:3001", "staff:3002"
K = EffectKind


def taken(payment: Payment) -> Payment:
    return accepted(replace(payment, tampered=True), OTHER, ONE, NOW)


def with_refund_of(origin: RefundOrigin, state: RefundState) -> Payment:
    """A paid payment with a refund that its history leads to, and nothing owed."""
    payment = begin_return(a_paid(), "refused_by_his", MORNING)
    refund = Refund(
        id=f"{payment.id}R01", amount_fen=payment.paid_fen, origin=origin, reason="other", state=state, at=MORNING,
        asked_by="staff:1001",
    )  # fmt: skip
    detail = MappingProxyType({"refund": refund.id, "amount_fen": str(refund.amount_fen)})
    asked = HistoryEvent(at=MORNING, what="refund_requested", by="staff:1001", detail=detail)
    lines = (*payment.history, asked) if origin is RefundOrigin.STAFF else payment.history
    return replace(payment, refunds=(refund,), effects=(), history=lines)


def kinds(payment: Payment) -> list[EffectKind]:
    return [effect.kind for effect in payment.effects if effect.kind is not K.SEAL]


def test_a_genuine_payment_and_one_s_own_proposal_are_refused_with_words() -> None:
    with pytest.raises(NotAllowed) as refused:
        accepted(a_paid(), OTHER, ONE, NOW)
    assert refused.value.user_message == "这笔支付没有被改动，不用确认。"
    with pytest.raises(NotAllowed) as refused:
        accepted(replace(a_paid(), tampered=True), ONE, ONE, NOW)
    assert refused.value.user_message == "不能复核自己提出的确认。"


def test_lines_of_the_chain_count_as_audited() -> None:
    payment = a_paid()
    line = HistoryEvent(at=NOW, what="viewed", by=ONE)
    mended = as_in_the_chain(replace(payment, audited_lines=9), (line,))
    assert (mended.history, mended.audited_lines) == ((line, *payment.history[1:]), 1)


@pytest.mark.parametrize(
    ("payment", "owes"),
    [
        (replace(a_payment(), effects=()), [K.QUERY]),
        (request_close(a_pending(), "expired", MORNING), [K.CLOSE]),
        (replace(a_paid(), effects=()), [K.BOOK]),
        (a_paid(), [K.BOOK]),
        (with_refund_of(RefundOrigin.AUTOMATIC, RefundState.APPROVED), [K.REFUND]),
        (with_refund_of(RefundOrigin.AUTOMATIC, RefundState.RELEASED), [K.REFUND]),
        (with_refund_of(RefundOrigin.STAFF, RefundState.APPROVED), [K.RELEASE]),
        (with_refund_of(RefundOrigin.STAFF, RefundState.RELEASED), [K.REFUND]),
        (with_refund_of(RefundOrigin.STAFF, RefundState.REQUESTED), [K.EXPIRE]),
        (with_refund_of(RefundOrigin.AUTOMATIC, RefundState.SUBMITTED), [K.QUERY_REFUND]),
        (with_refund_of(RefundOrigin.AUTOMATIC, RefundState.ABNORMAL), [K.QUERY_REFUND]),
        (with_refund_of(RefundOrigin.AUTOMATIC, RefundState.SUCCEEDED), []),
        (with_refund_of(RefundOrigin.AUTOMATIC, RefundState.CLOSED), []),
    ],
)
def test_what_its_state_owes_is_owed_once(payment: Payment, owes: list[EffectKind]) -> None:
    assert kinds(taken(payment)) == owes


def test_what_is_owed_already_is_left_as_it_is_and_another_s_debt_is_none_of_this_refund_s() -> None:
    payment = with_refund_of(RefundOrigin.AUTOMATIC, RefundState.SUBMITTED)
    refund_id = payment.refunds[0].id
    asks = Effect(kind=K.QUERY_REFUND, subject=refund_id, due_at=NOW + timedelta(hours=1))
    assert taken(replace(payment, effects=(asks,))).effects[0] == asks
    for other in (replace(asks, subject="R99"), Effect(kind=K.NOTIFY_HIS, subject=refund_id, due_at=NOW)):
        assert f"{K.QUERY_REFUND}:{refund_id}" in {e.key for e in taken(replace(payment, effects=(other,))).effects}


def test_a_refund_without_support_is_withdrawn_with_its_debts_and_leaves_nothing() -> None:
    payment = with_refund_of(RefundOrigin.STAFF, RefundState.RELEASED)
    forged = replace(payment, history=payment.history[:-1])
    sends = Effect(kind=K.REFUND, subject=payment.refunds[0].id, due_at=NOW)
    after = taken(replace(forged, effects=(sends,)))
    assert (after.refunds[0].state, after.refunds[0].finished_at) == (RefundState.WITHDRAWN, NOW)
    assert kinds(after) == []
    assert after.history[-1].detail["refund"] == payment.refunds[0].id
    assert (leaves_fen(forged), leaves_fen(payment)) == (0, payment.paid_fen)
    gone = with_refund_of(RefundOrigin.AUTOMATIC, RefundState.SUCCEEDED)
    assert leaves_fen(gone) == 0, "what has gone leaves no more"
