"""The legal time of a run's payments is over, decades later: the calendar is set forward and the workers go their rounds of retention, with
faults (docs/decisions/0036).

After the time for which a card may lie unused none is bound any more. On the last day of the term nobody is forgotten. On the first day after
it every payment at rest says no longer who; what is owed, or was changed behind our back, stays as it is. All money stays where and what it
was, here and outside.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

from server.core.days import HOSPITAL_ZONE, hospital_day
from server.effects.model import EffectKind
from server.patients import cards_in_use, people_in_use, unused_rounds
from server.payments.model import Payment
from server.payments.rules.erasing import is_pseudonymous, kept_because
from server.privacy import retention
from tests.simulation.intruder import outside_books
from tests.simulation.line import at_once

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

SHARE = 0.25
"""Of the runs, in which so much time passes."""
PAGE = 3
"""Payments in one page of a round: a run has few, and a round must be able to break off between two pages."""
LOOKS_END_S = 12 * 86_400.0
"""After this nothing is looked for in other people's books any more (`effects.model.LOOKS`)."""
POLLS = 8
BETWEEN_POLLS_S = 100.0
"""Now and then longer than what is left of the lease of a worker that died."""


async def years_go_by(world: SimulatedWorld) -> None:
    """After everything else of the run: the faults have stopped and the books are right."""
    if world.chance.share("years") >= SHARE:
        return
    await asyncio.sleep(LOOKS_END_S)
    before, outside = world.database.payments(), outside_books(world)
    unused, kept_years = timedelta(days=world.file.cards.unused_days), world.file.retention.payments_years
    over = datetime(hospital_day(world.clock.now()).year + kept_years + 1, 1, 1, tzinfo=HOSPITAL_ZONE)
    world.tasks.kinds = frozenset({EffectKind.RETENTION, EffectKind.UNUSED_CARDS, EffectKind.UNUSED_PEOPLE})
    with (
        patch.object(retention, "PAGE", PAGE),
        patch.object(retention, "PIECE", timedelta()),
        patch.object(cards_in_use, "PAGE", 1),
        patch.object(people_in_use, "PAGE", 1),
        patch.object(unused_rounds, "PIECE", timedelta()),
    ):
        await _to_the_end(world)  # a binding of which no use is noted begins to lie unused with the first round
        await _rounds_at(world, world.clock.now() + unused + timedelta(days=1))
        _check_cards(world)
        await _rounds_at(world, world.clock.now() + timedelta(days=1))
        _check_people(world)
        await _rounds_at(world, over - timedelta(hours=2))
        _check_early(world, before)
        await _rounds_at(world, over + timedelta(minutes=30))
        _check_late(world, before)
    world.notable.add("years")
    if outside_books(world) != outside:
        world.trace.problem("the end of a term changed the books of others")


async def _rounds_at(world: SimulatedWorld, moment: datetime) -> None:
    """It is ``moment``, every process has started since, and all workers do what is due: first with faults, in the end without."""
    wake_at(world, moment, faults=True)
    for _ in range(POLLS):
        await _poll(world)
        await asyncio.sleep(BETWEEN_POLLS_S)
    _calm(world)
    await _to_the_end(world)


def wake_at(world: SimulatedWorld, moment: datetime, *, faults: bool) -> None:
    """It is ``moment``, and every process has started since."""
    for process in world.processes:
        process.life.end()
    world.clock.set(moment)
    world.trace.note("time", f"is {moment:%Y-%m-%d %H:%M}")
    world.faults.active = faults
    for process in world.processes:
        process.start()


def _calm(world: SimulatedWorld) -> None:
    world.faults.active = False
    world.database.recover()
    for process in world.processes:
        process.revive()
        process.machine.set(None)


async def _poll(world: SimulatedWorld) -> None:
    """Several workers at once: a lease decides which of them does a task."""
    await asyncio.gather(*(world.tasks.poll(process) for process in world.work))


async def _to_the_end(world: SimulatedWorld) -> None:
    for kind in world.tasks.kinds:
        await world.tasks.done(kind)


def _check_cards(world: SimulatedWorld) -> None:
    if at_once(world.database.stores.cards.page(world.hospital_id, "", 1000))[0]:
        world.trace.problem("a card is bound still, which nobody has used for longer than the hospital allows")


def _check_people(world: SimulatedWorld) -> None:
    """A day later than cards: an identity is kept as long as its card is."""
    if at_once(world.database.stores.people.page(world.hospital_id, "", 1000))[0]:
        world.trace.problem(
            "an identity is known still, which has no card and has not come for longer than the hospital allows"
        )


def _check_early(world: SimulatedWorld, before: list[Payment]) -> None:
    for old, new in zip(before, world.database.payments(), strict=True):
        if new != old:
            world.trace.problem(f"{world.shorter(old.id)} was erased before its term was over")


def _check_late(world: SimulatedWorld, before: list[Payment]) -> None:
    for old, new in zip(before, world.database.payments(), strict=True):
        name = world.shorter(old.id)
        if kept_because(old) is None and not is_pseudonymous(new):
            world.trace.problem(f"{name} still says who paid, and its term is over")
        if _money(new) != _money(old):
            world.trace.problem(f"the end of its term changed the money of {name}")


def _money(payment: Payment) -> tuple[object, ...]:
    """What the law keeps: how much, when, for what, and what became of it."""
    parts = [(p.kind, p.order_no, p.transaction_id, p.state, p.amount_fen, p.paid_fen) for p in payment.parts]
    return (
        payment.state,
        parts,
        payment.refunds,
        payment.booking,
        payment.created_at,
        payment.paid_at,
        payment.personal.subject,
    )
