"""退回: what a decision SEND_BACK does. Money of ours that the HIS does not have goes back to its payer; about anything else it is a record.

The money is the payment's affair: two people of finance have decided, so the payment returns what is left of it, once, by its ordinary work.
"""

from __future__ import annotations

from server.core.ports import Clock
from server.payments.ledger import Transitions
from server.payments.model import Payment
from server.payments.rules.ending_rest import sent_back
from server.payments.rules.ending_sides import his_word
from server.payments.rules.refund_shares import left_fen
from server.payments.sides import SidesNow
from server.reconciliation.day_model import Disposition, ReconciliationDay
from server.reconciliation.model import Category, Discrepancy, RowKind

LEFT_WITH_US = frozenset({Category.MISSING_IN_HIS, Category.MISSING_HERE})
"""The channel has the payer's money, and nobody has booked it."""
NOBODY = "nobody yet"


class SendingBack:
    def __init__(self, transitions: Transitions, sides: SidesNow, clock: Clock) -> None:
        self._transitions = transitions
        self._sides = sides
        self._clock = clock

    async def payment(self, hospital: str, number: str) -> Payment | None:
        return await self._transitions.documents.get(hospital, number)

    async def would_send(self, day: ReconciliationDay, found: Discrepancy, by: str) -> Payment | None:
        """The payment whose money a decision of ``by`` would send back; None where it would be a record only: no payment of ours, or the HIS
        has it, so its people correct their list. Raises NotAllowed with words where nobody can say yet.
        """
        number = found.rows[0].payment_number
        if not found.ours or found.category not in LEFT_WITH_US or found.rows[0].kind is not RowKind.PAYMENT:
            return None
        payment = await self.payment(day.hospital, number)
        if payment is None:
            return None
        sides = await self._sides.of(payment)
        if his_word(sides) is not None:
            return None
        sent_back(payment, by, NOBODY, case_of(day, found.id), sides, self._clock.now())
        return payment

    async def send(self, day: ReconciliationDay, decided: Disposition, second: str) -> None:
        """What ``decided`` says is done by its payment; nothing more where it has been done. The sides are asked anew. Raises NotAllowed."""
        payment = await self.payment(day.hospital, decided.sends)
        if payment is None:
            return
        sides, now, case = await self._sides.of(payment), self._clock.now(), case_of(day, decided.discrepancy)
        await self._transitions.apply(
            day.hospital, payment.id, lambda current: sent_back(current, decided.by, second, case, sides, now)
        )


def case_of(day: ReconciliationDay, discrepancy: str) -> str:
    """How the payment's history names the difference."""
    return f"{day.id} {discrepancy}"


def sent_fen(payment: Payment) -> int:
    """What would go back now."""
    return max(0, left_fen(payment))
