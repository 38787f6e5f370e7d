"""What must hold of payments of the test purposes when everything is over. The channels' and the systems' books are the truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from server.core.history import HistoryEvent
from server.core.ids import payment_id_of
from server.effects.model import LOOKS
from server.payments.model import Payment, PaymentState
from server.payments.part import PartState
from server.payments.refund_model import RefundOrigin, RefundState
from tests.simulation.channels import Refund, Trade
from tests.support.purposes import FUND, INSURED

if TYPE_CHECKING:
    from tests.simulation.purpose_systems import PurposeSystems
    from tests.simulation.simulated_world import SimulatedWorld


class SilentReading:
    """In the place of `Reading`, which knows what bills' messages must say."""

    def sends(self, where: str, payment: Payment | None, effect_key: str) -> None:
        """Nothing is looked at."""

    def dropped(self, payment: Payment, line: HistoryEvent) -> None:
        """Nothing is looked at."""

    def handled(self, where: str) -> None:
        """Nothing is looked at."""


class PurposeBooks:
    def __init__(self, world: SimulatedWorld, systems: PurposeSystems) -> None:
        self._world = world
        self._systems = systems
        self._trades: dict[str, Trade] = {t.out_trade_no: t for c in world.channels for t in c.trades()}
        self._refunds: list[Refund] = [refund for channel in world.channels for refund in channel.refunds()]

    def check(self) -> None:
        payments = self._world.database.payments()
        for payment in payments:
            for problem in (*self._money(payment), *self._owed(payment)):
                self._world.trace.problem(f"{self._world.shorter(payment.id)} ({payment.purpose}): {problem}")
        live = {payment.id for payment in payments if payment.state is PaymentState.BOOKED}
        for slot, number in self._systems.slots.held.items():
            if number not in live:
                self._world.trace.problem(f"{slot} is held for {self._world.shorter(number)}, which is over")
        known = {payment.id for payment in payments}
        for number, trade in self._trades.items():
            if trade.transaction_id and payment_id_of(number) not in known:
                self._world.trace.problem(f"(f) {number} was paid and nobody knows it")

    def _money(self, payment: Payment) -> Iterator[str]:
        """(a), (c), (f): per part, and against what the system holds."""
        in_fen = back_fen = 0
        for part in payment.parts:
            trade = self._trades.get(part.order_no)
            paid_fen = trade.amount_fen if trade is not None and trade.transaction_id else 0
            part_back_fen = sum(
                r.amount_fen for r in self._refunds if r.out_trade_no == part.order_no and r.state == "success"
            )
            if part_back_fen > paid_fen:
                yield f"(c) {part.kind}: {part_back_fen} fen went back of {paid_fen}"
            if trade is not None and trade.payable:
                yield f"(b) {part.kind} can still be paid"
            if part.paid_fen != paid_fen:
                yield f"(f) {part.kind} holds {paid_fen} fen and we say {part.paid_fen}"
            if part.state is PartState.UNPAID:
                yield f"(b) {part.kind} is {part.state}"
            in_fen, back_fen = in_fen + paid_fen, back_fen + part_back_fen
        elsewhere = (
            r for r in payment.refunds if r.origin is RefundOrigin.ELSEWHERE and r.state is RefundState.SUCCEEDED
        )
        back_fen += sum(refund.amount_fen for refund in elsewhere)  # finance has paid it another way
        held_fen = self._systems.of(payment).held_fen(payment.id)
        if in_fen - back_fen != held_fen:
            yield f"(a) {in_fen} fen came, {back_fen} went back, {held_fen} are booked"
        keeps = back_fen < in_fen if in_fen else payment.id in self._systems.slots.held.values()
        whole = payment.state is PaymentState.BOOKED and keeps
        if whole != bool(payment.claims):
            yield f"(e) {payment.state}, and it claims {payment.claims}"
        if payment.state is PaymentState.RETURNED and payment.amount_fen and not in_fen:
            yield "(f) returned, and nothing was paid"

    def _owed(self, payment: Payment) -> Iterator[str]:
        if not payment.at_rest() or any(effect.kind not in LOOKS for effect in payment.effects):
            yield f"(b) {payment.state} still owes {[effect.key for effect in payment.effects]}"
        order = [refund.part for refund in payment.refunds]
        if payment.purpose == INSURED and order != sorted(order, key=lambda kind: kind != FUND):
            yield f"(u) undone in the order {order}"
