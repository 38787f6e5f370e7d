"""ports.PulseStore in memory: ``now`` is the time of this database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from server.core.pulses import Pulse
from server.storage.precision import whole_ms


class MemoryPulses:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.documents: dict[str, Pulse] = {}

    async def beat(self, pulse: Pulse) -> datetime:
        at = whole_ms(self._now())
        self.documents[pulse.process] = replace(pulse, at=at)
        return at

    async def since(self, moment: datetime) -> Sequence[Pulse]:
        return [pulse for _, pulse in sorted(self.documents.items()) if pulse.at and pulse.at >= whole_ms(moment)]
