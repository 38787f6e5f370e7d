"""What must hold of deposits and discharges when everything is over. The channels' and the HIS's books are the truth.

(a) money in less money back is what the HIS holds, of each payment and of each stay    (b) nobody owes anything    (c) refunds
(e) claims    (f) our record is the truth    (h) a settlement's shares went back, each by its own channel, or are named
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from server.app.wiring import Composition
from server.effects.model import LOOKS
from server.inpatient.model import DEPOSIT, DISCHARGE
from server.patients.model import Session
from server.payments.model import Payment, PaymentState
from server.payments.part import PartState
from server.payments.refund_model import RefundOrigin, RefundState
from tests.simulation.books import Books
from tests.simulation.stay_people import StayPhone
from tests.support.settlements import settlement_problems

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld
    from tests.simulation.stays import Stays


class StayBooks:
    def __init__(self, world: SimulatedWorld, stays: Stays) -> None:
        self._world = world
        self._stays = stays
        self._books = Books(world)

    async def check(self) -> None:
        problem = self._world.trace.problem
        for payment in self._books.payments:
            for told in (*self._money(payment), *self._owed(payment)):
                problem(f"{self._world.shorter(payment.id)} ({payment.purpose}): {told}")
        for told in (*self._balances(), *self._strangers(), *await self._settlements()):
            problem(told)

    def _money(self, payment: Payment) -> Iterator[str]:
        [part] = payment.parts
        in_fen, back_fen = self._books.in_fen(payment.id), self._books.back_fen(payment.id)
        if back_fen > in_fen:
            yield f"(c) {back_fen} fen went back of {in_fen}"
        if payment.paid_fen != in_fen:
            yield f"(f) the channel holds {in_fen} fen, and we say {payment.paid_fen}"
        trade = self._books.trades.get(payment.id)
        if (trade is not None and trade.payable) or part.state is PartState.UNPAID:
            yield f"(b) it can still be paid, and it is {part.state}"
        kept_fen = self._kept_fen(payment)
        held_fen = self._held_fen(payment.id)
        if kept_fen + self._books.refused_fen(payment) + self._books.late_fen(payment) != held_fen:
            yield f"(a) {in_fen} fen came, {kept_fen} are kept, the HIS holds {held_fen}"
        booked, late = payment.state is PaymentState.BOOKED, f"{payment.id}:his_holds_returned:{payment.late_trade_no}"
        if booked != (payment.id in self._books.his) and late not in self._books.alerted:
            yield f"(a) it is {payment.state}, and the HIS has it: {payment.id in self._books.his}"

    def _kept_fen(self, payment: Payment) -> int:
        """What has come and not gone back, by its channel or by a transfer of finance."""
        elsewhere = (
            one.amount_fen
            for one in payment.refunds
            if one.origin is RefundOrigin.ELSEWHERE and one.state is RefundState.SUCCEEDED
        )
        return self._books.in_fen(payment.id) - self._books.back_fen(payment.id) - sum(elsewhere)

    def _held_fen(self, number: str) -> int:
        trade = self._books.his.get(number)
        return 0 if trade is None else int(trade["amount_fen"] - trade["released_fen"])

    def _owed(self, payment: Payment) -> Iterator[str]:
        if not payment.at_rest() or any(effect.kind not in LOOKS for effect in payment.effects):
            yield f"(b) {payment.state} still owes {[effect.key for effect in payment.effects]}"
        whole = payment.state is PaymentState.BOOKED and payment.purpose == DISCHARGE
        gone = payment.paid_fen and self._kept_fen(payment) == 0
        if bool(payment.claims) != (whole and not gone):
            yield f"(e) {payment.state}, and it claims {payment.claims}"

    def _balances(self) -> Iterator[str]:
        """What the HIS says was paid in for a stay is what was paid at its window and what our channels keep of its deposits."""
        for admission in self._stays.admissions():
            number = admission["admission_no"]
            ours = [
                one
                for one in self._books.payments
                if one.purpose == DEPOSIT and one.personal.subject.numbers == (number,)
            ]
            held = [one for one in ours if one.id in self._books.his]
            kept_fen = sum(
                self._kept_fen(one) + self._books.refused_fen(one) + self._books.late_fen(one) for one in held
            )
            expected_fen = kept_fen + sum(one["amount_fen"] for one in admission["window"])
            paid_in_fen = self._stays.wards.paid_in_fen(admission)
            if paid_in_fen != expected_fen:
                yield f"(a) {number}: deposits less refunds are {expected_fen}, the HIS's balance is {paid_in_fen}"

    def _strangers(self) -> Iterator[str]:
        known = {payment.id for payment in self._books.payments}
        for number in self._books.his:
            if number not in known:
                yield f"(f) {self._world.shorter(number)} is booked in the HIS and is no payment of ours"
        for number, trade in self._books.trades.items():
            if trade.transaction_id and number not in known:
                yield f"(f) {self._world.shorter(number)} was paid and nobody knows it"

    async def _settlements(self) -> list[str]:
        """(h), by the page that the patient's family sees."""
        settled = [one for one in self._books.payments if one.purpose == DISCHARGE and one.state is PaymentState.BOOKED]
        phone = next((one for one in self._world.phones if isinstance(one, StayPhone)), None)
        if not settled or phone is None:
            return []
        lots = {one.id: one for one in self._books.payments}

        async def look(parts: Composition, session: Session) -> list[str]:
            found: list[str] = []
            for known in await parts.services.admissions.mine(session):
                view = await parts.services.discharges.view(session, known.key)
                for one in settled:
                    if known.admission.stay.admission_no in one.personal.subject.numbers:
                        found += [f"(h) {told}" for told in settlement_problems(view, one, lots)]
            return found

        return await phone.looks(look)
