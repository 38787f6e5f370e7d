"""What the audit chain seals of a payment: its history, once people had a hand in it. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.core.history import AuditableEvent, auditable_events
from server.effects.model import EffectKind, held, without
from server.payments.model import Payment, bumped

PAYMENT = "payment"
"""The kind of these entries in the chain."""


def payment_events(payment: Payment, since: int = 0) -> tuple[AuditableEvent, ...]:
    """The lines of the payment's history from number ``since`` on."""
    return auditable_events(PAYMENT, payment.id, payment.history, since)


def history_sealed(payment: Payment, upto: int, token: str, now: datetime) -> Payment:
    """The first ``upto`` lines stand in the audit chain; lines that came meanwhile are sealed next."""
    seal = held(payment.effects, str(EffectKind.SEAL), token)
    rest = without(payment.effects, EffectKind.SEAL)
    if upto < len(payment.history):
        rest = (*rest, replace(seal, lease=None, tries=0, due_at=now))
    return bumped(payment, audited_lines=max(payment.audited_lines, upto), effects=rest)
