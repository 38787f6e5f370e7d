"""The wards of a run that pays for stays: who is admitted, who leaves, whose settlement the window takes back."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from sandbox.hospital.catalogue import patient_of_person
from sandbox.hospital.inpatients import ADMISSION, Inpatients
from sandbox.hospital.ledger import TRADE
from sandbox.hospital.wards import invented_admission
from server.inpatient.model import DEPOSIT, DISCHARGE
from server.inpatient.rules.plans import plan_of
from server.payments.model import Payment
from server.payments.rules.refund_shares import refundable_fen

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

PATIENTS = 3
ADMITTED = 0.75
"""The share of patients who are still in the ward when a run begins; the others have left and have not settled."""
LATELY_S = 180.0
"""Longer than a request that begins a settlement takes: a refund of then may not have been known to its calculation."""


def paid_once(payment: Payment) -> tuple[str, ...]:
    """What no two orders may be open for: a bill, a calculation of a discharge. A stay takes several deposits at once."""
    if payment.purpose in {DEPOSIT, DISCHARGE}:
        return payment.claims
    return payment.personal.subject.numbers


class Stays:
    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        dice = random.Random(f"stays/{world.seed}")
        people = world.people[:PATIENTS]
        for number, person in enumerate(people, 1):
            state = "admitted" if dice.random() < ADMITTED else "discharged"
            insured = dice.random() < 0.5
            now = world.clock.now()
            self.wards.put(
                invented_admission(dice, number, patient_of_person(person), now, state=state, insured=insured)
            )
        world.database.saved.append(self._saved)

    @property
    def wards(self) -> Inpatients:
        return self._world.outside.hospital.his.inpatients

    def admissions(self) -> list[dict[str, Any]]:
        return list(self._world.outside.scene.records.all(ADMISSION))

    def trade(self, number: str) -> dict[str, Any] | None:
        return self._world.outside.scene.records.get(TRADE, number)

    def _saved(self, before: Payment | None, after: Payment) -> None:
        """A calculation is stored: no lot gives more than it has left, and none by another channel than the one that brought it."""
        if after.purpose != DISCHARGE or before is not None:
            return
        now = self._world.clock.now()
        for share in plan_of(after.personal.subject.facts).allocation.returns:
            lot = self._world.database.payment(share.number)
            if lot is None or share.way != lot.parts[0].channel:
                self._world.trace.problem(f"{self._world.shorter(share.number)} is no lot of {share.way}")
                continue
            lately_fen = sum(one.amount_fen for one in lot.refunds if (now - one.at).total_seconds() < LATELY_S)
            if share.amount_fen > refundable_fen(lot) + lately_fen:
                left_fen = refundable_fen(lot)
                self._world.trace.problem(
                    f"{self._world.shorter(lot.id)}: {share.amount_fen} are planned, {left_fen} are left"
                )
