"""Keeps child processes running: started and stopped in order, restarted a bounded number of times."""

from __future__ import annotations

import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from server.app.supervision.children import Child, ChildFailed, obituary


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
        self, say: Callable[[str], None], grace_s: float = 20.0, limit: Callable[[], RestartLimit] = RestartLimit
    ) -> None:
        self._say = say
        self._grace_s = grace_s
        self._new_limit = limit
        self._limits: dict[str, RestartLimit] = {}
        self._children: list[Child] = []
        self._passing: list[Child] = []
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
        child.output.begin()
        self._children.append(child)
        self._limits[child.name] = self._new_limit()
        child.start()

    def wait_until(self, ready: Callable[[], bool], watched: Sequence[Child], timeout_s: float) -> None:
        """Poll ``ready`` until it holds, or until told to stop.

        Raises ChildFailed when a watched child ends first or time runs out.
        """
        deadline = time.monotonic() + timeout_s
        while not self.stopping.is_set():
            for child in watched:
                if child.ended() is not None:
                    raise ChildFailed(obituary(child))
            if ready():
                return
            if time.monotonic() > deadline:
                tails = "".join(child.output.tail() for child in watched)
                raise ChildFailed(f"{watched[0].name} was not ready within {timeout_s:.0f} s{tails}")
            self.stopping.wait(0.05)

    def begin_once(self, child: Child) -> None:
        """A child that does one thing and ends; `finish_once` waits for it."""
        child.output.begin()
        self._passing.append(child)
        child.start()

    def finish_once(self, child: Child, timeout_s: float) -> None:
        """What it could not do is said, and is no reason to stop the rest."""
        deadline = time.monotonic() + timeout_s
        while child.ended() is None and time.monotonic() < deadline and not self.stopping.is_set():
            self.stopping.wait(0.05)
        if child.ended() != 0 and not self.stopping.is_set():
            self._say(obituary(child))
        child.stop(0.0)

    def watch(self, each_second: Callable[[], None]) -> None:
        """Until told to stop: restart what dies, call ``each_second``. Raises ChildFailed when a child keeps dying."""
        while not self.stopping.is_set():
            for child in self._children:
                child.output.bound()
                if child.ended() is not None:
                    self._restart(child)
            each_second()
            self.stopping.wait(1.0)

    def _restart(self, child: Child) -> None:
        told = obituary(child)
        child.kill()  # what it may have left behind
        pause_s = self._limits[child.name].pause_before_next(time.monotonic())
        if pause_s is None:
            raise ChildFailed(f"{told}\n{child.name} keeps ending; giving up")
        self._say(f"{told}\n{child.name} is started again in {pause_s:.1f} s")
        if not self.stopping.wait(pause_s):
            child.start()

    def stop_all(self, *, together: bool = False) -> None:
        """In the opposite order of their start; ``together`` asks all before it waits for the first."""
        self.stopping.set()
        for child in self._passing:
            child.stop(0.0)
        if together:
            for child in self._children:
                child.ask()
        while self._children:
            self._children[-1].stop(self._grace_s)
            self._children.pop()
