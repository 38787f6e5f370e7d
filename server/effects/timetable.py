"""时间表: what a hospital owes again and again, whatever happens to its payments. All pure.

Each hospital has one timetable, a document of the engine of owed work with one effect for each recurring task. A task that fails has the
retries and the alarm of every effect, and no two workers do it at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from server.effects.document import DocumentKind
from server.effects.model import Effect, EffectKind, earliest, find, held, with_effect
from server.effects.rules import failed_at_last

TASK_STUCK = "task_stuck"
"""The kind of the alert about a task that fails again and again; its subject is the task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """``places`` says by a task's kind where the task goes on; it is absent for a task that begins anew. What a place says is the task's own
    affair: numbers and moments, nothing personal.
    """

    hospital: str
    version: int = 1
    effects: tuple[Effect, ...] = ()
    places: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tampered: bool = False  # found when it was read: somebody changed what is stored; never stored itself

    @property
    def id(self) -> str:
        return timetable_id(self.hospital)

    @property
    def next_due(self) -> datetime | None:
        return earliest(self.effects)


def timetable_id(hospital: str) -> str:
    """Unique among all hospitals, so that one timetable that can't be read holds up no other one."""
    return f"timetable-{hospital}"


def with_tasks(timetable: Timetable, tasks: Collection[EffectKind], now: datetime) -> Timetable:
    """``timetable`` owing each of ``tasks`` and nothing else; what it did not owe is due ``now``. The very same object if it did."""
    kept = tuple(effect for effect in timetable.effects if effect.kind in tasks)
    missing = tuple(Effect(kind=kind, due_at=now) for kind in tasks if find(kept, str(kind)) is None)
    if not missing and len(kept) == len(timetable.effects):
        return timetable
    return replace(timetable, version=timetable.version + 1, effects=(*kept, *missing))


def piece_done(timetable: Timetable, key: str, token: str, place: str, due_at: datetime) -> Timetable:
    """The task that ``token`` holds has done a piece: it goes on at ``place`` and is owed again at ``due_at``. Raises LeaseLost."""
    task = held(timetable.effects, key, token)
    effects = with_effect(timetable.effects, Effect(kind=task.kind, due_at=due_at))
    places = {kind: where for kind, where in timetable.places.items() if kind != task.kind}
    if place:
        places[str(task.kind)] = place
    return replace(timetable, version=timetable.version + 1, effects=effects, places=MappingProxyType(places))


def stuck_alert_id(hospital: str, task: str) -> str:
    """The name under which the ledger raises the alarm of ``task`` (`Ledger.apply`)."""
    return f"{timetable_id(hospital)}:{TASK_STUCK}:{task}"


def timetable_kind() -> DocumentKind[Timetable]:
    """What the engine of owed work knows of a timetable."""

    def with_effects(timetable: Timetable, effects: tuple[Effect, ...], version: int) -> Timetable:
        return replace(timetable, effects=effects, version=version)

    def after_failure(timetable: Timetable, effects: tuple[Effect, ...], effect: Effect, now: datetime) -> Timetable:
        return replace(timetable, effects=effects, version=timetable.version + 1)

    def alarms(before: Timetable, after: Timetable) -> Iterable[tuple[str, str]]:
        return [(TASK_STUCK, key) for key in failed_at_last(before.effects, after.effects)]

    return DocumentKind(
        name="timetable",
        not_found="没有找到这家医院的时间表。",
        with_effects=with_effects,
        after_failure=after_failure,
        alarms=alarms,
    )
