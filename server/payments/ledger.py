"""How payments change: the ledger of owed work, told what a payment is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from server.effects.document import DocumentKind
from server.effects.ledger import Ledger
from server.effects.model import Effect
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.rules.alarms import alarms
from server.payments.rules.booking import booking_failed

Decide = Callable[[Payment], Payment]
Transitions = Ledger[Payment]


def _with_effects(payment: Payment, effects: tuple[Effect, ...], version: int) -> Payment:
    return replace(payment, effects=effects, version=version)


def payment_kind(hospitals: Mapping[str, Hospital]) -> DocumentKind[Payment]:
    """What the engine knows of a payment. ``hospitals`` say after which time a payer is told that the booking lasts."""

    def after_failure(payment: Payment, effects: tuple[Effect, ...], effect: Effect, now: datetime) -> Payment:
        told_after = hospitals[payment.hospital].his.capabilities.told_after
        return booking_failed(payment, effects, effect, now, told_after)

    return DocumentKind(
        name="payment",
        not_found="没有找到这笔支付。",
        with_effects=_with_effects,
        after_failure=after_failure,
        alarms=alarms,
    )
