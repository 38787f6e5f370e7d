"""A payment that was changed in the database, as it was found, beside what the audit chain says of it."""

from __future__ import annotations

from handlers.base.display import clock_time, yuan
from handlers.console.views.actors import by_whom
from server.console.tampered import PROPOSES, Review
from server.patients.model import mask_name
from server.payments.refund_model import short_number
from server.payments.texts import REFUND_STATES, payment_state
from server.staff.model import Staff

Facts = list[dict[str, str]]


def review_page(review: Review, actor: Staff, words: str) -> dict[str, object]:
    """``words`` stand in the form."""
    payment, waiting = review.stored, review.waiting
    refunds = [
        {
            "label": f"退费 {short_number(refund.id)}",
            "value": f"{yuan(refund.amount_fen)} {REFUND_STATES[refund.state]}",
        }
        for refund in payment.refunds
    ]
    return {
        "number": payment.id,
        "own_url": f"/console/payments/{payment.id}",
        "url": f"/console/payments/{payment.id}/accept",
        "seen": review.seen,
        "found": [
            {"label": "状态", "value": payment_state(payment)},
            {"label": "就诊人", "value": mask_name(payment.personal.patient_name)},
            {"label": "应付", "value": yuan(payment.amount_fen)},
            {"label": "已收", "value": yuan(payment.paid_fen)},
            {"label": "已退", "value": yuan(payment.refunded_fen)},
            *refunds,
        ],
        "lines_changed": str(review.lines_changed) if review.lines_changed else "",
        "differs": review.differs,
        "withdrawn": "、".join(short_number(number) for number in review.withdrawn),
        "typed": words,
        "proposes": waiting is None and actor.role in PROPOSES,
        "waiting": _waiting(review),
        "agrees": waiting is not None and waiting.by != actor.as_actor and waiting.seen == review.seen,
        "changed_again": waiting is not None and waiting.seen != review.seen,
    }


def _waiting(review: Review) -> Facts:
    waiting = review.waiting
    if waiting is None:
        return []
    return [
        {"label": "提出", "value": f"{by_whom(waiting.by)}，{clock_time(waiting.at)}"},
        {"label": "说明", "value": waiting.words},
    ]
