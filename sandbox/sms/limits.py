"""Flow limits (section 5): how often one number may be written to. Counted in memory: a restart forgives."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import datetime, timedelta

from sandbox.sms.errors import Business
from sandbox.world.scene import Scene

SPANS = (("分钟", timedelta(minutes=1)), ("小时", timedelta(hours=1)), ("天", timedelta(days=1)))


class Limits:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._codes: dict[str, deque[datetime]] = defaultdict(deque)
        self._all: dict[str, deque[datetime]] = defaultdict(deque)
        scene.events.listen(lambda event: self._forget() if event["kind"] == "reset" else None)

    def _forget(self) -> None:
        self._codes.clear()
        self._all.clear()

    def use(self, phones: list[str], *, is_code: bool) -> None:
        """Count a message to each; raises Business and counts none when one is over a limit."""
        now, settings = self._scene.clock.now(), self._scene.faults.settings
        for phone in phones:
            if is_code and settings["sms_code_limits"] is not None:
                for (span, length), permits in zip(SPANS, settings["sms_code_limits"], strict=True):
                    if _within(self._codes[phone], now, length) >= permits:
                        raise Business("isv.BUSINESS_LIMIT_CONTROL", f"触发{span}级流控Permits:{permits:g}")
            most = settings["sms_number_day"]
            if most is not None and _within(self._all[phone], now, timedelta(days=1)) >= most:
                raise Business("isv.BUSINESS_LIMIT_CONTROL", f"触发号码天级流控Permits:{most:g}")
        for phone in phones:
            self._all[phone].append(now)
            if is_code:
                self._codes[phone].append(now)


def _within(moments: deque[datetime], now: datetime, length: timedelta) -> int:
    while moments and moments[0] <= now - timedelta(days=1):
        moments.popleft()
    return sum(1 for moment in moments if moment > now - length)
