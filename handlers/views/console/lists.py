"""Lists of payments and refunds: names and cards masked."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.display import clock_time, yuan
from server.domain.actors import actor_of
from server.domain.payment import Payment
from server.domain.people import mask_name
from server.domain.refund import REASONS, Refund
from server.domain.refund_rules import SECOND_REASONS
from server.domain.state_names import REFUND_STATES
from server.services.actor_words import who


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
