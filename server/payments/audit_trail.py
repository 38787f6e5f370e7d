"""The effect that puts a payment's history into the audit chain, and what `run.py audit verify` holds of payments against the chain."""

from __future__ import annotations

from server.audit.model import AuditEntry
from server.audit.service import AuditService
from server.audit.sources import Examination, line_problem
from server.core.ports import Clock
from server.effects.model import Effect
from server.payments.ledger import Decide
from server.payments.model import Payment
from server.payments.ports import PaymentStore
from server.payments.rules.audit_events import PAYMENT, history_sealed, payment_events
from server.payments.rules.replay import contradictions


class PaymentAudit:
    """Runs SEAL. A repeat finds its entries by their ids."""

    def __init__(self, audit: AuditService, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    async def run(self, payment: Payment, effect: Effect) -> Decide:
        """Raises NotSent when the end of the chain moved faster than it could be reached."""
        await self._audit.append(payment.hospital, payment_events(payment, payment.audited_lines))
        upto, token, now = len(payment.history), effect.lease or "", self._clock.now()
        return lambda current: history_sealed(current, upto, token, now)


class AuditedPayments:
    """The payments whose history the chain seals."""

    kinds = frozenset({PAYMENT})

    def __init__(self, payments: PaymentStore) -> None:
        self._payments = payments

    async def problem_of(self, entry: AuditEntry) -> str:
        """Why ``entry`` is of no line of a payment's history; empty when the line stands there unchanged. Raises Unreadable."""
        _, whose, _ = entry.source
        payment = await self._payments.get(entry.hospital, whose)
        return line_problem(entry, None if payment is None else payment.history)

    async def examine(self, examination: Examination) -> None:
        """Each payment of the hospital is what Zhenfu wrote, its history leads to its state, and its lines stand in the chain."""
        async for page in self._payments.pages():
            for payment in page:
                if payment.hospital == examination.hospital:
                    await self._examine(examination, payment)
            await examination.rest()

    async def _examine(self, examination: Examination, payment: Payment) -> None:
        if payment.tampered:
            examination.say(f"{payment.id} was changed in the database by somebody without the key")
        for contradiction in contradictions(payment):
            examination.say(f"{payment.id}: {contradiction}")
        if payment.audited or payment.audited_lines:
            await examination.all_in(payment_events(payment), payment.audited_lines)
