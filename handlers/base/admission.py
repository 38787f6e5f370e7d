"""Who may come in when too many come at once: requests are turned away early, so that what platforms tell us is never harmed.

Pages, platforms, logins and the console have a share each: a login waits for a platform while nobody is known yet, so it holds no
place that patients, staff or platforms need. Within a share no door, no address and no person takes everything. What is turned
away costs nothing and is told when to come again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import StrEnum

from server.core.errors import Overloaded, TooManyTries

PULSE_S = 0.1
EWMA_WEIGHT = 0.7
"""Weight of the past in the lag: one slow turn of the loop is forgotten within half a second."""
PERSON_AT_ONCE = 8
"""Requests of one logged-in person under way; a browser opens six connections to a host."""
PERSON_WAIT_S = 2
AT_ONCE_OF_A_MINUTE = 30
"""Of so many requests a minute, one may be under way at once."""
LEFT_FOR_OTHERS = 5
"""One door, and one address, leaves the fifth part of its share to the others. A hospital's own network is one address."""
LOGINS_PER_ADDRESS = 2
"""One address takes half of the logins' share: they wait longest, and need no session."""


class Share(StrEnum):
    PAGES = "pages"
    PLATFORMS = "platforms"
    LOGINS = "logins"
    CONSOLE = "console"


_PATIENT = frozenset({Share.PAGES, Share.LOGINS})
"""Turned away while the loop runs late."""


@dataclass(slots=True)
class Admission:
    """So many requests of each share at once. While the loop runs ``lag_s_max`` late, no page and no login is let in.

    ``within`` counts them by door, address and person, as far as there are any.
    """

    pages_at_once: int = 128
    platforms_at_once: int = 256
    logins_at_once: int = (
        24  # less than the calls at once to one system (`server/infrastructure/breaker`): others may call it, too
    )
    console_at_once: int = 32
    person_at_once: int = PERSON_AT_ONCE
    lag_s_max: float = 0.75
    inside: dict[Share, int] = field(default_factory=lambda: dict.fromkeys(Share, 0))
    lag_s: float = 0.0
    within: Counter[Hashable] = field(default_factory=Counter)

    def enter(self, share: Share, door: str = "", address: str = "") -> None:
        """Raises Overloaded. Whoever is let in must `leave` with the same words."""
        most = self._most(share)
        bounds = self._bounds(share, most, door, address)
        if self.inside[share] >= most or (share in _PATIENT and self.lag_s > self.lag_s_max):
            raise Overloaded(share)
        if any(self.within[place] >= bound for place, bound in bounds.items()):
            raise Overloaded(share)
        self.inside[share] += 1
        for place in bounds:
            self.within[place] += 1

    def leave(self, share: Share, door: str = "", address: str = "") -> None:
        self.inside[share] -= 1
        for place in self._bounds(share, 0, door, address):
            self._left(place)

    def enter_person(self, person: str) -> None:
        """Raises TooManyTries. Whoever is let in must `leave_person`."""
        if self.within[person] >= self.person_at_once:
            raise TooManyTries("at once", wait_seconds=PERSON_WAIT_S)
        self.within[person] += 1

    def leave_person(self, person: str) -> None:
        self._left(person)

    def felt(self, late_s: float) -> None:
        """One measurement of how late the loop was."""
        self.lag_s = EWMA_WEIGHT * self.lag_s + (1 - EWMA_WEIGHT) * max(late_s, 0.0)

    async def measure_loop_lag(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + PULSE_S
            await asyncio.sleep(PULSE_S)
            self.felt(loop.time() - due)

    def _most(self, share: Share) -> int:
        return {
            Share.PAGES: self.pages_at_once,
            Share.PLATFORMS: self.platforms_at_once,
            Share.LOGINS: self.logins_at_once,
            Share.CONSOLE: self.console_at_once,
        }[share]

    def _bounds(self, share: Share, most: int, door: str, address: str) -> dict[Hashable, int]:
        """What may be taken within a share. Platforms come from few addresses and prove themselves; the staff of a hospital come from one."""
        some = most - most // LEFT_FOR_OTHERS
        bounds: dict[Hashable, int] = {(share, "door", door): most if share is Share.CONSOLE else some}
        if share in _PATIENT:
            bounds[share, "address", address] = most // LOGINS_PER_ADDRESS if share is Share.LOGINS else some
        return bounds

    def _left(self, place: Hashable) -> None:
        self.within[place] -= 1
        if self.within[place] <= 0:
            del self.within[place]
