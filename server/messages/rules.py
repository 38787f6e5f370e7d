"""Which messages still tell the truth when they are about to be sent. What has come of a payment since a message came to be owed is
in the payment itself, so this is read off the document alone.
"""

from __future__ import annotations

from datetime import datetime

from server.effects.model import Effect, held, with_effect
from server.payments.model import Payment, PaymentState, changed
from server.payments.refund_model import SHARE_FREE, Refund, RefundOrigin, RefundState
from server.payments.rules.changed_bookings import newest_change
from server.payments.rules.elsewhere import is_due_elsewhere
from server.payments.rules.giving_back import is_given_back
from server.payments.rules.refund_shares import back_fen, elsewhere_fen
from server.payments.rules.telling import (
    BOOKING_CHANGED,
    PAYMENT_BOOKED,
    PAYMENT_ELSEWHERE,
    PAYMENT_LATE,
    PAYMENT_RETURNED,
    PAYMENT_RETURNING,
    REFUND_ACCEPTED,
    without_message,
)
from server.payments.rules.topics import Topic

ON_ITS_WAY = frozenset({RefundState.RELEASED, RefundState.SUBMITTED, RefundState.ABNORMAL})
"""The HIS has written it off, and the money has not arrived."""


def still_true(payment: Payment, subject: str) -> bool:
    """Would the payer who reads ``subject`` now be told the truth? What once has arrived has arrived: such messages stay true."""
    topic = Topic.of(subject)
    purpose = topic.purpose
    if purpose == PAYMENT_BOOKED:
        return _is_booked(payment)
    if purpose == PAYMENT_ELSEWHERE:
        return is_due_elsewhere(payment)
    if purpose == BOOKING_CHANGED:
        given_back = not payment.claims or is_given_back(payment)
        return _is_booked(payment) and not given_back and topic.refund == newest_change(payment)
    if purpose == PAYMENT_LATE:
        return payment.state is PaymentState.PAID and back_fen(payment) < payment.paid_fen
    if purpose == PAYMENT_RETURNING:
        return payment.state is PaymentState.RETURNING
    if purpose == REFUND_ACCEPTED:
        return any(
            _is_on_its_way(payment, refund) for refund in written_off_together(payment, f"{payment.id}{topic.refund}")
        )
    return True


def overtaken(payment: Payment, key: str, token: str, now: datetime) -> Payment:
    """The message that ``token`` holds is dropped, since it is not true any more. What has come of it is told by a later message that
    is owed already; where people have refunded all of it in the merchant console there is none, so that one comes to be owed here.
    """
    message = held(payment.effects, key, token)
    effects = without_message(payment.effects, message, now)
    if message.subject == PAYMENT_BOOKED and _returned_in_console(payment):
        effects = with_effect(effects, Effect(kind=message.kind, subject=PAYMENT_RETURNED, due_at=now))
    detail = {"about": message.subject}
    return changed(payment, f"{message.kind}_overtaken", at=now, detail=detail, effects=effects)


def written_off_together(payment: Payment, refund_id: str) -> list[Refund]:
    """The refund of this number, and those under which its money goes instead: the HIS wrote all of them off under the one number."""
    return [refund for refund in payment.refunds if (refund.written_off_as or refund.id) == refund_id]


def _is_booked(payment: Payment) -> bool:
    """Does the HIS hold it, or a part of it?"""
    return payment.state is PaymentState.BOOKED and (not payment.paid_fen or _not_held_fen(payment) < payment.paid_fen)


def _is_on_its_way(payment: Payment, refund: Refund) -> bool:
    if not refund.covered_by:
        return refund.state in ON_ITS_WAY
    covering = payment.refund(refund.covered_by)
    return covering is None or covering.state is not RefundState.SUCCEEDED


def _not_held_fen(payment: Payment) -> int:
    """How much of a booked payment the HIS no longer holds as paid, or will not once it hears of it."""
    by_refunds_fen = sum(_not_held_fen_by(refund) for refund in payment.refunds if refund.state not in SHARE_FREE)
    return by_refunds_fen + elsewhere_fen(payment)


def _not_held_fen_by(refund: Refund) -> int:
    if refund.origin is RefundOrigin.MERCHANT_CONSOLE:
        return refund.amount_fen if refund.state is RefundState.SUCCEEDED else refund.covered_fen
    return refund.amount_fen if refund.state in {*ON_ITS_WAY, RefundState.SUCCEEDED} else 0


def _returned_in_console(payment: Payment) -> bool:
    """All of it is back, and of some of it no refund of ours tells."""
    console = (refund for refund in payment.refunds if refund.origin is RefundOrigin.MERCHANT_CONSOLE)
    untold = any(refund.state is RefundState.SUCCEEDED and refund.covered_fen < refund.amount_fen for refund in console)
    return (untold or elsewhere_fen(payment) > 0) and back_fen(payment) >= payment.paid_fen
