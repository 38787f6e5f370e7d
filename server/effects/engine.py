"""Runs what documents still owe the world (DESIGN section 4). Any number of workers may run; a lease decides who does what.

A runner makes the outside call and answers with a pure decision. The decision and the end of the effect are one write, made only
under the worker's own lease token. A crash anywhere loses nothing: the lease runs out and somebody else goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic

from server.core.errors import (
    ClockOff,
    LeaseLost,
    LostRace,
    NotFound,
    NotSent,
    OutcomeUnknown,
    OutsideRefusal,
    StoreError,
    Tampered,
    Unreadable,
)
from server.core.ports import Ids, SureClock
from server.effects.document import D
from server.effects.ledger import Ledger, tampered_alert, unreadable_alert
from server.effects.model import Effect, EffectKind, failed, find, take
from server.effects.outside_calls import within
from server.effects.rules import was_waiting
from server.effects.set_aside import Aside

log = logging.getLogger("zhenfu.effects")
CLOCK_OFF_PAUSE_S = 5.0
ASIDE_FOR = timedelta(hours=1)
"""How long a document that was changed outside Zhenfu is left alone before it is looked at again."""
Decision = Callable[[D], D]
Runner = Callable[[D, Effect], Awaitable[Decision[D]]]
Back = Callable[[str, str], Awaitable[None]]
"""Told of a hospital and a system that has answered after an outage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """``deadline_s`` bounds the calls of one effect and is well inside ``lease_s``: a slow worker never acts after its lease."""

    lease_s: float = 60.0
    deadline_s: float = 40.0
    poll_s: float = 0.5
    concurrency: int = 16
    batch: int = 64

    @classmethod
    def within(cls, lease_s: float, concurrency: int) -> Pace:
        """The deadline leaves a third of the lease for writing the result down."""
        return cls(lease_s=lease_s, deadline_s=lease_s * 2 / 3, concurrency=concurrency)


class EffectRunner(Generic[D]):
    """Takes one due effect after another of a document and does it."""

    def __init__(
        self,
        ledger: Ledger[D],
        runners: Mapping[EffectKind, Runner[D]],
        clock: SureClock,
        ids: Ids,
        pace: Pace | None = None,
        back: Back | None = None,
    ) -> None:
        self.ledger = ledger
        self._runners = runners
        self._clock = clock
        self._ids = ids
        self.pace = pace or Pace()
        self._back = back

    async def run_due(self, hospital: str, document_id: str) -> None:
        """Do everything this document owes now, one effect at a time."""
        document = await self.ledger.documents.get(hospital, document_id)
        if document is None:
            return
        now = self._clock.now()
        if document.tampered:
            await self.ledger.alerts.raise_alert(tampered_alert(self.ledger.kind.name, document, now))
            await self.ledger.documents.set_aside(document, now + ASIDE_FOR)
            return
        for key in [effect.key for effect in document.effects if effect.due_at <= now]:
            await self.run_one(hospital, document_id, key)

    async def run_one(self, hospital: str, document_id: str, key: str) -> None:
        """Do one effect, if it is due and nobody else does it."""
        token = self._ids.text(20)
        lease = timedelta(seconds=self.pace.lease_s)
        try:
            await self._clock.must_agree()
            now = self._clock.now()
            leased = await self.ledger.apply_effects(
                hospital, document_id, lambda effects: take(effects, key, token=token, now=now, lease=lease)
            )
        except (ClockOff, LeaseLost, LostRace, NotFound, Tampered):
            return
        effect = find(leased.effects, key)
        if effect is None:
            return
        left_s = self.pace.deadline_s - (self._clock.now() - now).total_seconds()
        decide, answered = await self._attempt(leased, effect, left_s)
        await self._record(leased, effect, decide)
        if answered and self._back is not None and (system := was_waiting(effect)):
            await self._back(hospital, system)

    async def _record(self, document: D, effect: Effect, decide: Decision[D]) -> None:
        """The result and the end of the effect, in one write. A decision with a bug in it is a failure like any other."""
        try:
            await self.ledger.apply(document.hospital, document.id, decide)
        except LeaseLost:
            log.info("lease lost %s=%s effect=%s", self.ledger.kind.name, document.id, effect.key)
        except StoreError:
            raise
        except Exception as error:
            log.exception("decision failed %s=%s effect=%s", self.ledger.kind.name, document.id, effect.key)
            again = self._again(document, effect, error, unknown=True)
            await self.ledger.apply(document.hospital, document.id, again)

    async def _attempt(self, document: D, effect: Effect, left_s: float) -> tuple[Decision[D], bool]:
        """The decision that the outside's answer leads to within ``left_s``, and whether there was one.

        Every failure becomes a decision to try again.
        """
        if left_s <= 0:
            return self._again(
                document, effect, NotSent("worker", "the lease took too long to get"), unknown=False
            ), False
        try:
            return await within(left_s, self._runners[effect.kind](document, effect)), True
        except (OutcomeUnknown, TimeoutError) as error:
            return self._again(document, effect, error, unknown=True), False
        except (NotSent, OutsideRefusal) as error:
            return self._again(document, effect, error, unknown=False), isinstance(error, OutsideRefusal)
        except StoreError:
            raise
        except Exception as error:
            log.exception("effect failed %s=%s effect=%s", self.ledger.kind.name, document.id, effect.key)
            return self._again(document, effect, error, unknown=True), False

    def _again(self, document: D, effect: Effect, error: BaseException, *, unknown: bool) -> Decision[D]:
        detail = getattr(error, "reason_code", "") or getattr(error, "system", "")
        reason = f"{type(error).__name__} {detail}".strip()
        name = self.ledger.kind.name
        log.warning("again %s=%s effect=%s try=%d why=%s", name, document.id, effect.key, effect.tries, reason)
        now, jitter, key, token = self._clock.now(), self._ids.jitter(), effect.key, effect.lease or ""

        def owed_again(current: D) -> D:
            effects = failed(current.effects, key, token, now, jitter, reason, unknown=unknown)
            return (
                current if effects is current.effects else self.ledger.kind.after_failure(current, effects, effect, now)
            )

        return owed_again


