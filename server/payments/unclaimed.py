"""Verified money that fits no payment: kept, acknowledged, shown to finance. Never lost, never booked."""

from __future__ import annotations

from server.alerts.model import Alert
from server.alerts.ports import AlertStore
from server.core.ports import Clock
from server.payments.ports import UnclaimedMoney, UnclaimedStore
from server.payments.rules.trades import ChannelRefund, Trade


class UnclaimedMoneyKeeper:
    def __init__(self, unclaimed: UnclaimedStore, alerts: AlertStore, clock: Clock) -> None:
        self._unclaimed = unclaimed
        self._alerts = alerts
        self._clock = clock

    async def keep(self, hospital: str, channel: str, found: Trade | ChannelRefund, reason: str) -> None:
        """Repeatable: the same money is kept once and alarms once. A refund's number is good within its order only: two orders
        may have refunds of one number.
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
        await self._unclaimed.keep(money)
        alert = Alert(hospital=hospital, id=f"unclaimed:{money.id}", kind="unclaimed_money", text=reason, at=now)
        await self._alerts.raise_alert(alert)

    async def differs(self, hospital: str, trade: Trade, reason: str) -> None:
        """What was told of an open payment's money does not fit it. The channel will be asked, and its answer says whose money it is."""
        name = f"{trade.out_trade_no}:notification_differs:{trade.transaction_id}"
        text = f"{trade.out_trade_no} {reason}"
        alert = Alert(hospital=hospital, id=name, kind="notification_differs", text=text, at=self._clock.now())
        await self._alerts.raise_alert(alert)
