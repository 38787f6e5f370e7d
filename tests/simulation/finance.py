"""Finance reads the alerts and does what only a person can do. Without the alert nobody does it, and the run ends with money stuck."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from server.alerts.model import Alert
from server.payments.model import PaymentState
from server.payments.rules.ending_sides import stuck_refunds
from server.staff.alert_rounds import EVERY
from tests.simulation.finance_pair import FinancePair
from tests.simulation.line import at_once

BY_TRANSFER = 0.4
"""How often a refund that is stuck at the channel is paid another way."""
CANCELLED = 0.5
"""How often a wrong booking is cancelled in the HIS, so that the money goes back, instead of being accepted."""

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld


class Finance:
    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._read: set[str] = set()
        self._pair = FinancePair(world)
        self._to_end: list[tuple[Alert, bool]] = []

    def has_work(self) -> bool:
        return any(alert.id not in self._read for alert in self._alerts())

    def work(self) -> None:
        """Each alert is read once."""
        for alert in self._alerts():
            if alert.id in self._read:
                continue
            self._read.add(alert.id)
            self._world.trace.note("finance", f"reads {alert.kind}", self._world.shorter(alert.text.split()[0]))
            if alert.kind == "refund_abnormal":
                by_transfer = self._world.chance.share(f"finance/{alert.id}") < BY_TRANSFER
                self._to_end.append((alert, by_transfer))
            if alert.kind == "effect_stuck" and alert.subject.startswith(("book", "release:", "refund:")):
                self._to_end.append((alert, self._world.chance.share(f"finance/{alert.id}") < CANCELLED))

    async def ends_what_is_stuck(self) -> None:
        """By the two of finance where they can; else a stuck refund is mended in the channel's console. What can't be ended now, because the
        payment can't be read or the HIS is away, is tried again the next time.
        """
        to_end, self._to_end = self._to_end, []
        for alert, by_pair in to_end:
            if alert.subject.startswith("release:"):
                await self._pair.end_write_off(alert.payment_id, alert.subject.removeprefix("release:"))
            elif alert.subject.startswith("refund:"):
                if not await self._pair.settle_refused(alert.payment_id, alert.subject.removeprefix("refund:")):
                    self._to_end.append((alert, by_pair))
            elif alert.kind == "effect_stuck":
                if not await self._ends_booking(alert.payment_id, by_pair):
                    self._to_end.append((alert, by_pair))
            elif not self._is_stuck(alert):
                continue  # the two have ended it together with another one of the payment
            elif not by_pair or not await self._pair.settle_elsewhere(alert.payment_id):
                for channel in self._world.channels:
                    channel.end_abnormal(alert.subject)

    async def _ends_booking(self, payment_id: str, by_pair: bool) -> bool:
        """False as long as the alert stands: a HIS that has nothing yet may still write another amount down."""
        if not self._world.his_differs(payment_id):
            payment = self._world.database.payment(payment_id)
            return payment is not None and payment.state is not PaymentState.PAID
        act = self._pair.refund_rest if by_pair else self._pair.book_as_is
        return await act(payment_id)

    def _is_stuck(self, alert: Alert) -> bool:
        payment = self._world.database.payment(alert.payment_id)
        return payment is not None and alert.subject in {refund.id for refund in stuck_refunds(payment)}

    async def goes_round(self) -> None:
        """Alerts are gone through, and whatever else recurs, as far as it is due."""
        await self._world.tasks.poll(self._world.rounds)

    async def goes_rounds(self) -> None:
        """While the faults go on."""
        while self._world.faults.active:
            await asyncio.sleep(EVERY.total_seconds())
            await self.goes_round()

    def _alerts(self) -> list[Alert]:
        return list(at_once(self._world.database.stores.alerts.latest(self._world.hospital_id, 1000)))