class Worker(Generic[D]):
    """Runs due documents until stopped: polls the store, and is woken at once for what happens in its own process."""

    def __init__(self, runner: EffectRunner[D], clock: SureClock, ids: Ids, *, polls: bool) -> None:
        self._runner = runner
        self._ledger = runner.ledger
        self._clock = clock
        self._ids = ids
        self._polls = polls
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._again: set[tuple[str, str]] = set()
        self._aside = Aside()
        self._stopping = False

    def nudge(self, hospital: str, document_id: str) -> None:
        """Something of this document is due now. Beyond the concurrency it is left to whoever polls."""
        key = (hospital, document_id)
        if key in self._running:
            self._again.add(key)
        elif len(self._running) < self._runner.pace.concurrency and not self._stopping:
            self._running[key] = asyncio.get_running_loop().create_task(self._run(key))

    async def run(self) -> None:
        """Poll until `stop`. A store that is down is waited for, and no bug ends the polling."""
        while self._polls and not self._stopping:
            pause_s = self._runner.pace.poll_s
            try:
                for hospital, document_id in await self._due():
                    self.nudge(hospital, document_id)
            except ClockOff:
                pause_s = CLOCK_OFF_PAUSE_S  # the clock itself has said why
            except StoreError as error:
                log.warning("polling why=%s", type(error).__name__)
            except Exception:
                log.exception("polling")
            await self._clock.sleep(pause_s * (0.5 + self._ids.jitter()))

    async def _due(self) -> Sequence[tuple[str, str]]:
        if len(self._running) >= self._runner.pace.concurrency:
            return ()
        await self._clock.must_agree()
        now = self._clock.now()
        return await self._ledger.documents.due(now, self._runner.pace.batch, self._aside.waiting(now))

    async def _set_aside(self, key: tuple[str, str], why: Unreadable) -> None:
        """What a newer Zhenfu wrote is its affair; about anything else a person is told."""
        _, document_id = key
        if not self._aside.put(key, self._clock.now()):
            return
        name = self._ledger.kind.name
        log.warning("set aside %s=%s newer=%s why=%s", name, document_id, why.newer, why)
        if not why.newer:
            try:
                await self._ledger.alerts.raise_alert(unreadable_alert(name, key, why, self._clock.now()))
            except StoreError:
                self._aside.forget(key)  # nobody has been told yet, so the next try tells
                raise

    async def stop(self) -> None:
        """Finish what is under way; take nothing new."""
        self._stopping = True
        while self._running:
            await asyncio.wait(list(self._running.values()))

    async def _run_or_set_aside(self, key: tuple[str, str]) -> None:
        try:
            await self._runner.run_due(*key)
        except Unreadable as why:
            await self._set_aside(key, why)
        else:
            self._aside.forget(key)

    async def _run(self, key: tuple[str, str]) -> None:
        try:
            await self._run_or_set_aside(key)
        except StoreError as error:
            log.warning("store %s=%s why=%s", self._ledger.kind.name, key[1], type(error).__name__)
        except Exception:
            log.exception("worker %s=%s", self._ledger.kind.name, key[1])
        finally:
            del self._running[key]
            if key in self._again:
                self._again.discard(key)
                self.nudge(*key)
