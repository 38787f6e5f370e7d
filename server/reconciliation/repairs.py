"""What Zhenfu may mend itself: it lets the payment owe an ordinary effect, which then does what it always does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from server.core.errors import NotFound, Tampered, Unreadable
from server.core.ports import Clock
from server.effects.model import Effect, EffectKind, find, with_effect
from server.payments.hospital import Hospital
from server.payments.ledger import Transitions
from server.payments.model import Payment, bumped
from server.payments.rules.his_asked import asks_his, is_asking
from server.payments.rules.trades import TradeState
from server.payments.unclaimed import UnclaimedMoneyKeeper
from server.reconciliation.day_model import ReconciliationDay
from server.reconciliation.model import Act, Discrepancy, Leg, Row, RowKind
from server.reconciliation.rules.our_rows import as_of_now

ASKS_CHANNEL = frozenset({Act.QUERY_CHANNEL, Act.RECORD_REFUND})


class Repairs:
    """Another system's rows are never touched; neither is what a person decides."""

    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        transitions: Transitions,
        unclaimed: UnclaimedMoneyKeeper,
        clock: Clock,
    ) -> None:
        self._hospitals = hospitals
        self._transitions = transitions
        self._unclaimed = unclaimed
        self._clock = clock

    async def set_going(self, day: ReconciliationDay, found: Iterable[Discrepancy]) -> list[str]:
        """The ids of what is being mended. Money of ours that belongs to no payment is kept as unclaimed, where finance sees it.

        Raises OutcomeUnknown, NotSent, OutsideRefusal where the channel has to be asked about such money and does not answer.
        """
        mended = []
        for each in found:
            if each.ours and each.act is Act.ASK_HIS and await self._asks_his(day, each):
                mended.append(each.id)
            row = next((row for row in each.rows if row.leg is Leg.CHANNEL), None)
            if each.ours and each.act in ASKS_CHANNEL and row is not None and await self._owed(day, row):
                mended.append(each.id)
        return mended

    async def _owed(self, day: ReconciliationDay, row: Row) -> bool:
        refund = row.kind is RowKind.REFUND
        effect = Effect(
            kind=EffectKind.QUERY_REFUND if refund else EffectKind.QUERY,
            subject=row.number if refund else "",
            due_at=self._clock.now(),
        )
        owing = partial(_owing, effect=effect)
        try:
            await self._transitions.apply(day.hospital, row.payment_number, owing)
        except NotFound:
            await self._keep(day, row)
            return False
        except (Tampered, Unreadable):  # who met it has alerted
            return False
        return True

    async def _asks_his(self, day: ReconciliationDay, each: Discrepancy) -> bool:
        """True where the HIS is asked, or told, by what the payment owes now, and where it has answered since the rows were compared: the
        process may have died after it had set a repair going.
        """
        row = next((row for row in each.rows if row.leg is Leg.OURS), None)
        if row is None:
            return False
        subject = row.number if row.kind is RowKind.REFUND else ""
        asks = partial(asks_his, subject=subject, now=self._clock.now())
        try:
            payment = await self._transitions.apply(day.hospital, row.payment_number, asks)
        except (NotFound, Tampered, Unreadable):
            return False
        return is_asking(payment, subject) or as_of_now(payment, day.channel, row) != row

    async def _keep(self, day: ReconciliationDay, row: Row) -> None:
        """A statement is no verified word about one trade, so the channel is asked first."""
        channel = self._hospitals[day.hospital].channels.get(day.channel)
        if channel is None or row.kind is not RowKind.PAYMENT:
            return
        trade = await channel.query(row.payment_number)
        if trade.state in {TradeState.PAID, TradeState.REFUNDED}:
            await self._unclaimed.keep(day.hospital, day.channel, trade, "statement")


def _owing(payment: Payment, effect: Effect) -> Payment:
    """Asked now, unless somebody is asking."""
    known = find(payment.effects, effect.key)
    if known is not None and (known.lease is not None or known.due_at <= effect.due_at):
        return payment
    return bumped(payment, effects=with_effect(payment.effects, effect))
