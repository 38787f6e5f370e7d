"""The timetables put together: their ledger, the runner and worker of recurring tasks, and who keeps them there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.app.services import Adapters
from server.effects.engine import EffectRunner
from server.effects.leases import Pace
from server.effects.ledger import Ledger
from server.effects.model import EffectKind
from server.effects.recurring import Recurring, RecurringWork, TimetableKeeper
from server.effects.timetable import Timetable, timetable_kind
from server.effects.worker import OnlyPolled, Worker

PACE = Pace(lease_s=120.0, deadline_s=80.0, poll_s=5.0, concurrency=4)
"""A piece takes about twenty seconds (`effects.recurring.PIECE`), and the outside call at its end as long as it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetables:
    """``tasks`` are what each hospital's timetable owes."""

    tasks: Mapping[EffectKind, Recurring]
    runner: EffectRunner[Timetable]
    worker: Worker[Timetable]
    keeper: TimetableKeeper


def timetables(adapters: Adapters, tasks: Mapping[EffectKind, Recurring], *, polls: bool) -> Timetables:
    """``polls``: this process does recurring tasks."""
    stores, clock, ids = adapters.stores, adapters.clock, adapters.ids
    ledger = Ledger(timetable_kind(), stores.timetables, stores.alerts, clock, OnlyPolled[Timetable]())
    work = RecurringWork(ledger, tasks, adapters.hospitals, clock)
    runner = EffectRunner(ledger, work.runners(), clock, ids, PACE)
    return Timetables(
        tasks=tasks,
        runner=runner,
        worker=Worker(runner, clock, ids, polls=polls),
        keeper=TimetableKeeper(ledger, stores.timetables, tasks, adapters.hospitals, clock),
    )
