"""The platforms' settlement: each business day that begins pays out what the days before have brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from sandbox.bank.accounts import ACCOUNTS
from sandbox.world.payouts import FAULTS, PLACE, SETTINGS, Payouts
from sandbox.world.scene import Scene

SETTLED, LAST = "payout.settled", "last"
DAYS_MAX = 400
Flows = Callable[[], Mapping[str, int]]


class Settling:
    """``flows`` by channel: what its account took in less what went out, by ISO day."""

    def __init__(self, scene: Scene, flows: Mapping[str, Flows]) -> None:
        self._scene = scene
        self._flows = flows
        self._payouts = Payouts(scene)
        self._last: date | None = None
        scene.faults.offer(SETTINGS)
        scene.faults.places |= {PLACE}
        scene.faults.special |= {PLACE: FAULTS}

    def open(self) -> None:
        """What was settled before the restart; a new world begins today."""
        kept = self._scene.records.get(SETTLED, LAST)
        self._keep(date.fromisoformat(kept["day"]) if kept else self._scene.clock.today)

    def catch_up(self) -> None:
        """Settle the days that have begun since. The clock may go back: a day that was settled is not settled again."""
        today, last = self._scene.clock.today, self._last
        if last is None or today == last:
            return
        with self._scene.records.together():
            if today > last:
                self._settle(max(last + timedelta(days=1), today - timedelta(days=DAYS_MAX)), today)
            self._keep(today)

    def _settle(self, first: date, last: date) -> None:
        for channel, flows in self._flows.items():
            moved = flows()
            for number in range((last - first).days + 1):
                self._payouts.pay_out(channel, ACCOUNTS[channel].number, first + timedelta(days=number), moved)

    def _keep(self, day: date) -> None:
        self._last = day
        self._scene.records.put(SETTLED, LAST, {"day": day.isoformat()})
