"""The one way in which a payment changes: read, decide, one guarded write; a lost race means read again and decide again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from server.domain.alarms import alarms
from server.domain.errors import LostRace, NotFound, Tampered
from server.domain.payment import Payment
from server.ports import Alert, Clock, Stores

TAMPERED = "payment_tampered"
Decide = Callable[[Payment], Payment]
RACES_MAX = 10


class Transitions:
    """Applies pure decisions to stored payments. ``nudge`` is told of payments that owe something right now."""

    def __init__(self, stores: Stores, clock: Clock, nudge: Callable[[str, str], None]) -> None:
        self._stores = stores
        self._clock = clock
        self._nudge = nudge

    async def insert(self, payment: Payment) -> None:
        await self._stores.payments.insert(payment)
        self._wake(payment)

    async def apply(self, hospital: str, payment_id: str, decide: Decide) -> Payment:
        """The payment as it is stored after ``decide``, which may run several times and must be pure.

        A decision that returns its argument writes nothing. Raises what ``decide`` raises, NotFound, Tampered (and a person is
        alerted), StoreUnavailable, or LostRace after RACES_MAX rounds: then nothing may be acknowledged.
        """
        for _ in range(RACES_MAX):
            before = await self._stores.payments.get(hospital, payment_id)
            if before is None:
                raise NotFound("no such payment", person="没有找到这笔支付。")
            if before.tampered:
                await self._stores.alerts.raise_alert(tampered_alert(before, self._clock.now()))
                raise Tampered(payment_id)
            after = decide(before)
            if after is before:
                return before
            await self._raise_alarms(before, after)
            try:
                await self._stores.payments.save(before, after)
            except LostRace:
                continue
            self._wake(after)
            return after
        raise LostRace(f"{RACES_MAX} times")

    async def _raise_alarms(self, before: Payment, after: Payment) -> None:
        """Before the write: a crash in between may alarm for nothing, but never stays silent. Raising twice is once."""
        for kind, subject in alarms(before, after):
            alert = Alert(
                hospital=after.hospital,
                id=f"{after.id}:{kind}:{subject}",
                kind=kind,
                text=f"{after.id} {subject}",
                at=self._clock.now(),
            )
            await self._stores.alerts.raise_alert(alert)

    def _wake(self, payment: Payment) -> None:
        if payment.next_due is not None and payment.next_due <= self._clock.now():
            self._nudge(payment.hospital, payment.id)


def tampered_alert(payment: Payment, now: datetime) -> Alert:
    """Raised by whoever meets it, kept once."""
    return Alert(
        hospital=payment.hospital,
        id=f"{payment.id}:{TAMPERED}",
        kind=TAMPERED,
        text=f"{payment.id} was changed in the database by somebody without the key; nothing more is done with it",
        at=now,
    )
