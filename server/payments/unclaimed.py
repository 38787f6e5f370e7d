"""Verified money that fits no payment: kept, acknowledged, shown to finance. Never lost, never booked."""

from __future__ import annotations

from server.alerts.model import Alert
from server.alerts.ports import AlertStore
from server.core.errors import NotAllowed
from server.core.ports import Clock, Ids
from server.payments.ports import UnclaimedStore
from server.payments.rules.trades import ChannelRefund, Trade
from server.payments.rules.unclaimed_returns import UNCLAIMED, is_number_of_return, return_answered
from server.payments.unclaimed_model import UnclaimedAct, UnclaimedMoney, UnclaimedState
from server.payments.unclaimed_returns import UnclaimedLedger


class UnclaimedMoneyKeeper:
    def __init__(
        self, unclaimed: UnclaimedStore, ledger: UnclaimedLedger, alerts: AlertStore, clock: Clock, ids: Ids
    ) -> None:
        self._unclaimed = unclaimed
        self._ledger = ledger
        self._alerts = alerts
        self._clock = clock
        self._ids = ids

    async def keep(self, hospital: str, channel: str, found: Trade | ChannelRefund, reason: str) -> None:
        """Repeatable: the same money is kept once, and alarms until people have ended it. A refund's number is good within its order
        only: two orders may have refunds of one number.
        """
        if isinstance(found, ChannelRefund):
            kind, transaction_id = "refund", found.channel_refund_id or found.out_refund_no
            named = f"{channel}:refund:{found.out_trade_no}:{found.out_refund_no}"
        else:
            kind, transaction_id = "payment", found.transaction_id
            named = f"{channel}:{transaction_id or found.out_trade_no}"
        now = self._clock.now()
        money = UnclaimedMoney(
            hospital=hospital,
            id=named,
            channel=channel,
            out_trade_no=found.out_trade_no,
            transaction_id=transaction_id,
            kind=kind,
            amount_fen=found.amount_fen,
            reason=reason,
            at=now,
        )
        stored = await self._unclaimed.keep(money)
        if stored.settled:
            return
        alert = Alert(hospital=hospital, id=f"{UNCLAIMED}:{money.id}", kind="unclaimed_money", text=reason, at=now)
        await self._alerts.raise_alert(alert)

    async def is_return(self, hospital: str, channel: str, out_trade_no: str, refund_no: str) -> bool:
        """Is this the number under which people sent unclaimed money of this order back?"""
        return await self._sent_back_as(hospital, channel, out_trade_no, refund_no) is not None

    async def return_told(self, hospital: str, channel: str, refund: ChannelRefund) -> bool:
        """False for any other refund. The word on one that people sent back is noted with its money; one that does not fit is kept
        for people to look at.
        """
        money = await self._sent_back_as(hospital, channel, refund.out_trade_no, refund.out_refund_no)
        if money is None:
            return False
        now, jitter = self._clock.now(), self._ids.jitter()
        try:
            await self._ledger.apply(hospital, money.id, lambda one: return_answered(one, refund, now, jitter))
        except NotAllowed as different:
            await self.keep(hospital, channel, refund, str(different))
        return True

    async def explains(self, hospital: str, channel: str, out_trade_no: str, sum_fen: int | None) -> bool:
        """Is it known why so much of this order has been refunded? ``sum_fen`` None: some of it."""
        for money in await self._unclaimed.of_order(hospital, channel, out_trade_no):
            by_us = money.ended is not None and money.ended.act is UnclaimedAct.SEND_BACK
            if by_us and money.state is not UnclaimedState.OPEN and (sum_fen is None or sum_fen <= money.amount_fen):
                return True
        return False

    async def differs(self, hospital: str, trade: Trade, reason: str) -> None:
        """What was told of an open payment's money does not fit it. The channel will be asked, and its answer says whose money it is."""
        name = f"{trade.out_trade_no}:notification_differs:{trade.transaction_id}"
        text = f"{trade.out_trade_no} {reason}"
        alert = Alert(hospital=hospital, id=name, kind="notification_differs", text=text, at=self._clock.now())
        await self._alerts.raise_alert(alert)

    async def _sent_back_as(
        self, hospital: str, channel: str, out_trade_no: str, refund_no: str
    ) -> UnclaimedMoney | None:
        if not is_number_of_return(out_trade_no, refund_no):
            return None
        kept = await self._unclaimed.of_order(hospital, channel, out_trade_no)
        return next((money for money in kept if money.refund_no == refund_no), None)
