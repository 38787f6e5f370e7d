"""Ends server, worker and database processes with SIGKILL at random moments, and starts them again as a supervisor would.

Some are frozen with SIGSTOP instead, for longer than their leases last, and go on in the middle of what others have taken over.
"""

from __future__ import annotations

import random
import signal
import time
from collections import Counter

from tests.end_to_end.installation import LEASE_S, Installation

PAUSE_S = (0.0, 0.8)
WHILE_STARTING = 0.15
"""Share of the blows that do not wait until everybody has recovered from the last one."""
SEVERAL = 0.1
"""Share of the blows that hit more than one part at once."""
FROZEN = 0.15
"""Share of the blows to servers and workers that freeze."""
FROZEN_S = (1.0, 2.5)
"""How long, in leases."""
WHOM = {"serve": 3, "work": 4, "database": 3}
RECOVERED_WITHIN_S = 60.0


class Killer:
    def __init__(self, world: Installation, dice: random.Random) -> None:
        self._world = world
        self._dice = dice
        self.kills: Counter[str] = Counter()
        self.frozen: dict[str, float] = {}
        self.freezes = 0
        self.restarts = 0  # of parts that ended by themselves, because the database was not there when they began

    def strike(self, kills: int) -> None:
        """At least so many deaths."""
        while self.kills.total() < kills:
            if self._dice.random() >= WHILE_STARTING:
                self.revive_all()
            time.sleep(self._dice.uniform(*PAUSE_S))  # the random moment
            blows = self._dice.choice([2, 3]) if self._dice.random() < SEVERAL else 1
            for _ in range(blows):
                self._kill()
            self._thaw()
            self._revive()

    def revive_all(self) -> None:
        """Until every part has said that it has begun."""

        def recovered() -> bool:
            self._thaw()
            self._revive()
            return not self.frozen and all(self._world.is_up(name) for name in self._world.names)

        self._world.wait_until(recovered, "everybody is up again", RECOVERED_WITHIN_S)

    def _kill(self) -> None:
        kind = self._dice.choices(list(WHOM), list(WHOM.values()))[0]
        if kind == "database":
            if self._world.database.pid is None:
                return
            self._world.kill_database()
        else:
            living = [name for name in self._world.parts if name.startswith(kind)]
            if not living:
                return
            whom = self._dice.choice(living)
            if self._dice.random() < FROZEN and whom not in self.frozen:
                self._freeze(whom)
                return
            self.frozen.pop(whom, None)
            self._world.kill(whom)
        self.kills[kind] += 1

    def _freeze(self, name: str) -> None:
        self._world.parts[name].send_signal(signal.SIGSTOP)
        self.frozen[name] = time.monotonic() + float(LEASE_S) * self._dice.uniform(*FROZEN_S)
        self.freezes += 1

    def _thaw(self) -> None:
        """Those whose time is over go on where they stood."""
        for name, until in list(self.frozen.items()):
            if time.monotonic() >= until:
                del self.frozen[name]
                self._world.parts[name].send_signal(signal.SIGCONT)

    def _revive(self) -> None:
        if self._world.database.pid is None:
            self._world.start_database()
        for name in self._world.names:
            process = self._world.parts.get(name)
            if process is not None and process.poll() is not None:
                self.restarts += 1
            if process is None or process.poll() is not None:
                self._world.start_part(name)
