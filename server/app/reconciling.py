"""Reconciliation put together: its means, its documents' ledger and worker, its rounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from server.audit.service import AuditService
from server.core.ports import Ids, SureClock
from server.effects.engine import EffectRunner
from server.effects.leases import Pace
from server.effects.ledger import Ledger
from server.effects.worker import OnlyPolled, Worker
from server.payments.hospital import Hospital
from server.payments.ledger import Transitions
from server.payments.sides import SidesNow
from server.payments.unclaimed import UnclaimedMoneyKeeper
from server.reconciliation.bank import BankBooks, BankDesk
from server.reconciliation.day_model import ReconciliationDay
from server.reconciliation.day_rounds import DayRounds
from server.reconciliation.day_work import DayWork, day_kind
from server.reconciliation.days_again import DaysAgain
from server.reconciliation.decisions import DayDecisions
from server.reconciliation.legs import LegFetcher
from server.reconciliation.live_sides import LiveSides
from server.reconciliation.matcher import DayMatcher
from server.reconciliation.our_leg import OurLeg
from server.reconciliation.ports import (
    Aside,
    BankReader,
    BankReading,
    FurtherLeg,
    HisDayList,
    KeptFiles,
    PartStore,
    RoomForParts,
)
from server.reconciliation.repairs import Repairs
from server.reconciliation.sending_back import SendingBack
from server.reconciliation.statements import StatementRefused, StatementSource
from server.storage.memory_days import MemoryFiles
from server.storage.memory_parts import MemoryParts
from server.storage.stores import Stores

Answer = TypeVar("Answer")
PACE = Pace(lease_s=300.0, deadline_s=200.0, poll_s=5.0, concurrency=2)
"""A statement of a million rows takes its time."""


@contextmanager
def room_in_memory() -> Iterator[PartStore]:
    yield MemoryParts()


async def at_once(work: Callable[[], Answer]) -> Answer:
    """On the loop: where time stands still, nothing runs beside it."""
    return work()


def no_reader(content: bytes) -> BankReading:
    """Where nobody can read a bank's file, none is taken."""
    raise StatementRefused("no reader")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationMeans:
    """``sources`` of statements and ``further`` legs by hospital and channel, the HIS's ``lists`` by hospital; where files and the rows of a run lie."""

    sources: Mapping[str, Mapping[str, StatementSource]] = field(default_factory=dict)
    lists: Mapping[str, HisDayList] = field(default_factory=dict)
    further: Mapping[str, Mapping[str, FurtherLeg]] = field(default_factory=dict)
    files: KeptFiles = field(default_factory=MemoryFiles)
    room: RoomForParts | Callable[[], AbstractContextManager[PartStore]] = room_in_memory
    aside: Aside = at_once
    bank_reader: BankReader = no_reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciling:
    ledger: Ledger[ReconciliationDay]
    runner: EffectRunner[ReconciliationDay]
    worker: Worker[ReconciliationDay]
    rounds: DayRounds
    again: DaysAgain
    live: LiveSides
    decisions: DayDecisions
    files: KeptFiles
    bank: BankDesk


def reconciling(
    means: ReconciliationMeans,
    hospitals: Mapping[str, Hospital],
    stores: Stores,
    transitions: Transitions,
    unclaimed: UnclaimedMoneyKeeper,
    sides: SidesNow,
    audit: AuditService,
    clock: SureClock,
    ids: Ids,
    *,
    polls: bool,
) -> Reconciling:
    ledger = Ledger(day_kind(), stores.days, stores.alerts, clock, OnlyPolled())
    books = BankBooks(stores.bank)
    matcher = DayMatcher(
        hospitals=hospitals,
        payments=stores.payments,
        ours=OurLeg(hospitals, stores.payments, stores.days, means.aside),
        days=stores.days,
        sources=means.sources,
        files=means.files,
        room=means.room,
        bank=books,
        aside=means.aside,
        clock=clock,
    )
    work = DayWork(
        ledger,
        LegFetcher(means.sources, means.lists, means.further, means.files, means.aside, clock),
        matcher,
        Repairs(hospitals, transitions, unclaimed, clock),
        stores.alerts,
        audit,
        clock,
    )
    runner = EffectRunner(ledger, work.runners(), clock, ids, PACE)
    return Reconciling(
        ledger=ledger,
        runner=runner,
        worker=Worker(runner, clock, ids, polls=polls),
        rounds=DayRounds(hospitals, ledger, stores.days, clock),
        again=DaysAgain(ledger, stores.days, stores.payments, clock),
        live=LiveSides(hospitals, stores.payments, stores.alerts, clock),
        decisions=DayDecisions(hospitals, ledger, SendingBack(transitions, sides, clock), clock),
        files=means.files,
        bank=BankDesk(books, ledger, means.files, means.bank_reader, means.aside, clock),
    )
