"""Runs what documents still owe the world (DESIGN section 4). Any number of workers may run; a lease decides who does what.

A runner makes the outside call and answers with a pure decision. The decision and the end of the effect are one write, made only
under the worker's own lease token. A crash anywhere loses nothing: the lease runs out and somebody else goes on.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import Future
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
)
from server.core.ports import Ids, SureClock
from server.effects.document import D
from server.effects.leases import Leases, Pace
from server.effects.ledger import Ledger, tampered_alert
from server.effects.model import Effect, EffectKind, done_together, failed
from server.effects.outside_calls import within
from server.effects.rules import was_waiting
from server.effects.together import cancelled_at_the_end, ended

log = logging.getLogger("zhenfu.effects")
ASIDE_FOR = timedelta(hours=1)
"""How long a document that was changed outside Zhenfu is left alone before it is looked at again."""
Decision = Callable[[D], D]
Runner = Callable[[D, Effect], Awaitable[Decision[D]]]
Calls = dict["Future[tuple[Decision[D], bool]]", Effect]
"""What `EffectRunner._attempt` answers will say of each effect that is being done."""
Back = Callable[[str, str], Awaitable[None]]
"""Told of a hospital and a system that has answered after an outage."""


class EffectRunner(Generic[D]):
    """Does what a document owes. What the end of an effect makes due is leased in the same write and done next."""

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
        self._stopping = False

    def leases(self, token: str = "") -> Leases[D]:
        """The leases of a new run, or of the run that ``token`` was made for."""
        return Leases(self.ledger.kind, self._clock, self.pace, token or self._ids.text(20), lambda: not self._stopping)

    def stop(self) -> None:
        """What is leased from now on is left to others; what has been leased is still done."""
        self._stopping = True

    async def run_due(self, hospital: str, document_id: str, token: str = "") -> None:
        """Do everything this document owes now, and what is leased under ``token``."""
        document = await self.ledger.documents.get(hospital, document_id)
        if document is not None:
            await self.run_document(document, token)

    async def run_document(self, document: D, token: str = "") -> None:
        """As `run_due`, for a document that was just read or stored."""
        if document.tampered:
            now = self._clock.now()
            await self.ledger.alerts.raise_alert(tampered_alert(self.ledger.kind.name, document, now))
            await self.ledger.documents.set_aside(document, now + ASIDE_FOR)
            return
        leases = self.leases(token)
        left = leases.due(document)
        while left:
            keys = done_together(document.effects, left)
            document, new = await self._run(document, keys, leases)
            left = [key for key in left if key not in keys]
            left += [key for key in new if key not in left]

    async def _run(self, document: D, keys: Sequence[str], leases: Leases[D]) -> tuple[D, Sequence[str]]:
        """Do these effects, as far as they are due and nobody else does them. The document as it is known afterwards, and the keys of
        what has been leased to this run meanwhile.
        """
        try:
            await self._clock.must_agree()
            leased = await self.ledger.apply_effects(
                document.hospital,
                document.id,
                lambda effects: leases.taken(effects, keys),
                known=document,
                worker=leases,
            )
        except (ClockOff, LeaseLost, LostRace, NotFound, Tampered):
            return document, ()
        effects = [effect for effect in leased.effects if effect.key in keys and leases.holds(effect)]
        calls: Calls[D] = {
            asyncio.ensure_future(self._attempt(leased, effect, leases.left_s(effect))): effect for effect in effects
        }
        after = await self._finish(leased, calls, leases)
        return after, [effect.key for effect in after.effects if leases.holds(effect) and effect not in leased.effects]

    async def _finish(self, document: D, calls: Calls[D], leases: Leases[D]) -> D:
        """Store what becomes of the calls, as they end. A failure of the store is raised when all have ended: a message whose call was
        cut off, or whose end was not stored, would go twice.
        """
        after, results, failure = document, [], None
        with cancelled_at_the_end(calls):
            while calls:
                for call in await ended(calls):
                    effect = calls.pop(call)
                    if isinstance(error := call.exception(), StoreError):
                        failure = error
                    else:
                        results.append((effect, *call.result()))
                try:
                    after = await self._record(after, [(effect, decide) for effect, decide, _ in results], leases)
                except StoreError as error:
                    failure = error
                    continue
                for effect, _, answered in results:
                    if answered and self._back is not None and (system := was_waiting(effect)):
                        await self._back(document.hospital, system)
                results = []
        if failure is not None:
            raise failure
        return after

    async def _record(self, document: D, results: Sequence[tuple[Effect, Decision[D]]], leases: Leases[D]) -> D:
        """What became of the effects, and their end, in one write. A decision with a bug in it is a failure like any other."""

        def decide(current: D) -> D:
            after = current
            for effect, decision in results:
                after = self._decided(after, effect, decision)
            if after is current:
                return current
            return self.ledger.kind.with_effects(after, after.effects, current.version + 1)

        return await self.ledger.apply(document.hospital, document.id, decide, known=document, worker=leases)

    def _decided(self, document: D, effect: Effect, decision: Decision[D]) -> D:
        try:
            return decision(document)
        except LeaseLost:
            log.info("lease lost %s=%s effect=%s", self.ledger.kind.name, document.id, effect.key)
            return document
        except Exception as error:
            log.exception("decision failed %s=%s effect=%s", self.ledger.kind.name, document.id, effect.key)
            return self._again(document, effect, error, unknown=True)(document)

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
