"""The effects by which a purpose frees what it held for a payment that will not be used, or takes back what was booked for nothing, on the payer's
word or when it was not paid elsewhere in time."""

from __future__ import annotations

from server.core.errors import OutsideRefusal
from server.core.ports import Clock
from server.effects.model import Effect
from server.payments.ledger import Decide
from server.payments.model import Payment
from server.payments.purpose import Purposes
from server.payments.rules.elsewhere import lapsed, taken_back
from server.payments.rules.giving_back import is_given_back, not_taken_back
from server.payments.rules.going_back import freed


class LapsingService:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def run(self, payment: Payment, effect: Effect) -> Decide:
        """LAPSE. The purpose's system is asked by the FREE that it leads to."""
        token, now = effect.lease or "", self._clock.now()
        return lambda current: lapsed(current, token, now)


class FreeingService:
    def __init__(self, purposes: Purposes, clock: Clock) -> None:
        self._purposes = purposes
        self._clock = clock

    async def run(self, payment: Payment, effect: Effect) -> Decide:
        """FREE. Raises OutsideError while the purpose's system does not answer."""
        token, gives_back = effect.lease or "", is_given_back(payment)
        try:
            await self._purposes[payment.purpose].on_closed(payment)
        except OutsideRefusal as refusal:
            if not gives_back:
                raise
            code, now = refusal.reason_code, self._clock.now()
            return lambda current: not_taken_back(current, token, code, now)
        now = self._clock.now()
        return lambda current: taken_back(current, token, now) if gives_back else freed(current, token, now)
