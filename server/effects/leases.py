"""How long one process may work at an effect, and the leases of one run over one document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic

from server.core.errors import LeaseLost
from server.core.ports import Clock
from server.effects.document import D, DocumentKind
from server.effects.model import Effect, became_due, find, renewed, take


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


class Leases(Generic[D]):
    """The leases of one run over one document, all under one token. What a write of this run makes due is leased in that write."""

    def __init__(
        self, kind: DocumentKind[D], clock: Clock, pace: Pace, token: str, takes_new: Callable[[], bool]
    ) -> None:
        self._kind = kind
        self._clock = clock
        self._lease = timedelta(seconds=pace.lease_s)
        self._for_writing = timedelta(seconds=pace.lease_s - pace.deadline_s)
        self._takes_new = takes_new
        self.token = token

    def lease_new(self, before: D, after: D) -> tuple[D, str]:
        """As `ports.LocalWorker` has it."""
        now = self._clock.now()
        keys = became_due(before.effects, after.effects, now)
        if not keys or not self._takes_new():
            return after, ""
        effects = after.effects
        for key in keys:
            effects = take(effects, key, token=self.token, now=now, lease=self._lease)
        return self._kind.with_effects(after, effects, after.version), self.token

    def wake(self, document: D, token: str) -> None:
        """The run goes on by itself with what it has leased."""

    def due(self, document: D) -> list[str]:
        """The keys of what this run may do now: what is due, and what it holds."""
        now = self._clock.now()
        return [effect.key for effect in document.effects if effect.due_at <= now or self.holds(effect)]

    def holds(self, effect: Effect) -> bool:
        return effect.lease == self.token

    def taken(self, effects: tuple[Effect, ...], keys: Sequence[str]) -> tuple[Effect, ...]:
        """``effects`` with each of ``keys`` leased that is still to be had: the very same tuple where all are held for long enough.

        Raises LeaseLost where none is to be had.
        """
        now, after, had = self._clock.now(), effects, False
        for key in keys:
            effect = find(after, key)
            if effect is not None and self.holds(effect):
                had = True
                if effect.due_at - now < self._lease / 2:
                    after = renewed(after, key, self.token, now, self._lease)
            elif effect is not None and effect.due_at <= now:
                had, after = True, take(after, key, token=self.token, now=now, lease=self._lease)
        if not had:
            raise LeaseLost(" ".join(keys))
        return after

    def left_s(self, effect: Effect) -> float:
        """How long the calls of ``effect``, which this run holds, may still take."""
        return (effect.due_at - self._clock.now() - self._for_writing).total_seconds()
