"""The one database of all processes: the in-memory stores behind lines that may fail, and the bell that says something changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from server.core.errors import StoreUnavailable, Unreadable
from server.payments.model import Payment
from server.reconciliation.day_model import ReconciliationDay
from server.storage.memory import memory_stores
from server.storage.memory_days import MemoryFiles
from server.storage.stores import Stores
from tests.simulation.chance import between
from tests.simulation.faults import STORE, Fault
from tests.simulation.line import at_once, carried, settle
from tests.simulation.unreadable import LOOKED_EACH_S, Unreadables
from tests.support.every_payment import every_payment

if TYPE_CHECKING:
    from tests.simulation.process import Life
    from tests.simulation.simulated_world import SimulatedWorld

SLOW_S = (0.2, 9.0)
OUTAGE_S = (1.0, 90.0)
UNAVAILABLE_AFTER_S = (0.01, 3.0)
NAMES = tuple(store.name for store in fields(Stores))
Saved = Callable[[Payment | None, Payment], None]


class Bell:
    """Rings at every change, so that a poll which would find nothing need not be simulated."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def ring(self) -> None:
        waiting, self._waiting = self._waiting, []
        for listener in waiting:
            settle(listener, None)

    async def wait(self, seconds: float | None) -> None:
        """Until it rings, or ``seconds`` have passed."""
        loop = asyncio.get_running_loop()
        listener: asyncio.Future[None] = loop.create_future()
        self._waiting.append(listener)
        timer = loop.call_later(seconds, settle, listener, None) if seconds is not None else None
        try:
            await listener
        finally:
            if timer is not None:
                timer.cancel()


@dataclass
class Failure:
    """A write or read of one payment that a process can't be sure of, or that took long."""

    at: float
    process: str
    payment: str


@dataclass
class Database:
    world: SimulatedWorld
    stores: Stores = field(init=False)
    unreadable: Unreadables = field(init=False)
    files: MemoryFiles = field(default_factory=MemoryFiles)
    bell: Bell = field(default_factory=Bell)
    failures: list[Failure] = field(default_factory=list)
    saved: list[Saved] = field(default_factory=list)
    _down_until: float = -1.0

    def __post_init__(self) -> None:
        self.stores = memory_stores(self.world.clock.now)
        self.unreadable = Unreadables(self.world)

    def for_process(self, life: Life) -> Stores:
        """The stores as one process sees them."""
        return Stores(**{name: _Remote(self, life, name) for name in NAMES})

    def payments(self) -> list[Payment]:
        """What is really stored."""
        return at_once(every_payment(self.stores.payments))

    def payment(self, payment_id: str) -> Payment | None:
        return at_once(self.stores.payments.get(self.world.hospital_id, payment_id))

    def next_due(self) -> datetime | None:
        """When something is due next. What workers have set aside is looked for now and then, as by polls that find nothing."""
        if not self.unreadable.slow:
            return at_once(self.stores.payments.next_due())
        payments, now = self.payments(), self.world.clock.now()
        slow = self.unreadable.slow
        moments = [p.next_due for p in payments if p.next_due is not None and (p.id not in slow or p.next_due > now)]
        if self.unreadable.holds_back(payments):
            moments.append(now + timedelta(seconds=LOOKED_EACH_S))
        return min(moments, default=None)

    def next_day_due(self) -> datetime | None:
        """When one of the reconciliation days is due next."""
        moments = (day.next_due for day in self.days())
        return min((moment for moment in moments if moment is not None), default=None)

    def days(self) -> list[ReconciliationDay]:
        """The reconciliation days as they are stored, the oldest first."""
        return list(at_once(self.stores.days.latest(self.world.hospital_id, 200)))[::-1]

    async def run(self, life: Life, store: str, op: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """One operation, from the process and back."""
        life.must_live()
        world, loop = self.world, self.world.loop
        label = world.chance.visit(f"{life.name}/{store}.{op}")
        to_and_fro = world.chance.rolls(f"delay/{label}")
        fault = world.faults.at("store", label, STORE)
        up_s, down_s = 0.0005 + 0.004 * to_and_fro[0] ** 2, 0.0005 + 0.004 * to_and_fro[1] ** 2
        if fault is not None and fault.kind == "slow":
            up_s, down_s = up_s + between(*SLOW_S, fault.dial), down_s + between(0, 2, to_and_fro[2])
            self._failed(life, args)
        waiting: asyncio.Future[Any] = loop.create_future()
        carried(loop, waiting, lambda: self._work(life, store, op, args, named, fault), up_s, down_s)
        try:
            answer = await waiting
        except Unreadable:
            self._failed(life, args)
            raise
        except StoreUnavailable:
            self._failed(life, args)
            life.must_live()
            await asyncio.sleep(between(*UNAVAILABLE_AFTER_S, to_and_fro[3]))
            raise
        finally:
            life.must_live()
        return answer

    def _work(
        self, life: Life, store: str, op: str, args: tuple[Any, ...], named: dict[str, Any], fault: Fault | None
    ) -> Any:
        kind = fault.kind if fault else ""
        if kind == "outage" and fault is not None:
            self.fall_silent(between(*OUTAGE_S, fault.dial))
        if kind == "crash_before":
            self.world.crash(life)
        if kind in {"lost_before", "crash_before"} or self.world.loop.time() < self._down_until:
            raise StoreUnavailable("simulated")
        answer = self._do(life, store, op, args, named)
        if kind == "crash_after":
            self.world.crash(life)
        if kind == "lost_after":
            raise StoreUnavailable("simulated, after the work")
        return answer

    def _do(self, life: Life, store: str, op: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        payments = store == "payments"
        before = self.payment(args[0].id) if payments and op in {"save", "pseudonymise"} else None
        if payments:
            self.unreadable.before(op, args)
        answer = at_once(getattr(getattr(self.stores, store), op)(*args, **named))
        if payments:
            answer = self.unreadable.after(op, answer)
        if store == "days" and op in {"save", "insert"}:
            self.bell.ring()
        if payments and op in {"save", "insert", "pseudonymise"}:
            after = self.payment(args[-1].id)
            if after is not None and after is not before:
                self.world.note_step(life.name, before, after)
                for listener in self.saved:
                    listener(before, after)
                self.bell.ring()
        return answer

    def fall_silent(self, seconds: float) -> None:
        self._down_until = max(self._down_until, self.world.loop.time() + seconds)
        self.world.trace.note("database", f"gone for {seconds:.1f} s")

    def recover(self) -> None:
        self._down_until = -1.0

    def _failed(self, life: Life, args: tuple[Any, ...]) -> None:
        subject = next((arg for arg in args if isinstance(arg, Payment)), None)
        payment = subject.id if subject is not None else str(args[1]) if len(args) > 1 else ""
        self.failures.append(Failure(self.world.loop.time(), life.name, payment))


class _Remote:
    """One store at the end of a line."""

    def __init__(self, database: Database, life: Life, store: str) -> None:
        self._database = database
        self._life = life
        self._store = store

    def __getattr__(self, op: str) -> Any:
        async def call(*args: Any, **named: Any) -> Any:
            return await self._database.run(self._life, self._store, op, args, named)

        self.__dict__[op] = call
        return call
