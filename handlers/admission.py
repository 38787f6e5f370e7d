"""Who may come in when too many come at once: pages are turned away early, so that what platforms tell us is never harmed.

Pages and platforms have a share each. What is turned away costs nothing and is told when to come again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

from server.domain.errors import Overloaded

PULSE_S = 0.1
CALMING = 0.7
"""Weight of the past in the lag: one slow turn of the loop is forgotten within half a second."""


class Share(StrEnum):
    PAGES = "pages"
    PLATFORMS = "platforms"


@dataclass(slots=True)
class Admission:
    """So many requests of each share at once. While the loop runs ``lag_s_max`` late, no page is let in."""

    pages_at_once: int = 128
    platforms_at_once: int = 256
    lag_s_max: float = 0.75
    inside: dict[Share, int] = field(default_factory=lambda: dict.fromkeys(Share, 0))
    lag_s: float = 0.0

    def enter(self, share: Share) -> None:
        """Raises Overloaded. Whoever is let in must `leave`."""
        most = self.pages_at_once if share is Share.PAGES else self.platforms_at_once
        if self.inside[share] >= most or (share is Share.PAGES and self.lag_s > self.lag_s_max):
            raise Overloaded(share)
        self.inside[share] += 1

    def leave(self, share: Share) -> None:
        self.inside[share] -= 1

    def felt(self, late_s: float) -> None:
        """One measurement of how late the loop was."""
        self.lag_s = CALMING * self.lag_s + (1 - CALMING) * max(late_s, 0.0)

    async def feel_the_pulse(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + PULSE_S
            await asyncio.sleep(PULSE_S)
            self.felt(loop.time() - due)
