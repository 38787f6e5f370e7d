"""What a platform tells us, applied in one write. Returning means stored: only then may the door acknowledge."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from server.core.errors import NotAllowed, NotFound, NotSent
from server.core.ids import payment_id_of
from server.core.ports import Clock, Ids
from server.payments.hospital import Hospital
from server.payments.ledger import Transitions
from server.payments.model import Payment
from server.payments.part import PartState
from server.payments.ports import PaymentStore, VerifiedNotification
from server.payments.refund_sums import RefundSums
from server.payments.rules.looking import doubt
from server.payments.rules.outside_refunds import TellAgain
from server.payments.rules.paying import MoneyDiffers, money_arrived
from server.payments.rules.refunded_elsewhere import bank_arrival_told, refund_heard
from server.payments.rules.returning import refund_answered
from server.payments.rules.trades import BankArrival, ChannelRefund, RefundNews, RefundOutcome, RefundSum, Trade
from server.payments.unclaimed import UnclaimedMoneyKeeper


class NotificationService:
    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        payments: PaymentStore,
        transitions: Transitions,
        unclaimed: UnclaimedMoneyKeeper,
        sums: RefundSums,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._hospitals = hospitals
        self._payments = payments
        self._transitions = transitions
        self._unclaimed = unclaimed
        self._sums = sums
        self._clock = clock
        self._ids = ids

    async def apply(self, hospital_id: str, notification: VerifiedNotification) -> None:
        """A genuine repeat changes nothing and gets the same answer. Whatever it raises, the platform must send again:
        StoreError, or an OutsideError while the money that is spoken of is not known yet.
        """
        channel = notification.channel
        match notification.content:
            case Trade() as trade:
                await self._payment(hospital_id, channel, trade)
            case ChannelRefund() as refund:
                await self._refund(hospital_id, channel, refund)
            case RefundNews() as news:
                await self._refund(hospital_id, channel, await self._asked(hospital_id, channel, news))
            case RefundSum() as told:
                await self._sum(hospital_id, channel, told)
            case BankArrival() as arrival:
                await self._bank(hospital_id, channel, arrival)

    async def _payment(self, hospital_id: str, channel: str, trade: Trade) -> None:
        if not trade.has_money:
            return
        now, payment_id = self._clock.now(), payment_id_of(trade.out_trade_no)
        try:
            await self._transitions.apply(
                hospital_id,
                payment_id,
                lambda payment: money_arrived(payment, trade, now, at_the_source=False),
                # What was asked of the channel never changes, and money that has been taken in stays so.
                known=self._transitions.remembered(hospital_id, payment_id),
            )
        except NotFound:
            await self._unclaimed.keep(hospital_id, channel, trade, "no such payment")
        except MoneyDiffers as different:
            order_no = trade.out_trade_no
            asked = await self._transitions.apply(
                hospital_id, payment_id, lambda payment: doubt(payment, now, order_no)
            )
            part = asked.part_for(order_no)
            if part.state is not PartState.PAID:
                await self._unclaimed.differs(hospital_id, trade, str(different))
            elif part.transaction_id != trade.transaction_id:  # else the source was asked meanwhile
                await self._unclaimed.keep(hospital_id, channel, trade, str(different))

    async def _refund(self, hospital_id: str, channel: str, refund: ChannelRefund) -> None:
        if await self._unclaimed.return_told(hospital_id, channel, refund):
            return
        now, jitter, about = self._clock.now(), self._ids.jitter(), payment_id_of(refund.out_trade_no)
        try:
            await self._transitions.apply(
                hospital_id, about, lambda payment: refund_answered(payment, refund, now, jitter)
            )
        except NotFound:
            await self._unclaimed.keep(hospital_id, channel, refund, "no such payment")
        except TellAgain:
            await self._transitions.apply(hospital_id, about, lambda p: _heard(p, refund, now))
        except NotAllowed as different:
            known = await self._transitions.apply(hospital_id, about, lambda p: _heard_early(p, refund, now))
            if known.part_for(refund.out_trade_no).state is PartState.PAID:
                await self._unclaimed.keep(hospital_id, channel, refund, str(different))

    async def _sum(self, hospital_id: str, channel: str, told: RefundSum) -> None:
        """No new refund: the sum of all of them, on a notification that is about something else."""
        payment = await self._payments.get(hospital_id, payment_id_of(told.out_trade_no))
        part = None if payment is None else payment.part_for(told.out_trade_no)
        if payment is not None and part is not None and part.paid_fen and part.request.merchant_id == told.merchant_id:
            await self._sums.told(payment, part, told.sum_fen)
            return
        if await self._unclaimed.explains(hospital_id, channel, told.out_trade_no, told.sum_fen):
            return
        found = ChannelRefund(
            out_trade_no=told.out_trade_no,
            out_refund_no=told.out_trade_no,
            outcome=RefundOutcome.PROCESSING,
            amount_fen=told.sum_fen or 0,
            merchant_id=told.merchant_id,
        )
        await self._refund(hospital_id, channel, found)

    async def _bank(self, hospital_id: str, channel: str, arrival: BankArrival) -> None:
        """Where the refund is not known yet, this is the first word of it."""
        news = RefundNews(out_trade_no=arrival.out_trade_no, out_refund_no=arrival.out_refund_no)
        payment = await self._payments.get(hospital_id, payment_id_of(arrival.out_trade_no))
        if payment is None or payment.refund(arrival.out_refund_no) is None:
            await self._refund(hospital_id, channel, await self._asked(hospital_id, channel, news))
        if payment is not None:
            now = self._clock.now()
            await self._transitions.apply(hospital_id, payment.id, lambda p: bank_arrival_told(p, arrival, now))

    async def _asked(self, hospital_id: str, channel: str, news: RefundNews) -> ChannelRefund:
        """What the channel itself says of the refund; of a payment that is not ours just that there is one."""
        payment = await self._payments.get(hospital_id, payment_id_of(news.out_trade_no))
        number, refund_no = news.out_trade_no, news.out_refund_no
        if payment is None and not await self._unclaimed.is_return(hospital_id, channel, number, refund_no):
            return ChannelRefund(out_trade_no=number, out_refund_no=refund_no, outcome=RefundOutcome.PROCESSING)
        answer = await self._hospitals[hospital_id].channels[channel].query_refund(number, refund_no)
        if answer.outcome is RefundOutcome.ABSENT:
            raise NotSent(channel, "a refund that was announced is not to be found yet")
        return answer


def _heard(payment: Payment, refund: ChannelRefund, now: datetime) -> Payment:
    """A refund that has no room beside what is under way: stored, and asked for until it has. What was placed meanwhile is known."""
    return payment if payment.refund(refund.out_refund_no) is not None else refund_heard(payment, refund, now)


def _heard_early(payment: Payment, refund: ChannelRefund, now: datetime) -> Payment:
    """A refund of money that we do not know yet: the channel is asked for both."""
    part = payment.part_for(refund.out_trade_no)
    if part.state is PartState.PAID:
        return payment
    if refund.merchant_id != part.request.merchant_id:
        return doubt(payment, now, part.order_no)
    return doubt(_heard(payment, refund, now), now, part.order_no)
