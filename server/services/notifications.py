"""What a platform tells us, applied in one write. Returning means stored: only then may the door acknowledge."""

from __future__ import annotations

from collections.abc import Mapping

from server.domain.console_refunds import TellAgain
from server.domain.errors import NotAllowed, NotFound, NotSent, OutcomeUnknown
from server.domain.paying import MAY_STILL_BE_PAID, MoneyDiffers, doubt, money_arrived
from server.domain.refunding import refund_answered
from server.domain.trades import ChannelRefund, RefundNews, RefundOutcome, Trade
from server.ports import Clock, Hospital, Ids, Stores, VerifiedNotification
from server.services.transitions import Transitions
from server.services.unclaimed import UnclaimedMoneyKeeper


class NotificationService:
    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        stores: Stores,
        transitions: Transitions,
        unclaimed: UnclaimedMoneyKeeper,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._hospitals = hospitals
        self._stores = stores
        self._transitions = transitions
        self._unclaimed = unclaimed
        self._clock = clock
        self._ids = ids

    async def apply(self, hospital_id: str, notification: VerifiedNotification) -> None:
        """A genuine repeat changes nothing and gets the same answer. Whatever it raises, the platform must send again:
        StoreError, or an OutsideError while the money that is spoken of is not known yet.
        """
        content = notification.content
        if isinstance(content, Trade):
            await self._payment(hospital_id, notification.channel, content)
        elif isinstance(content, ChannelRefund):
            await self._refund(hospital_id, notification.channel, content)
        else:
            await self._refund(
                hospital_id, notification.channel, await self._asked(hospital_id, notification.channel, content)
            )

    async def _payment(self, hospital_id: str, channel: str, trade: Trade) -> None:
        if not trade.has_money:
            return
        now = self._clock.now()
        try:
            await self._transitions.apply(
                hospital_id, trade.out_trade_no, lambda payment: money_arrived(payment, trade, now, at_the_source=False)
            )
        except NotFound:
            await self._unclaimed.keep(hospital_id, channel, trade, "no such payment")
        except MoneyDiffers as different:
            asked = await self._transitions.apply(hospital_id, trade.out_trade_no, lambda payment: doubt(payment, now))
            if asked.state in MAY_STILL_BE_PAID:
                await self._unclaimed.differs(hospital_id, trade, str(different))
            elif asked.cash.transaction_id != trade.transaction_id:  # else the source was asked meanwhile
                await self._unclaimed.keep(hospital_id, channel, trade, str(different))

    async def _refund(self, hospital_id: str, channel: str, refund: ChannelRefund) -> None:
        now, jitter = self._clock.now(), self._ids.jitter()
        try:
            await self._transitions.apply(
                hospital_id, refund.out_trade_no, lambda payment: refund_answered(payment, refund, now, jitter)
            )
        except NotFound:
            await self._unclaimed.keep(hospital_id, channel, refund, "no such payment")
        except TellAgain as busy:
            raise OutcomeUnknown(channel, "a refund beside one that is being written off: tell us again") from busy
        except NotAllowed as different:
            asked = await self._transitions.apply(
                hospital_id, refund.out_trade_no, lambda payment: payment if payment.paid_fen else doubt(payment, now)
            )
            if asked.state in MAY_STILL_BE_PAID:
                raise OutcomeUnknown(channel, "a refund of money that we do not know yet: tell us again") from different
            await self._unclaimed.keep(hospital_id, channel, refund, str(different))

    async def _asked(self, hospital_id: str, channel: str, news: RefundNews) -> ChannelRefund:
        """What the channel itself says of the refund; of a payment that is not ours just that there is one."""
        payment = await self._stores.payments.get(hospital_id, news.out_trade_no)
        if payment is None:
            return ChannelRefund(
                out_trade_no=news.out_trade_no, out_refund_no=news.out_refund_no, outcome=RefundOutcome.PROCESSING
            )
        answer = await self._hospitals[hospital_id].channels[channel].query_refund(payment, news.out_refund_no)
        if answer.outcome is RefundOutcome.ABSENT:
            raise NotSent(channel, "a refund that was announced is not to be found yet")
        return answer
