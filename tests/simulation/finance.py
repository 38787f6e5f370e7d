"""Finance reads the alerts and does what only a person can do. Without the alert nobody does it, and the run ends with money stuck."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from server.domain.errors import ZhenfuError
from server.ports import Alert
from server.services.alert_rounds import ROUND_S
from tests.simulation.line import at_once
from tests.simulation.process import ConnectionLost

if TYPE_CHECKING:
    from tests.simulation.town import Town


class Finance:
    def __init__(self, town: Town) -> None:
        self._town = town
        self._read: set[str] = set()

    def has_work(self) -> bool:
        return any(alert.id not in self._read for alert in self._alerts())

    def work(self) -> None:
        """Each alert is read once. A stuck refund is sent to another account of the payer, in the channel's console."""
        for alert in self._alerts():
            if alert.id in self._read:
                continue
            self._read.add(alert.id)
            self._town.trace.note("finance", f"reads {alert.kind}", self._town.shorter(alert.text.split()[0]))
            if alert.kind == "refund_abnormal":
                for channel in self._town.channels:
                    channel.end_abnormal(alert.id.rpartition(":")[2])

    async def goes_round(self) -> None:
        """The rounds of alerts, once. What a fault cuts short the next ones do."""
        with suppress(ConnectionLost, ZhenfuError):
            await self._town.rounds.ask(lambda parts: parts.alert_rounds.once())

    async def goes_rounds(self) -> None:
        """While the faults go on."""
        while self._town.faults.active:
            await asyncio.sleep(ROUND_S)
            await self.goes_round()

    def _alerts(self) -> list[Alert]:
        return list(at_once(self._town.database.stores.alerts.latest(self._town.hospital_id, 1000)))
