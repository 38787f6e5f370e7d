"""What must hold at every moment, looked at whenever something is stored, ordered or acknowledged."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING

from sandbox.world.wire import Request
from server.core.ids import payment_id_of
from server.effects.engine import Runner
from server.effects.model import Effect, EffectKind, find
from server.payments.ledger import Decide
from server.payments.model import Payment, PaymentState
from server.payments.ports import VerifiedNotification
from server.payments.refund_model import RefundOrigin, RefundState
from server.payments.rules.causes import causes
from server.payments.rules.ending_rest import AGREED
from server.payments.rules.paying import PART_PAID
from server.payments.rules.replay import contradictions
from server.payments.rules.trades import ChannelRefund, Trade
from tests.simulation.channels import Trade as TheirTrade
from tests.simulation.line import at_once
from tests.simulation.reading import Reading
from tests.simulation.stays import paid_once

if TYPE_CHECKING:
    from tests.simulation.process_clocks import MachineClock
    from tests.simulation.purpose_books import SilentReading
    from tests.simulation.simulated_world import SimulatedWorld

FOLLOWS: Mapping[PaymentState, frozenset[PaymentState]] = {
    PaymentState.CREATED: frozenset({PaymentState.PENDING, PaymentState.PAID, PaymentState.CLOSED, PaymentState.RETURNING, PaymentState.RETURNED}),
    PaymentState.PENDING: frozenset({PaymentState.PAID, PaymentState.CLOSED, PaymentState.RETURNING, PaymentState.RETURNED}),
    PaymentState.PAID: frozenset({PaymentState.BOOKED, PaymentState.RETURNING, PaymentState.RETURNED}),
    PaymentState.CLOSED: frozenset({PaymentState.RETURNING, PaymentState.RETURNED}),
    PaymentState.RETURNING: frozenset({PaymentState.RETURNED, PaymentState.BOOKED}),
    PaymentState.BOOKED: frozenset({PaymentState.RETURNING}),
    PaymentState.RETURNED: frozenset({PaymentState.RETURNING}),
}  # fmt: skip
"""DESIGN section 3; money that went back whole before it was known, or before it was held (a console refund), ends a payment at once, and a call that landed late in
the HIS books a return of which nothing has gone (decision 0023). Booked money goes back whole only because two people of finance have said so (decision 0054); what was returned goes on only with the late money
of another part."""
RESTING_CLAIMLESS = {PaymentState.CLOSED, PaymentState.RETURNING, PaymentState.RETURNED}
ORDERS = frozenset({"wechatpay.order", "alipay.create"})
NOTICED_WITHIN_S = 30.0
_LEASED: ContextVar[Payment | None] = ContextVar("leased", default=None)
_AT_WORK: ContextVar[tuple[str, str, str]] = ContextVar("at_work", default=("", "", ""))


class Watch:
    def __init__(self, world: SimulatedWorld, reading: Reading | SilentReading | None = None) -> None:
        self._world = world
        self.reading = reading or Reading(world)

    def saved(self, before: Payment | None, after: Payment) -> None:
        """A step was stored."""
        problem, name = self._world.trace.problem, self._world.shorter(after.id)
        if before is not None:
            if after.state is not before.state and after.state not in FOLLOWS[before.state]:
                problem(f"{name} went from {before.state} to {after.state}")
            gone_back = before.state is PaymentState.BOOKED and after.state is PaymentState.RETURNING
            if gone_back and after.history[-1].what != AGREED:
                problem(f"{name} was booked and goes back, and nobody has agreed")
            again = before.state is PaymentState.RETURNED and after.state is PaymentState.RETURNING
            if again and all(line.what != PART_PAID for line in after.history[len(before.history) :]):
                problem(f"{name} was returned and goes back again, and nothing more was paid")
            if after.version <= before.version:
                problem(f"{name} went from version {before.version} to {after.version}")
            for line in after.history[len(before.history) :]:
                self.reading.dropped(before, line)
        closes = after.state is PaymentState.CLOSED and (before is None or before.state is not PaymentState.CLOSED)
        orders = {part.order_no for part in after.parts}
        if closes and any(trade.payable for trade in self._trades() if trade.out_trade_no in orders):
            problem(f"{name} is closed here and can still be paid at its channel")
        if after.state in RESTING_CLAIMLESS and after.claims:
            problem(f"{name} is {after.state} and still claims")
        if not after.at_rest() and not after.effects:
            problem(f"{name} is {after.state}, not at rest, and owes nothing: forgotten")
        self._arrived(before, after)
        self._alerted(after)
        if after.refunding_fen > after.paid_fen:
            problem(f"{name} gives back more than was paid")
        for contradiction in contradictions(after):
            problem(f"{name}: {contradiction}")

    def _arrived(self, before: Payment | None, after: Payment) -> None:
        """A refund counts as arrived only when its channel has moved the money."""
        known = {} if before is None else {refund.id: refund.state for refund in before.refunds}
        new = [
            r
            for r in after.refunds
            if r.state is RefundState.SUCCEEDED
            and known.get(r.id) is not r.state
            and r.origin is not RefundOrigin.ELSEWHERE
        ]
        moved = (
            {r.out_refund_no for c in self._world.channels for r in c.refunds() if r.state == "success"} if new else {}
        )
        for refund in new:
            if refund.id not in moved:
                self._world.trace.problem(f"refund {self._world.shorter(refund.id)} counts as arrived and has not")

    def _alerted(self, payment: Payment) -> None:
        """Whatever needs a person has an alert that stands: raised before the write, and not ended while its cause is there."""
        for kind, subject in causes(payment):
            alert = at_once(
                self._world.database.stores.alerts.get(self._world.hospital_id, f"{payment.id}:{kind}:{subject}")
            )
            if alert is None or not alert.live:
                self._world.trace.problem(f"(g) nobody is told of {kind} {self._world.shorter(subject)}")

    def working(self, runner: Runner, machine: MachineClock) -> Runner:
        """``runner``, remembering for which effect, and under which lease, it calls the outside."""

        async def run(payment: Payment, effect: Effect) -> Decide:
            if machine.off_for_s > NOTICED_WITHIN_S:
                self._world.trace.problem(f"{effect.key} is done by a process whose clock is off")
            _AT_WORK.set((payment.id, effect.key, effect.lease or ""))
            _LEASED.set(payment)
            return await runner(payment, effect)

        return run

    def sends(self, where: str) -> None:
        """A call goes out. If it is an effect's, nobody else may hold that effect's lease (e)."""
        self.reading.sends(where, _LEASED.get(), _AT_WORK.get()[1])
        payment_id, key, lease = _AT_WORK.get()
        payment = self._world.database.payment(payment_id) if payment_id else None
        effect = find(payment.effects, key) if payment is not None else None
        if effect is not None and effect.lease not in {None, lease}:
            self._world.trace.problem(f"(e) {self._world.shorter(payment_id)} {key}: two workers at once")

    def handled(self, where: str, request: Request) -> None:
        """A platform has done a call."""
        self.reading.handled(where)
        if where in ORDERS:
            self._orders_apart()

    def _orders_apart(self) -> None:
        """No bill can be paid twice at the same time: its payable orders are at most one."""
        payable = {trade.out_trade_no for trade in self._trades() if trade.payable}
        holders: dict[str, str] = {}
        for payment in self._world.database.payments():
            if not any(part.order_no in payable for part in payment.parts):
                continue
            if payment.state is PaymentState.CLOSED:
                self._world.trace.problem(f"an order came to be for {self._world.shorter(payment.id)}, closed before")
            for thing in paid_once(payment):
                other = holders.setdefault(thing, payment.id)
                if other != payment.id:
                    names = f"{self._world.shorter(other)} and {self._world.shorter(payment.id)}"
                    self._world.trace.problem(f"two open orders for one bill: {names}")

    def _trades(self) -> list[TheirTrade]:
        return [trade for channel in self._world.channels for trade in channel.trades()]

    def acknowledged(self, told: VerifiedNotification) -> None:
        """The platform will not say it again: it must be stored."""
        content = told.content
        payment = self._world.database.payment(payment_id_of(content.out_trade_no))
        name = self._world.shorter(content.out_trade_no)
        if isinstance(content, Trade):
            stored = payment is not None and (
                payment.part_for(content.out_trade_no).transaction_id == content.transaction_id
                or self._will_ask(payment, content)
            )
            if not stored and not self._unclaimed(content.transaction_id):
                self._world.trace.problem(f"money of {name} was acknowledged and is not stored")
        elif (
            isinstance(content, ChannelRefund)
            and not self._refund_stored(payment, content)
            and not self._unclaimed(content.channel_refund_id)
        ):
            self._world.trace.problem(f"a refund of {name} was acknowledged and is not stored")

    def _will_ask(self, payment: Payment, told: Trade) -> bool:
        """Money in doubt: not recorded, but the channel will be asked what it really holds."""
        asks = any(effect.kind in {EffectKind.QUERY, EffectKind.CLOSE} for effect in payment.effects)
        return asks and told.amount_fen != payment.part_for(told.out_trade_no).amount_fen

    def _refund_stored(self, payment: Payment | None, told: ChannelRefund) -> bool:
        refund = None if payment is None else payment.refund(told.out_refund_no)
        if payment is not None and find(payment.effects, f"{EffectKind.QUERY_REFUND}:{told.out_refund_no}") is not None:
            return True  # heard of, and asked for until it can be placed
        return refund is not None and refund.state not in {RefundState.REQUESTED, RefundState.REJECTED}

    def _unclaimed(self, transaction_id: str) -> bool:
        kept = at_once(self._world.database.stores.unclaimed.latest(self._world.hospital_id, 1000))
        return any(money.transaction_id == transaction_id for money in kept)
