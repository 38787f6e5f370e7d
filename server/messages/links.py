"""The link that an SMS carries: it opens the payment in the app in which it was begun. Made at most once for each message."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from server.core.errors import OutsideError
from server.core.ports import Clock, ShortLivedStore
from server.patients.ports import MiniProgram
from server.payments.hospital import Hospital
from server.payments.model import Payment

log = logging.getLogger("zhenfu.links")
GOOD_FOR_DAYS = 30
MADE_WITHIN_S = 3.0
"""Much less than an effect may take: the message itself comes after it."""
_KIND = "message_link"


class PaymentLinks:
    """It holds the payment's number and nothing else; the page shows it to the person it belongs to only."""

    def __init__(self, short_lived: ShortLivedStore, clock: Clock) -> None:
        self._short_lived = short_lived
        self._clock = clock

    async def made(self, hospital: Hospital, payment: Payment, message: str) -> str:
        """The link of this message, the same one at every try; empty where there is none.

        The message is marked before its link is asked for. Whoever dies in between, or is told no, sends it without one.
        """
        app = hospital.mini_program_of(payment.payer)
        if app is None:
            return ""
        now, key = self._clock.now(), f"{hospital.id}:{message}"
        until = now + timedelta(days=GOOD_FOR_DAYS)
        if not await self._short_lived.put_once(_KIND, key, "", now, until):
            return await self._short_lived.get(_KIND, key, now) or ""
        link = await self._asked(app, payment)
        return link if link and await self._short_lived.swap(_KIND, key, "", link, until) else ""

    async def _asked(self, app: MiniProgram, payment: Payment) -> str:
        try:
            async with asyncio.timeout(MADE_WITHIN_S):
                return await app.payment_link(payment.id, GOOD_FOR_DAYS)
        except (OutsideError, TimeoutError) as error:
            log.warning("no link payment=%s why=%s", payment.id, type(error).__name__)
            return ""
