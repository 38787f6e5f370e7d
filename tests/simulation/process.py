"""A process of the app: its own composition over the shared database, which may die at any await and come back."""

from __future__ import annotations

import asyncio
import contextvars
import random
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from server.app.adapters import Means, assemble
from server.app.day_sources import statement_sources
from server.app.reconciling import ReconciliationMeans
from server.app.services import Adapters
from server.app.wiring import Composition, compose
from server.core.errors import StoreError
from server.effects.leases import Pace
from server.effects.rules import waits
from server.effects.waking import PROBE_S, Waking
from server.infrastructure.breaker import GuardedTransport
from server.infrastructure.shared_clock import SharedClock
from server.payments.hospital import Hospital
from server.platforms.bank.statement import read_bank_file
from server.platforms.his.http_json import HttpJsonHis
from server.storage.stores import Stores
from tests.simulation.api_doors import ApiDoors
from tests.simulation.chance import between
from tests.simulation.faults import CLOCK
from tests.simulation.line import ProcessDied
from tests.simulation.network import SimulatedTransport
from tests.simulation.process_clocks import OFF_S_MAX, MachineClock, PollingClock
from tests.simulation.timeline import SeededIds

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

Told = TypeVar("Told")
EXPIRY = timedelta(minutes=15)
SET_AFTER_S = (5.0, 900.0)
RESTART_S = (0.5, 45.0)
_LIFE: contextvars.ContextVar[Life | None] = contextvars.ContextVar("life", default=None)


class ConnectionLost(Exception):
    """Whoever had asked this process gets no answer."""


