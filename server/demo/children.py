"""The processes that a demo is made of. None outlives its parent; each writes a log of its own."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from server.demo.logs import ChildLog
from server.embedded import EmbeddedDatabase

PR_SET_PDEATHSIG = 1


class Child(Protocol):
    """A process that can be started again. All calls come from the main thread: the kernel ties a child to its thread."""

    name: str
    log: ChildLog

    def start(self) -> None: ...

    def ended(self) -> int | None:
        """Exit status, or minus the signal that killed it; None while it runs."""

    def stop(self, grace_s: float) -> None:
        """Ask, wait, then make sure. Harmless when it has ended."""

    def kill(self) -> None:
        """End it at once, with what it has left behind."""


def obituary(child: Child) -> str:
    """What is said when a child has ended though nobody asked it to."""
    status = child.ended()
    how = f"was killed by signal {-status}" if status is not None and status < 0 else f"ended with status {status}"
    return f"{child.name} {how}; the end of {child.log.path}:\n{child.log.tail()}"


def _die_with(parent: int) -> None:
    """In a fresh child: the kernel is to kill it when ``parent`` is gone, however that happened (SIGKILL too).

    A child that is killed leaves its work as a crash does, which every part of Zhenfu must bear anyway (DESIGN 4).
    """
    if sys.platform == "linux":  # elsewhere the parent's own stop must do
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel was told
            os._exit(1)


@dataclass(slots=True)
class Command:
    """A command of our own as a child."""

    name: str
    words: Sequence[str]
    environ: Mapping[str, str]
    log: ChildLog
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        parent = os.getpid()
        with self.log.path.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - the commands are our own
                list(self.words),
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the parent alone, which then stops all in order
                preexec_fn=lambda: _die_with(parent),  # safe: this process has no other thread
            )

    def ended(self) -> int | None:
        return self.process.poll() if self.process else None

    def stop(self, grace_s: float) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(max(grace_s, 0.01))
        self.kill()
        self.process.wait()

    def kill(self) -> None:
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Database:
    """The embedded database as a child. ``uri`` is where it listens, the same after a restart."""

    name = "database"

    def __init__(self, database: EmbeddedDatabase, log: ChildLog) -> None:
        self._database = database
        self.log = log
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

    def stop(self, grace_s: float) -> None:
        """The database has its own patience: what it has accepted must reach the disk."""
        self._database.stop()

    def kill(self) -> None:
        pid = self._database.pid
        if pid is not None and self.ended() is None:
            os.kill(pid, signal.SIGKILL)
