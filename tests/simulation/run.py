"""One run of one seed: the script is played under faults, the faults stop, time runs on, the books are compared."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from server.alerts.model import SETTLED
from server.core.days import hospital_day
from server.core.errors import ZhenfuError
from server.effects.model import EffectKind
from server.payments.refund_rounds import AGES_DAYS
from tests.simulation.day_checks import check_days
from tests.simulation.day_further import check_further
from tests.simulation.faults import Planned
from tests.simulation.finance import Finance
from tests.simulation.paying import Paying
from tests.simulation.plays import compare, script_of, staff_of, steps_of
from tests.simulation.process import task_factory
from tests.simulation.purpose_people import Desk
from tests.simulation.script import Step
from tests.simulation.sdk import sdk_follows
from tests.simulation.seen import seen
from tests.simulation.simulated_world import SimulatedWorld
from tests.simulation.timeline import SimulatedLoop, run_simulated
from tests.simulation.trace import Trace
from tests.simulation.waking import Sleepers

DOORS = "zhenfu.doors"
SETTLES_S = 90.0
"""How long faults go on after the last step."""
ENDS_MAX = 3
RUNS_ON_S = 30 * 3600.0
"""Longer than every timetable there is: notifications are repeated for 24 hours."""


class Actor(Protocol):
    """Somebody who does steps, and says in a few words for the trace what came of each."""

    async def do(self, step: Step) -> str: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    seed: int
    steps: int
    mini: bool
    paying: Paying
    problems: tuple[str, ...]
    trace: str
    faults: tuple[str, ...]
    payments: int
    simulated_s: float
    seen: frozenset[str]
    """What this run has led into: lines of history, reasons, alerts, kinds of faults, answers that people got."""


class _Complaints(logging.Handler):
    """What the app logs as an error is a bug: every expected failure is a warning."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(logging.ERROR)
        self.trace = trace

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == DOORS and isinstance(sys.exc_info()[1], ZhenfuError):
            return  # a door has said what is the matter: to whoever asked, and in the log
        error = record.exc_info[1] if record.exc_info else None
        self.trace.problem(f"the app logged: {record.name} {record.msg.split(' ')[0]} {error!r}")


@contextmanager
def _listening(trace: Trace) -> Iterator[None]:
    log, handler = logging.getLogger("zhenfu"), _Complaints(trace)
    level, propagate = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.ERROR)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        log.propagate = propagate


def run(
    seed: int,
    steps: int | None = None,
    *,
    mini: bool = False,
    paying: Paying = Paying.BILLS,
    only_steps: frozenset[int] | None = None,
    only_faults: frozenset[str] | None = None,
    planned: Planned | None = None,
    written: Sequence[Step] | None = None,
    until: Callable[[str], bool] | None = None,
) -> Outcome:
    """``mini``: people have the mini-program as well; without it a seed stays the run that it was. ``paying``: what they pay for.
    ``only_steps`` and ``only_faults`` leave the rest out, for minimising; ``planned`` and ``written`` are faults and steps that somebody has thought out, instead of the seed's.
    ``until``: the run ends at the first problem for which it holds. A broken app may go on for days of retries after it.
    """
    how_many = steps or steps_of(paying, mini=mini)

    async def main(loop: SimulatedLoop) -> Outcome:
        loop.set_task_factory(task_factory)
        world = SimulatedWorld(loop, seed, only_faults, mini=mini, paying=paying, planned=planned, until=until)
        with sdk_follows(world.clock.now), _listening(world.trace):
            await _unless_enough(world.trace, _whole(world, how_many, only_steps, written))
            world.over = True
            for process in world.processes:
                process.life.end()
            await asyncio.sleep(0)
        return Outcome(
            seed, how_many, mini, paying, tuple(world.trace.problems), world.trace.text(), tuple(world.faults.struck),
            len(world.database.payments()), loop.time(), seen(world),
        )  # fmt: skip

    outcome: Outcome = run_simulated(main)
    return outcome


async def _unless_enough(trace: Trace, whole: Coroutine[Any, Any, None]) -> None:
    """``whole``, to its end or to the problem that was looked for."""
    run, known = asyncio.create_task(whole), asyncio.create_task(trace.enough.wait())
    await asyncio.wait({run, known}, return_when=asyncio.FIRST_COMPLETED)
    known.cancel()
    if run.done():
        run.result()
    else:
        run.cancel()


async def _whole(
    world: SimulatedWorld, steps: int, only_steps: frozenset[int] | None, written: Sequence[Step] | None
) -> None:
    await _play(world, steps, only_steps, written)
    await compare(world)


