"""The worker of one process: it runs what is due, woken at once for what happens in its own process, and by polling for the rest."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic

from server.core.errors import ClockOff, StoreError, Unreadable
from server.core.ports import Ids, SureClock
from server.effects.document import D
from server.effects.engine import EffectRunner
from server.effects.ledger import unreadable_alert
from server.effects.set_aside import Aside

log = logging.getLogger("zhenfu.effects")
CLOCK_OFF_PAUSE_S = 5.0
Work = Callable[[], Awaitable[None]]


class Worker(Generic[D]):
    """Runs due documents until stopped: polls the store, and is woken at once for what happens in its own process."""

    def __init__(self, runner: EffectRunner[D], clock: SureClock, ids: Ids, *, polls: bool) -> None:
        self._runner = runner
        self._ledger = runner.ledger
        self.clock = clock
        self._ids = ids
        self._polls = polls
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._again: dict[tuple[str, str], str] = {}
        self._found: deque[tuple[str, str]] = deque()
        """What the last poll found and had no room for: it begins as others end, and until then nothing is polled."""
        self._aside = Aside()
        self._stopping = False

    def lease_new(self, before: D, after: D) -> tuple[D, str]:
        """As `ports.LocalWorker` has it. A process whose clock may be wrong leases nothing."""
        if after.next_due is None or after.next_due > self.clock.now():
            return after, ""
        busy = (after.hospital, after.id) in self._running or len(self._running) >= self._runner.pace.concurrency
        if busy or self._stopping or not self.clock.agrees():
            return after, ""
        return self._runner.leases().lease_new(before, after)

    def wake(self, document: D, token: str) -> None:
        """As `ports.LocalWorker` has it. Beyond the concurrency, what is not leased is left to whoever polls."""
        key = (document.hospital, document.id)
        if key in self._running:
            self._again[key] = token or self._again.get(key, "")
        elif token or (len(self._running) < self._runner.pace.concurrency and not self._stopping):
            self._begin(key, partial(self._runner.run_document, document, token))

    def nudge(self, hospital: str, document_id: str, token: str = "") -> None:
        """Something of this document is due now, or leased under ``token``."""
        key = (hospital, document_id)
        if key not in self._running and len(self._running) < self._runner.pace.concurrency and not self._stopping:
            self._begin(key, partial(self._runner.run_due, hospital, document_id, token))

    def _begin(self, key: tuple[str, str], work: Work) -> None:
        self._running[key] = asyncio.get_running_loop().create_task(self._run(key, work))

    async def run(self) -> None:
        """Poll until `stop`. A store that is down is waited for, and no bug ends the polling."""
        while self._polls and not self._stopping:
            pause_s = self._runner.pace.poll_s
            try:
                self._found.extend(await self._due())
                self._begin_found()
            except ClockOff:
                pause_s = CLOCK_OFF_PAUSE_S  # the clock itself has said why
            except StoreError as error:
                log.warning("polling why=%s", type(error).__name__)
            except Exception:
                log.exception("polling")
            await self.clock.sleep(pause_s * (0.5 + self._ids.jitter()))

    def _begin_found(self) -> None:
        while self._found and len(self._running) < self._runner.pace.concurrency and not self._stopping:
            self.nudge(*self._found.popleft())

    async def _due(self) -> Sequence[tuple[str, str]]:
        if self._found or len(self._running) >= self._runner.pace.concurrency:
            return ()
        await self.clock.must_agree()
        now = self.clock.now()
        return await self._ledger.documents.due(now, self._runner.pace.batch, self._aside.waiting(now))

    async def _set_aside(self, key: tuple[str, str], why: Unreadable) -> None:
        """What a newer Zhenfu wrote is its affair; about anything else a person is told. Each try says so: this process does not see whether
        the document could be read meanwhile, nor whether somebody ended the alert.
        """
        name, is_new = self._ledger.kind.name, self._aside.put(key, self.clock.now())
        if is_new:
            log.warning("set aside %s=%s newer=%s why=%s", name, key[1], why.newer, why)
        if not why.newer:
            try:
                await self._ledger.alerts.raise_alert(unreadable_alert(name, key, why, self.clock.now()))
            except StoreError:
                self._aside.forget(key)  # nobody has been told yet, so the next try tells
                raise

    async def rest(self) -> None:
        """Wait until nothing is under way."""
        while self._running:
            await asyncio.wait(list(self._running.values()))

    async def stop(self) -> None:
        """Finish what is under way; take nothing new."""
        self._stopping = True
        self._runner.stop()
        await self.rest()

    async def _run_or_set_aside(self, key: tuple[str, str], work: Work) -> None:
        try:
            await work()
        except Unreadable as why:
            await self._set_aside(key, why)
        else:
            self._aside.forget(key)

    async def _run(self, key: tuple[str, str], work: Work) -> None:
        try:
            await self._run_or_set_aside(key, work)
        except StoreError as error:
            log.warning("store %s=%s why=%s", self._ledger.kind.name, key[1], type(error).__name__)
        except Exception:
            log.exception("worker %s=%s", self._ledger.kind.name, key[1])
        finally:
            del self._running[key]
            if key in self._again:
                self.nudge(*key, self._again.pop(key))
            self._begin_found()


class OnlyPolled(Generic[D]):
    """ports.LocalWorker for documents on which only workers that poll do anything, whatever process writes them."""

    def lease_new(self, before: D, after: D) -> tuple[D, str]:
        return after, ""

    def wake(self, document: D, token: str) -> None:
        return None


class WorkerToBe(Generic[D]):
    """Stands for a worker of this process in what is made before it."""

    worker: Worker[D]

    def lease_new(self, before: D, after: D) -> tuple[D, str]:
        return self.worker.lease_new(before, after)

    def wake(self, document: D, token: str) -> None:
        self.worker.wake(document, token)
