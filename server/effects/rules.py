"""Which effects have failed, which wait for an outside system that did not answer, and how these are made due once it is back. All pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from server.effects.model import Effect, at_last_resort, find

UNANSWERED = frozenset({"NotSent", "OutcomeUnknown"})
"""The errors of a call that got no answer; what follows the name is the system (`EffectRunner` notes both)."""
PATIENT_TRIES = 3
"""An effect that failed more often than this has met more than a hiccup."""
SOON = timedelta(seconds=30)
"""What is due within this time needs no waking."""


def failed_at_last(before: tuple[Effect, ...], after: tuple[Effect, ...]) -> Iterator[str]:
    """The keys of effects that failed in the step from ``before`` to ``after`` and are tried at the slowest pace by now: a person must look."""
    for effect in after:
        old = find(before, effect.key)
        if old is not None and _has_failed(old, effect) and at_last_resort(old):
            yield effect.key


def _has_failed(old: Effect, effect: Effect) -> bool:
    """Given back with an error (without one it only waits), or found abandoned by a worker that died over it."""
    given_back = old.lease is not None and effect.lease is None and effect.last_error is not None
    abandoned = old.lease is not None and effect.lease is not None and effect.lease != old.lease
    return given_back or abandoned


def system_waited_for(effect: Effect) -> str:
    """The system that left ``effect``'s last call without an answer; empty when there is none."""
    error, _, system = (effect.last_error or "").partition(" ")
    return system if error in UNANSWERED else ""


def was_waiting(effect: Effect) -> str:
    """The system for which ``effect`` waited before this try, when that was an outage; else empty."""
    return system_waited_for(effect) if effect.tries > PATIENT_TRIES else ""


def waits(effect: Effect, now: datetime) -> str:
    """The system for which ``effect`` waits, nobody working at it and not due soon; else empty."""
    return system_waited_for(effect) if effect.lease is None and effect.due_at > now + SOON else ""


def woken(effects: tuple[Effect, ...], system: str, now: datetime, due_at: datetime) -> tuple[Effect, ...]:
    """``effects`` with what waits for ``system`` due at ``due_at``, or the very same tuple. Their tries go on counting."""
    after = tuple(
        replace(effect, due_at=min(effect.due_at, due_at)) if waits(effect, now) == system else effect
        for effect in effects
    )
    return effects if after == effects else after
