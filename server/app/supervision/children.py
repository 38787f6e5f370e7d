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

from server.app.supervision.logs import ChildOutput

PR_SET_PDEATHSIG = 1


class ChildFailed(RuntimeError):
    """A child ended by itself, or was not ready in time. The text names it and shows the end of its output."""


class Child(Protocol):
    """A process that can be started again. All calls come from the main thread: the kernel ties a child to its thread."""

    name: str
    output: ChildOutput

    def start(self) -> None: ...

    def ended(self) -> int | None:
        """Exit status, or minus the signal that killed it; None while it runs."""

    def ask(self) -> None:
        """Ask it to stop, and do not wait."""

    def stop(self, grace_s: float) -> None:
        """Ask, wait, then make sure. Harmless when it has ended."""

    def kill(self) -> None:
        """End it at once, with what it has left behind."""


def obituary(child: Child) -> str:
    """What is said when a child has ended though nobody asked it to."""
    status = child.ended()
    if status is None:
        how = "did not end in time"
    else:
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
    return f"{child.name} {how}{child.output.tail()}"


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
    output: ChildOutput
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        parent = os.getpid()
        with self.output.open() as output:
            self.process = subprocess.Popen(  # noqa: S603 - the commands are our own
                list(self.words),
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches the parent alone, which then stops all in order
                preexec_fn=lambda: _die_with(parent),  # safe: this process has no other thread
            )

    def ended(self) -> int | None:
        return self.process.poll() if self.process else None

    def ask(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()

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