class Life:
    """One run of a process, from its start to its death. Its tasks are known, so that they can be ended."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.dead = False
        self.tasks: dict[asyncio.Task[Any], None] = {}

    def must_live(self) -> None:
        if self.dead:
            raise ProcessDied(self.name)

    def end(self) -> None:
        """Every task stops at the await where it is; what its finally-blocks still ask of the outside is refused."""
        self.dead = True
        for task in list(self.tasks):
            task.cancel()


def task_factory(loop: asyncio.AbstractEventLoop, coroutine: Any, **more: Any) -> asyncio.Task[Any]:
    """Notes each task with the life that it belongs to."""
    context: contextvars.Context | None = more.get("context")
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **more)
    life = context.get(_LIFE) if context is not None else _LIFE.get()
    if life is not None:
        life.tasks[task] = None
        task.add_done_callback(lambda done: life.tasks.pop(done, None))
        if life.dead:
            task.cancel()
    return task


class AppProcess:
    """``web-1`` serves doors, ``work-1`` polls: as `run.py serve` and `run.py work` do."""

    def __init__(self, world: SimulatedWorld, name: str, *, polls: bool) -> None:
        self._world = world
        self.name = name
        self._polls = polls
        self._starts = 0
        self.machine = MachineClock(world, name)
        self.life = Life(name)
        self.life.dead = True
        self.parts: Composition | None = None
        self._api_doors: ApiDoors | None = None

    @property
    def alive(self) -> bool:
        return not self.life.dead

    def start(self) -> None:
        world = self._world
        self._starts += 1
        self.life = Life(self.name)
        mark = f"process/{self.name}/{self._starts}"
        ids = SeededIds(random.Random(f"{world.seed}/{mark}"))
        stores = world.database.for_process(self.life)
        clock = self._set_clock(mark, stores)
        transport = GuardedTransport(SimulatedTransport(world, self.life), clock)
        outside = Means(
            transport=transport, clock=clock, ids=ids, short_lived=stores.short_lived, public_url=world.public_url
        )
        hospital = assemble(world.file, outside)
        pace = Pace.within(world.lease_s, 8)
        more = () if world.purposes is None else world.purposes.for_process(self.life)
        self.parts = compose(
            Adapters(
                hospitals={hospital.id: hospital},
                stores=stores,
                sealer=world.sealer,
                clock=clock,
                ids=ids,
                more_purposes=more,
                registration={} if world.registration is None else world.registration.offers(hospital),
                reconciliation=self._means(hospital),
            ),
            expiry=EXPIRY,
            pace=pace,
            polls=self._polls,
        )
        self._api_doors = None
        self._watch(self.parts, clock)
        if self._polls:
            self._lives_on(self.parts.worker.run())
            self._lives_on(self._probes(self.parts.waking))
            if world.closing.begun:
                self.work_on_days()

    def _watch(self, parts: Composition, clock: SharedClock) -> None:
        """Workers wake when something is due, and the world sees what they run."""
        world = self._world
        parts.worker.clock = PollingClock(world, clock, world.next_due)
        parts.days.worker.clock = PollingClock(world, clock, world.database.next_day_due)
        runners: Any = parts.runners
        for kind, runner in list(runners.items()):
            runners[kind] = world.watch.working(runner, self.machine)
        tasks: Any = parts.timetables.tasks
        tasks.update(world.tasks.watched(tasks, self.name))

    def _means(self, hospital: Hospital) -> ReconciliationMeans:
        """What it reconciles with: its own lines to the platforms, and the one folder of files."""
        lists = {hospital.id: hospital.his} if isinstance(hospital.his, HttpJsonHis) else {}
        sources = {hospital.id: statement_sources(hospital)}
        side = self._world.closing.further
        return ReconciliationMeans(
            sources=sources,
            lists=lists,
            further={hospital.id: {side.channel: side}},
            files=self._world.database.files,
            bank_reader=read_bank_file,
        )

    def work_on_days(self) -> None:
        """From now on this worker closes days, too."""
        if self.alive and self.parts is not None:
            self._lives_on(self.parts.days.worker.run())

    def _set_clock(self, mark: str, stores: Stores) -> SharedClock:
        """The first measurement is made before a process serves or works; on a day with such faults its clock is set while it runs."""
        world, life = self._world, self.life
        self.machine.set(world.faults.at("clock", f"{mark}/starts", CLOCK))
        clock = SharedClock(self.machine, stores.pulses, world.loop.time, process=self.name, off_s_max=OFF_S_MAX)
        began_s, exact = world.loop.time(), world.clock.now()
        clock.note(exact, self.machine.now(), began_s, began_s)

        def is_set() -> None:
            fault = None if life.dead else world.faults.at("clock", f"{mark}/is_set", CLOCK)
            if fault is not None:
                self.machine.set(fault)

        world.loop.call_later(between(*SET_AFTER_S, world.chance.share(f"{mark}/is_set_after")), is_set)
        return clock

    async def _probes(self, waking: Waking) -> None:
        """As long as there are faults, and until what waited for a system is awake. Rounds that would find nothing are skipped."""
        world = self._world
        while world.faults.active or world.loop.time() < world.probed_until_s:
            await asyncio.sleep(PROBE_S)
            now = world.clock.now()
            if any(waits(effect, now) for payment in world.database.payments() for effect in payment.effects):
                with suppress(StoreError):
                    await waking.probe()

    def api_doors(self) -> ApiDoors:
        """The JSON doors of this life, opened by the first who knocks."""
        if self._api_doors is None:
            assert self.parts is not None
            self._api_doors = ApiDoors(self.parts, self._world.hospital_id)
        return self._api_doors

    def crash(self) -> None:
        """SIGKILL. Comes back by itself."""
        if self.life.dead:
            return
        self._world.trace.note(self.name, "dies")
        self._world.deaths.append((self.name, self._world.loop.time()))
        self.life.end()
        share = self._world.chance.share(self._world.chance.visit(f"restart/{self.name}"))
        self._world.loop.call_later(between(*RESTART_S, share), self.revive)

    def revive(self) -> None:
        if self.life.dead and not self._world.over:
            self._world.trace.note(self.name, "starts again")
            self.start()

    def _lives_on(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """A worker of this life. It knows nothing of whoever started it: a process that died in a call would go on with that call's context."""
        self._spawn(coroutine, contextvars.Context())

    def _spawn(
        self, coroutine: Coroutine[Any, Any, Told], context: contextvars.Context | None = None
    ) -> asyncio.Task[Told]:
        context = contextvars.copy_context() if context is None else context  # an empty one is False
        context.run(_LIFE.set, self.life)
        return self._world.loop.create_task(coroutine, context=context)

    async def ask(self, act: Callable[[Composition], Awaitable[Told]], timeout_s: float = 60.0) -> Told:
        """What a request's handler does inside this process. It goes on when the asker gives up. Raises ConnectionLost."""
        if self.life.dead or self.parts is None:
            raise ConnectionLost(self.name)
        parts = self.parts

        async def handle() -> Told:
            return await act(parts)

        task = self._spawn(handle())
        done, _ = await asyncio.wait([task], timeout=timeout_s)
        if not done:
            task.add_done_callback(_read)
            raise ConnectionLost(self.name)
        if task.cancelled():
            raise ConnectionLost(self.name)
        return task.result()


def _read(task: asyncio.Task[Any]) -> None:
    """An outcome that nobody waits for is no complaint of asyncio's."""
    if not task.cancelled():
        task.exception()
