"""The embedded database as one of the demo's children."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from server.app.supervision.logs import ChildLog, ChildOutput
from server.infrastructure.embedded import EmbeddedDatabase


class KeptDatabase:
    """``uri`` is where it listens, on the same port after a restart."""

    name = "database"

    def __init__(self, folder: Path, log: Path) -> None:
        self._database = EmbeddedDatabase(folder, None, log)
        self.output: ChildOutput = ChildLog(log)
        self.uri = ""

    def start(self) -> None:
        """Raises EmbeddedDatabaseError when it can't be had; otherwise it accepts connections."""
        self._database.stop()
        self.uri = self._database.start()

    def ended(self) -> int | None:
        pid = self._database.pid
        if pid is None:
            return None
        found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)  # a look: its owner collects it
        if found is None:
            return None
        return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status

    def ask(self) -> None:
        self._send(signal.SIGTERM)

    def stop(self, grace_s: float) -> None:
        """The database has its own patience: what it has accepted must reach the disk."""
        self._database.stop()

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        pid = self._database.pid
        if pid is not None and self.ended() is None:
            os.kill(pid, number)