async def _play(
    world: SimulatedWorld, steps: int, only_steps: frozenset[int] | None, written: Sequence[Step] | None
) -> None:
    for process in world.processes:
        process.start()
    world.begin(world.courier.run())
    finance = Finance(world)
    if written is None:
        written = script_of(world, steps)
    world.begin(finance.goes_rounds())
    world.database.unreadable.begin()
    if world.paying is Paying.BILLS:
        world.begin(world.erasures.run())
    actors = _actors(world)
    acts = [
        world.begin(_act(world, actors, step)) for step in written if only_steps is None or step.number in only_steps
    ]
    await asyncio.sleep(max((step.at for step in written), default=0.0) + SETTLES_S)
    world.calm()
    world.trace.note("faults", "stop")
    world.database.unreadable.calm()
    Sleepers(world)
    for _ in range(ENDS_MAX):  # somebody may come late, for what finance has just ended
        came_to_rest = await _run_on(world, finance, acts)
        await _alerts_end(world)
        if world.next_due() is None or (world.trace.until is not None and not came_to_rest):
            break  # a broken app that tries for ever is compared with the books after the first time that is up
    if world.closing.wanted:
        await world.closing.run(finance)
        check_days(world)
        check_further(world)
        await _alerts_end(world)
    if world.unannounced:
        await _timetable(world, finance, acts)


async def _alerts_end(world: SimulatedWorld) -> None:
    """One more alert round, so late that it may close every alert whose cause is gone by now."""
    await asyncio.sleep(SETTLED.total_seconds() + 1)
    await world.tasks.done_once_more(EffectKind.ALERT_ROUND)


async def _timetable(world: SimulatedWorld, finance: Finance, acts: list[asyncio.Task[Any]]) -> None:
    """Days go by, and each has its round of looks for refunds that nobody announced, until each such payment has had its next look."""
    world.trace.note("time", "days go by")
    world.tasks.kinds |= {EffectKind.REFUND_LOOKS}
    for _ in range(max(map(partial(_days_to_next_look, world), world.unannounced))):
        await asyncio.sleep(timedelta(days=1).total_seconds())
        await world.tasks.done_once_more(EffectKind.REFUND_LOOKS)
    await _run_on(world, finance, acts)
    await _alerts_end(world)


def _days_to_next_look(world: SimulatedWorld, payment_id: str) -> int:
    """How many hospital days pass until the timetable has a look at this payment that is later than today's."""
    payment = world.database.payment(payment_id)
    assert payment is not None
    age = (hospital_day(world.clock.now()) - hospital_day(payment.created_at)).days
    return min(look for look in AGES_DAYS if look > age) - age


def _actors(world: SimulatedWorld) -> dict[str, Actor]:
    """Everybody who does the steps of a script, by name."""
    actors: dict[str, Actor] = {visitor.name: visitor for visitor in world.visitors}
    staff = staff_of(world)
    for name in ("hospital", *(process.name for process in world.processes)):
        actors[name] = staff
    if world.registration is not None:
        actors["registrar"] = world.registration
    return actors | {"employees": world.employees, "desk": Desk(world)}


async def _act(world: SimulatedWorld, actors: Mapping[str, Actor], step: Step) -> None:
    await asyncio.sleep(step.at)
    world.trace.note(
        step.who, f"{step.what} {' '.join(map(str, step.bills))} {step.word}".rstrip(), f"step {step.number}"
    )
    outcome = await actors[step.who].do(step)
    world.trace.note(step.who, step.what, outcome)


async def _run_on(world: SimulatedWorld, finance: Finance, acts: list[asyncio.Task[Any]]) -> bool:
    """Until nobody owes anybody anything and everybody is done with what they began: True. False when the time is up before."""
    end = world.loop.time() + RUNS_ON_S
    while world.loop.time() < end:
        due = world.owed()
        if not due and not finance.has_work() and all(act.done() for act in acts):
            await asyncio.sleep(60)  # what is still on its way arrives
            if not world.owed() and not world.employees.busy and not world.database.unreadable.some:
                return True
            continue
        world.outside.hospital.queue.land_due()
        finance.work()
        await finance.ends_what_is_stuck()
        await finance.goes_round()
        left = min(((moment - world.clock.now()).total_seconds() for moment in due), default=0.0)
        await asyncio.sleep(min(max(left, 5.0), end - world.loop.time()))
    world.trace.note("time", "is up")
    return False
