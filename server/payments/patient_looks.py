"""When a patient opens a payment with money in it, the channel is asked for refunds that nobody announced: as work that is owed, so that
the page waits for nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from datetime import datetime, timedelta

from server.core.errors import LostRace, OutsideError
from server.core.newest import put_newest
from server.core.ports import Clock, ShortLivedStore
from server.effects.model import Effect
from server.payments.ledger import Decide, Transitions
from server.payments.model import Payment
from server.payments.refund_looks import RefundLooks
from server.payments.rules.refund_looks import look_owed, looked, worth_a_look

NOT_AGAIN_FOR = timedelta(minutes=5)
ASKED_AGAIN_AFTER = timedelta(seconds=30)
"""Where another process took the look, or this one before it began anew: it may be nearly over, so the store is asked again soon."""
REMEMBERED_MAX = 1024
_ASKED = "patient_look"


class PatientLooks:
    def __init__(
        self, short_lived: ShortLivedStore, transitions: Transitions, looks: RefundLooks, clock: Clock
    ) -> None:
        self._short_lived = short_lived
        self._transitions = transitions
        self._looks = looks
        self._clock = clock
        self._until: OrderedDict[str, datetime] = OrderedDict()
        """By payment: until then this process does not ask whether the look is free, so that an open page, which asks every other second, has
        no question to the store."""

    async def opened(self, payment: Payment) -> Payment:
        """Somebody has opened it: a look is owed, at most once in NOT_AGAIN_FOR. Raises StoreUnavailable."""
        now = self._clock.now()
        if not worth_a_look(payment, now) or self._until.get(payment.id, now) > now:
            return payment
        is_taken = await self._short_lived.put_once(_ASKED, payment.id, "", now, now + NOT_AGAIN_FOR)
        put_newest(self._until, payment.id, now + (NOT_AGAIN_FOR if is_taken else ASKED_AGAIN_AFTER), REMEMBERED_MAX)
        if not is_taken:
            return payment
        try:
            return await self._transitions.apply(payment.hospital, payment.id, lambda current: look_owed(current, now))
        except LostRace:
            return payment

    async def run(self, payment: Payment, effect: Effect) -> Decide:
        """REFUND_LOOK, once: a channel that does not answer is asked by the timetable (`refund_rounds`)."""
        with suppress(OutsideError, LostRace):
            await self._looks.look(payment)
        token = effect.lease or ""
        return lambda current: looked(current, token)
