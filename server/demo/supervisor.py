"""Child processes that never outlive their parent, are stopped in order, and restarted a bounded number of times."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1
TAIL_LINES = 15
LOG_BYTES_MAX = 16 * 1024 * 1024


def die_with_parent(parent: int) -> None:
    """To be called in a fresh child: the kernel kills it when ``parent`` is gone, however that happened (SIGKILL too).

    A child that is killed leaves its work as a crash does, which every part of Zhenfu must bear anyway (DESIGN 4).
    """
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel was told
        os._exit(1)


class ChildFailed(Exception):
    """A child ended by itself, or was not ready in time. The text names it and shows the tail of its log."""


@dataclass(slots=True)
class Child:
    """One child process. Its output goes to ``log``; the log of the run before is kept beside it as ``….1``."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """From the main thread only: the kernel ties a child to the thread that made it."""
        parent = os.getpid()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - the commands are our own
                list(self.command),
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the parent alone, which then stops all in order
                preexec_fn=lambda: die_with_parent(parent),  # safe: this process has no other thread
            )

    def begin_log(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists():
            self.log.replace(self.log.with_name(f"{self.log.name}.1"))

    def bound_log(self) -> None:
        """Keep its end only; the child appends, so that it goes on at the new end."""
        if self.log.stat().st_size > LOG_BYTES_MAX:
            shutil.copyfile(self.log, self.log.with_name(f"{self.log.name}.1"))
            os.truncate(self.log, 0)

    def ended(self) -> int | None:
        """Its exit status, or None while it runs."""
        return self.process.poll() if self.process else None

    def stop(self, grace_s: float) -> None:
        """Ask (SIGTERM), wait, then make sure, with whatever it started itself."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(max(grace_s, 0.01))
        self.kill()
        self.process.wait()

    def kill(self) -> None:
        """End it at once, with what is left of the session that it leads."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def tail(self) -> str:
        """The end of its log, indented, for a person to read."""
        try:
            with self.log.open("r", encoding="utf-8", errors="replace") as log:
                return "".join(f"    {line.rstrip()}\n" for line in deque(log, TAIL_LINES)).rstrip("\n")
        except OSError:
            return ""

    def obituary(self) -> str:
        """What is said when it has ended though nobody asked it to."""
        status = self.ended()
        how = f"was killed by signal {-status}" if status is not None and status < 0 else f"ended with status {status}"
        return f"{self.name} {how}; the end of {self.log}:\n{self.tail() or '    (empty)'}"


@dataclass(slots=True)
class RestartLimit:
    """At most ``times`` restarts in ``within_s`` seconds; the pause before each doubles."""

    times: int = 3
    within_s: float = 60.0
    pause_s: float = 0.5
    restarts: deque[float] = field(default_factory=deque, init=False)

    def pause_before_next(self, now: float) -> float | None:
        """Seconds to wait before the restart, or None when there have been too many."""
        while self.restarts and now - self.restarts[0] > self.within_s:
            self.restarts.popleft()
        if len(self.restarts) >= self.times:
            return None
        self.restarts.append(now)
        return self.pause_s * float(2 ** (len(self.restarts) - 1))


class Supervisor:
    """Keeps children running until it is told to stop. Bounded waits only; a signal interrupts each of them."""

    def __init__(
        self, say: Callable[[str], None], grace_s: float = 8.0, limit: Callable[[], RestartLimit] = RestartLimit
    ) -> None:
        self._say = say
        self._grace_s = grace_s
        self._new_limit = limit
        self._limits: dict[str, RestartLimit] = {}
        self._children: list[Child] = []
        self.stopping = threading.Event()
        self._heard: set[int] = set()

    def obey_signals(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal end the run; a second one ends it without patience."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: object) -> None:
        if number in self._heard:
            for child in self._children:
                child.kill()
        self._heard.add(number)
        self.stopping.set()

    def start(self, child: Child) -> None:
        child.begin_log()
        child.start()
        self._children.append(child)
        self._limits[child.name] = self._new_limit()

    def wait_until(self, ready: Callable[[], bool], what: str, watched: Sequence[Child], timeout_s: float) -> None:
        """Poll ``ready`` until it holds, or until told to stop.

        Raises ChildFailed when a watched child ends first or time runs out.
        """
        deadline = time.monotonic() + timeout_s
        while not self.stopping.is_set():
            for child in watched:
                if child.ended() is not None:
                    raise ChildFailed(child.obituary())
            if ready():
                return
            if time.monotonic() > deadline:
                tails = "\n".join(f"  the end of {child.log}:\n{child.tail()}" for child in watched)
                raise ChildFailed(f"{what} was not ready within {timeout_s:.0f} s\n{tails}")
            self.stopping.wait(0.05)

    def run_once(self, child: Child, timeout_s: float) -> None:
        """A child that does one thing and ends. What it could not do is said, and is no reason to stop the rest."""
        child.begin_log()
        child.start()
        deadline = time.monotonic() + timeout_s
        while child.ended() is None and time.monotonic() < deadline and not self.stopping.is_set():
            self.stopping.wait(0.05)
        if child.ended() not in (0, None):
            self._say(child.obituary())
        child.stop(0.0)

    def watch(self, each_second: Callable[[], None]) -> None:
        """Until told to stop: restart what dies, call ``each_second``. Raises ChildFailed when a child keeps dying."""
        while not self.stopping.is_set():
            for child in self._children:
                child.bound_log()
                if child.ended() is not None:
                    self._restart(child)
            each_second()
            self.stopping.wait(1.0)

    def _restart(self, child: Child) -> None:
        obituary = child.obituary()
        child.kill()  # what it may have left behind
        pause_s = self._limits[child.name].pause_before_next(time.monotonic())
        if pause_s is None:
            raise ChildFailed(f"{obituary}\n{child.name} keeps ending; giving up")
        self._say(f"{obituary}\n{child.name} is started again in {pause_s:.1f} s")
        if not self.stopping.wait(pause_s):
            child.start()

    def stop_all(self) -> None:
        """In the opposite order of their start."""
        self.stopping.set()
        while self._children:
            self._children[-1].stop(self._grace_s)
            self._children.pop()
