"""Ports for the processes that tests start. Seconds lie between picking one and binding it, and other workers pick meanwhile, too.

A picked port is below those that the system gives away by itself, to clients above all, and is locked by a byte of one file until this process
ends: no other process of any test run on this machine picks it.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

FIRST, LAST = 15_000, 32_000
LOCKS = Path(tempfile.gettempdir()) / f"zhenfu-test-ports-{os.getuid()}"


class Ports:
    def __init__(self, locks: Path = LOCKS) -> None:
        self._file = locks.open("ab")
        self._mine: set[int] = set()
        self._dice = random.Random()

    def pick(self) -> int:
        """A port that nobody listens at and that no other process picks while this one lives. Raises OSError where there is none left."""
        for port in self._dice.sample(range(FIRST, LAST), LAST - FIRST):
            if port not in self._mine and self._lock(port) and _is_free(port):
                self._mine.add(port)
                return port
        raise OSError(f"all ports from {FIRST} to {LAST} are taken")

    def close(self) -> None:
        """Others may pick what was picked here."""
        self._file.close()

    def _lock(self, port: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
        except OSError:
            return False
        return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


_ports: Ports | None = None


def pick_port() -> int:
    """As `Ports.pick`, with the locks of all test runs on this machine."""
    global _ports
    _ports = _ports or Ports()
    return _ports.pick()
