"""实时单边: alarms finance of money that has stood on one side for longer than the hospital's limit, once, and ends the alarm when it has settled.

What stands on one side owes something, so only payments that owe work are looked at. Finance is told by the rounds of alerts, and
`/metrics` counts what stands.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

from server.alerts.model import CAUSE_GONE, Alert, closed_by_itself
from server.alerts.ports import AlertStore
from server.core.errors import NotFound, Unreadable
from server.core.ports import ANSWERS_MAX, Clock
from server.effects.due_order import in_due_order
from server.effects.recurring import Piece
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.ports import PaymentStore
from server.reconciliation.rules.live import one_sided

KIND = "one_sided"
EVERY = timedelta(minutes=1)
PAGES_MAX = 25
OWED_WITHIN = timedelta(days=3)
"""The slowest effect is due again within a day or two; what has been overdue for longer is another alarm."""


class LiveSides:
    """The task LIVE_SIDES of a hospital's timetable."""

    def __init__(
        self, hospitals: Mapping[str, Hospital], payments: PaymentStore, alerts: AlertStore, clock: Clock
    ) -> None:
        self._hospitals = hospitals
        self._payments = payments
        self._alerts = alerts
        self._clock = clock

    async def piece(self, hospital: str, place: str) -> Piece:
        """It goes on nowhere: what owes work is looked at anew each time. Raises StoreError."""
        now = self._clock.now()
        async for payment in self._owing(hospital, now):
            for what in self._stands(payment, now):
                await self._alerts.raise_alert(self._alert(payment, what, now))
        await self._end(hospital, now)
        return Piece()

    def _stands(self, payment: Payment, now: datetime) -> list[str]:
        return list(one_sided(payment, now, self._hospitals[payment.hospital].one_sided_after))

    def _alert(self, payment: Payment, what: str, now: datetime) -> Alert:
        refund = payment.refund(what.partition(":")[2])
        text = f"{payment.id} {what} {payment.paid_fen if refund is None else refund.amount_fen}"
        return Alert(hospital=payment.hospital, id=f"{payment.id}:{KIND}:{what}", kind=KIND, text=text, at=now)

    def _owing(self, hospital: str, now: datetime) -> AsyncIterator[Payment]:
        owing, until = self._payments.owing, now + OWED_WITHIN
        return in_due_order(lambda since, limit: owing(since, until, limit, hospital), now - OWED_WITHIN, PAGES_MAX)

    async def _end(self, hospital: str, now: datetime) -> None:
        """Close what has settled itself; the alert says when."""
        for alert in await self._alerts.live(hospital, KIND, ANSWERS_MAX):
            try:
                payment = await self._payments.get(hospital, alert.payment_id)
            except Unreadable:
                continue
            if payment is None or payment.tampered or alert.subject in self._stands(payment, now):
                continue
            try:
                await self._alerts.change(hospital, alert.id, lambda one: closed_by_itself(one, CAUSE_GONE, now))
            except NotFound:
                continue
