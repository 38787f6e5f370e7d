"""The wards of a run that pays for stays: who is admitted, who leaves, whose settlement the window takes back."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from sandbox.hospital.catalogue import patient_of_person
from sandbox.hospital.inpatients import ADMISSION, Inpatients
from sandbox.hospital.ledger import TRADE
from sandbox.hospital.wards import invented_admission
from server.inpatient.discharge import Discharge
from server.inpatient.model import DEPOSIT, DISCHARGE
from server.inpatient.rules.plans import plan_of
from server.inpatient.rules.standings import refund_of
from server.payments.model import Payment
from server.payments.rules.refund_shares import refundable_fen
from server.refunds.rules.shares import ShareState
from tests.simulation.chance import picked

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

PATIENTS = 3
ADMITTED = 0.75
"""The share of patients who are still in the ward when a run begins; the others have left and have not settled."""
REFUNDS_TAKE_S = (2.0, 2.0, 3 * 3600.0, 20 * 3600.0)
"""How long a channel that tells when a refund has arrived takes for each in a run: seconds, hours or most of a day. Settlements are taken back
and made again meanwhile."""
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
        takes_s = picked(REFUNDS_TAKE_S, world.chance.share("stays/refunds take"))
        world.outside.scene.faults.settings["refund_seconds"] = takes_s
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

    def shown(self, view: Discharge) -> None:
        """A page says how far a settlement has come: its sums are the whole rest at every moment, and what it calls returned has arrived."""
        if view.settlement is None or view.plan is None or view.standing is None:
            return
        name, problem, standing = self._world.shorter(view.settlement.id), self._world.trace.problem, view.standing
        shown_fen = standing.returned_fen + standing.under_way_fen + standing.window_fen + standing.otherwise_fen
        if shown_fen != view.plan.presettlement.to_return_fen:
            problem(f"{name}: {view.plan.presettlement.to_return_fen} to return, {shown_fen} shown")
        arrived = {
            one.out_refund_no for channel in self._world.channels for one in channel.refunds() if one.state == "success"
        }
        for one in standing.shares:
            refund = refund_of(self._world.database.payment(one.share.number), view.settlement.id)
            numbers = {refund.id, refund.covered_by} if refund is not None else set()
            if one.state is ShareState.RETURNED and not numbers & arrived:
                problem(f"{name}: {self._world.shorter(one.share.number)} is called returned and has not arrived")

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
