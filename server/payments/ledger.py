"""How payments change: the ledger of owed work, told what a payment is."""

from __future__ import annotations

from collections.abc import Callable

from server.effects.document import DocumentKind
from server.effects.ledger import Ledger
from server.effects.model import Effect
from server.payments.model import Payment, bumped
from server.payments.rules.alarms import alarms

Decide = Callable[[Payment], Payment]
Transitions = Ledger[Payment]


def _with_effects(payment: Payment, effects: tuple[Effect, ...]) -> Payment:
    return bumped(payment, effects=effects)


PAYMENTS: DocumentKind[Payment] = DocumentKind(
    name="payment", not_found="没有找到这笔支付。", with_effects=_with_effects, alarms=alarms
)
