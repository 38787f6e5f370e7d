"""The cards that say who members of staff are as human beings: bound by themselves, and unbound by them before they act for themselves.

The second approver is the cashier under another number. In some runs the first approver, or the cashier, is the patient of the bills that
everybody wants to pay: nobody agrees to a refund of their own bill, and nobody refunds it alone.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from server.patients.model import BoundCard
from server.patients.persons import PersonService
from server.payments.model import Payment
from server.payments.refund_model import RefundState
from server.staff.facts import StaffFacts
from tests.simulation.erasures import is_erased
from tests.simulation.line import at_once
from tests.simulation.paying import Paying

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

CASHIER, APPROVER, TWIN = "1001", "2001", "2003"
TWINS_CARD = "card-of-the-twin"
IS_A_PATIENT = {APPROVER: 0.2, CASHIER: 0.4}
"""The share of the runs up to which this one is a patient, too."""
HIDES = 0.5
"""How often they unbind their own card before they act."""


class OwnCards:
    """``patient``: the employee who is the patient of the run's first bills; empty where nobody of them is, and where people pay for
    something else: refunds are asked there by the use case, without the desk that knows who is who.
    """

    def __init__(self, world: SimulatedWorld, facts: StaffFacts, own_card: str) -> None:
        self._world = world
        self._facts = facts
        self._card = own_card
        share = world.chance.share("staff are patients")
        patient = next((number for number, below in IS_A_PATIENT.items() if share < below), "")
        self.patient = patient if world.paying is Paying.BILLS else ""

    def begin(self) -> None:
        self._world.database.saved.append(self.saved)
        if self.patient:
            at_once(self._change(self.patient, self._card, "patient", bind=True))
        for number in (CASHIER, TWIN):
            at_once(self._change(number, TWINS_CARD, "twin", bind=True))

    async def hide(self, number: str, dial: float) -> None:
        """What whoever acts under ``number`` does first, so that nothing bound says any more who they are."""
        if number == TWIN:
            for one in (CASHIER, TWIN):
                await self._change(one, TWINS_CARD, "twin", bind=False)
        if number == self.patient and dial < HIDES:
            await self._change(number, self._card, "patient", bind=False)

    def saved(self, before: Payment | None, after: Payment) -> None:
        """Nobody acts alone, or as the second person, where the money is their own; who asked may withdraw the request. What is erased
        says no longer whose it is.
        """
        if not self.patient or before is None or is_erased(after) or after.personal.card_no != self._card:
            return
        known, me = {refund.id: refund for refund in before.refunds}, f"staff:{self.patient}"
        for refund in after.refunds:
            old = known.get(refund.id)
            if old is None and refund.asked_by == me and "own" not in refund.approval_reasons:
                self._world.trace.problem(f"(c) {refund.id[-9:]}: refunded alone by the very patient")
            decided = old is not None and refund.decided_by == me != old.decided_by
            if decided and refund.state is not RefundState.WITHDRAWN:
                self._world.trace.problem(f"(c) {refund.id[-9:]}: decided by the very patient")

    async def _change(self, number: str, card_no: str, mark: str, *, bind: bool) -> None:
        world, stores = self._world, self._world.database.stores
        staff = await stores.staff.get(world.hospital_id, number)
        identity = staff.identity if staff is not None else None
        if identity is None:
            return
        people = PersonService(
            stores.people, stores.cards, stores.short_lived, world.sealer, world.clock, self._facts.seen
        )
        marks = (f"own:{mark}", f"self:{mark}")
        if bind:
            card = BoundCard(
                hospital=world.hospital_id, owner=identity.key, card_no=card_no, name="谁", identity_proofs=marks
            )
            await stores.cards.bind(card)
            session: Any = SimpleNamespace(hospital=world.hospital_id, identity=identity)
            await people.card_bound(session, "", marks, needs_phone=False)
            return
        await people.card_ends(world.hospital_id, identity.key)
        await stores.cards.unbind(world.hospital_id, identity.key, card_no)
        await people.card_unbound(world.hospital_id, identity.key, marks)
