"""The effect by which a purpose frees what it held for a payment that will not be used."""

from __future__ import annotations

from server.core.ports import Clock
from server.effects.model import Effect
from server.payments.ledger import Decide
from server.payments.model import Payment
from server.payments.purpose import Purposes
from server.payments.rules.going_back import freed


class FreeingService:
    def __init__(self, purposes: Purposes, clock: Clock) -> None:
        self._purposes = purposes
        self._clock = clock

    async def run(self, payment: Payment, effect: Effect) -> Decide:
        """FREE. Raises OutsideError while the purpose's system does not answer."""
        await self._purposes[payment.purpose].on_closed(payment)
        token, now = effect.lease or "", self._clock.now()
        return lambda current: freed(current, token, now)
