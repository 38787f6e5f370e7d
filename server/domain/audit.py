"""The audit chain: what people did, born as history of payments and staff, sealed so that no line can be changed, lost or moved."""

from __future__ import annotations

from dataclasses import replace

from server.domain.effects import EffectKind, held, without
from server.domain.payment import Payment, bumped


def history_sealed(payment: Payment, upto: int, token: str) -> Payment:
    """The first ``upto`` lines stand in the audit chain; lines that came meanwhile are sealed next."""
    seal = held(payment.effects, str(EffectKind.SEAL), token)
    rest = without(payment.effects, EffectKind.SEAL)
    if upto < len(payment.history):
        rest = (*rest, replace(seal, lease=None, tries=0))
    return bumped(payment, sealed=max(payment.sealed, upto), effects=rest)
