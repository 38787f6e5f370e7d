"""Lists of payments and refunds: names and cards masked."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.display import clock_time, yuan
from handlers.views.console.words import REFUND_STATES, payment_state
from handlers.views.payments import departments
from server.domain.actors import actor_of
from server.domain.payment import Payment
from server.domain.people import mask_card, mask_name
from server.domain.refund import REASONS, Refund
from server.domain.refund_rules import SECOND_REASONS
from server.services.actor_words import who


def payment_lines(payments: Iterable[Payment]) -> list[dict[str, str]]:
    return [
        {
            "url": f"/console/payments/{payment.id}",
            "number": payment.id,
            "tail": payment.id[-6:],
            "time": clock_time(payment.paid_at or payment.created_at),
            "patient": mask_name(payment.personal.patient_name),
            "card": mask_card(payment.personal.card_no),
            "departments": departments(payment),
            "amount": yuan(payment.paid_fen or payment.amount_fen),
            "state": payment_state(payment),
            "back": _back(payment),
        }
        for payment in payments
    ]


def _back(payment: Payment) -> str:
    running_fen = payment.refunding_fen - payment.refunded_fen
    gone = f"已退 {yuan(payment.refunded_fen)}" if payment.refunded_fen else ""
    running = f"退费中 {yuan(running_fen)}" if running_fen else ""
    return "，".join(text for text in (gone, running) if text)


def refund_lines(pairs: Iterable[tuple[Payment, Refund]]) -> list[dict[str, str]]:
    return [
        {
            "url": f"/console/payments/{payment.id}#refunds",
            "number": refund.id,
            "tail": refund.id[-9:],
            "time": clock_time(refund.at),
            "patient": mask_name(payment.personal.patient_name),
            "amount": yuan(refund.amount_fen),
            "reason": REASONS.get(refund.reason, ""),
            "asked_by": who(actor_of(refund.asked_by)),
            "why": "、".join(SECOND_REASONS[key] for key in refund.second if key in SECOND_REASONS),
            "state": REFUND_STATES[refund.state],
        }
        for payment, refund in pairs
    ]
