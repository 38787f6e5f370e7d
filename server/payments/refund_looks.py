"""Asks a channel whether somebody has refunded there what nobody announced: when people touch a payment, and on a slow timetable.

The channel's word on the order is all that is known: it may say how much has gone back, or only that something has, and where refunds of
ours are at the channel, it may say nothing. Statements find the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from server.core.errors import OutsideError
from server.core.ports import Clock
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.part import Part
from server.payments.refund_channel import refund_channel_info
from server.payments.refund_sums import RefundSums
from server.payments.rules.refund_looks import may_have_gone
from server.payments.rules.trades import Trade, TradeState, differences

TOUCHED_S_MAX = 2.0
"""How long somebody who wants a refund waits for this look; the refund itself does not depend on it."""


class RefundLooks:
    def __init__(self, hospitals: Mapping[str, Hospital], sums: RefundSums, clock: Clock) -> None:
        self._hospitals = hospitals
        self._sums = sums
        self._clock = clock

    async def look(self, payment: Payment) -> Payment:
        """The payment as it is known after the channel was asked. Raises OutsideError while it does not answer."""
        if not may_have_gone(payment):
            return payment
        for part in payment.parts:
            channel = self._hospitals[payment.hospital].channels.get(part.channel)
            if channel is not None and self._is_worth_it(payment, part):
                payment = await self._learned(payment, await channel.query(part.order_no))
        return payment

    async def touched(self, payment: Payment) -> Payment:
        """As `look`, for somebody who waits: what can't be known now is left as it is."""
        try:
            async with asyncio.timeout(TOUCHED_S_MAX):
                return await self.look(payment)
        except (OutsideError, TimeoutError):
            return payment

    async def answered(self, payment: Payment, trade: Trade | None) -> Payment:
        """As `touched`, where the channel has been asked for the order already."""
        if trade is None or not may_have_gone(payment):
            return payment
        if not self._is_worth_it(payment, payment.part_for(trade.out_trade_no)):
            return payment
        try:
            async with asyncio.timeout(TOUCHED_S_MAX):
                return await self._learned(payment, trade)
        except (OutsideError, TimeoutError):
            return payment

    async def _learned(self, payment: Payment, trade: Trade) -> Payment:
        if trade.state is not TradeState.REFUNDED or differences(payment, trade) not in {(), ("amount_fen",)}:
            return payment
        return await self._sums.told(payment, payment.part_for(trade.out_trade_no), trade.refunded_fen)

    def _is_worth_it(self, payment: Payment, part: Part) -> bool:
        """The channel would still refund money of this part."""
        within = refund_channel_info(self._hospitals[payment.hospital], part.channel).reach.within
        return within is None or self._clock.now() - (payment.paid_at or payment.created_at) <= within
