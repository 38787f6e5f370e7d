"""Somebody who may write into the database and has no key, after everybody else has gone home: nothing of what they forge is sent."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from server.effects.model import Effect, EffectKind
from server.payments.model import Payment, PaymentState, bumped, with_part, with_refund
from server.payments.part import PartState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.refund_numbers import next_refund_id
from server.storage.memory_payments import MemoryPayments
from tests.simulation.chance import picked
from tests.simulation.line import at_once

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

TAMPERED = "payment_tampered"
SHARE = 0.3
"""Of the runs in which there is somebody."""
WAITS_S = 3 * 3600.0


async def break_in(world: SimulatedWorld) -> None:
    """The books are closed and right. One payment is changed in the database, and time goes on."""
    if world.chance.share("intruder") >= SHARE:
        return
    now = world.clock.now()
    forged = [made for payment in world.database.payments() for made in _forgeries(payment, now)]
    if not forged:
        return
    made = picked(tuple(forged), world.chance.share("intruder/what"))
    before = outside_books(world)
    world.trace.note("intruder", f"changes {world.shorter(made.id)}", " ".join(effect.key for effect in made.effects))
    world.notable.add("tampered")
    store = world.database.stores.payments
    assert isinstance(store, MemoryPayments)
    store.documents[made.id] = made
    world.database.bell.ring()
    await asyncio.sleep(WAITS_S)
    name = world.shorter(made.id)
    if outside_books(world) != before:
        world.trace.problem(f"what an intruder made of {name} was sent")
    alerts = at_once(world.database.stores.alerts.latest(world.hospital_id, 1000))
    if [alert.id for alert in alerts].count(f"{made.id}:{TAMPERED}") != 1:
        world.trace.problem(f"an intruder changed {name}, and nobody was alerted")
    if store.documents[made.id] is not made:
        world.trace.problem(f"what an intruder made of {name} was written over")


def _forgeries(payment: Payment, now: datetime) -> list[Payment]:
    """Money to the intruder, and drugs without money."""
    forged = []
    if payment.state is PaymentState.BOOKED and payment.paid_fen > payment.refunding_fen:
        refund = Refund(
            id=next_refund_id(payment), amount_fen=payment.paid_fen - payment.refunding_fen,
            origin=RefundOrigin.STAFF, reason="other", state=RefundState.RELEASED, at=now, asked_by="1001", request_id="x",
        )  # fmt: skip
        owed = Effect(kind=EffectKind.REFUND, subject=refund.id, due_at=now)
        forged.append(bumped(payment, refunds=with_refund(payment, refund), effects=(*payment.effects, owed)))
    if payment.state is PaymentState.CLOSED and not payment.refunds:
        part = replace(payment.parts[0], state=PartState.PAID, paid_fen=payment.amount_fen, transaction_id="4200000000")
        owed = Effect(kind=EffectKind.BOOK, due_at=now)
        parts, effects = with_part(payment, part), (owed,)
        forged.append(bumped(payment, state=PaymentState.PAID, parts=parts, paid_at=now, effects=effects))
    return forged


def outside_books(world: SimulatedWorld) -> tuple[object, ...]:
    """What the channels and the HIS hold, and what was told to people."""
    refunds = [
        sorted((r.out_refund_no, r.amount_fen, r.state) for r in channel.refunds()) for channel in world.channels
    ]
    books = world.outside.hospital.his.books()
    return refunds, books["trades"], books["refunds"]
