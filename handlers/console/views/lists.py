"""Lists of payments and refunds: names and cards masked."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.base.display import clock_time, yuan
from server.core.actors import actor_of
from server.patients.model import mask_name
from server.payments.model import Payment
from server.payments.refund_model import REASONS, Refund
from server.payments.texts import REFUND_STATES
from server.refunds.rules.permissions import SECOND_REASONS
from server.staff.actor_texts import who


def refund_lines(pairs: Iterable[tuple[Payment, Refund]]) -> list[dict[str, str]]:
    return [
        {
            "url": f"/console/payments/{payment.id}#refunds",
            "number": refund.id,
            "tail": refund.id[-9:],
            "time": clock_time(refund.at),
            "patient": mask_name(payment.personal.patient_name),
            "amount": yuan(refund.asked_fen),
            "reason": REASONS.get(refund.reason, ""),
            "asked_by": who(actor_of(refund.asked_by)),
            "why": "、".join(SECOND_REASONS[key] for key in refund.approval_reasons if key in SECOND_REASONS),
            "state": REFUND_STATES[refund.state],
        }
        for payment, refund in pairs
    ]
