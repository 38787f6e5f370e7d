"""What the channel and the HIS say of a payment right now: all of them are asked at once, each within ASKED_S_MAX."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from server.core.errors import OutsideError
from server.payments.hospital import Hospital
from server.payments.model import Booking, Payment
from server.payments.part import Part
from server.payments.purpose import Purposes
from server.payments.refund_model import Refund, RefundState
from server.payments.rules.ending_sides import Sides, stuck_refunds
from server.payments.rules.trades import ChannelRefund, Trade

ASKED_S_MAX = 8.0
REFUNDS_ASKED_MAX = 10
_AT_THE_CHANNEL = frozenset(
    {RefundState.SUBMITTED, RefundState.ABNORMAL, RefundState.SUCCEEDED, RefundState.CLOSED, RefundState.RELEASED}
)


class SidesNow:
    """Asks the sides before people decide about money. A side that does not answer is None, or silent, in the answer."""

    def __init__(self, hospitals: Mapping[str, Hospital], purposes: Purposes) -> None:
        self._hospitals = hospitals
        self._purposes = purposes

    async def of(self, payment: Payment) -> Sides:
        hospital = self._hospitals[payment.hospital]
        (booking, silent), trade, refunds = await asyncio.gather(
            self._his(payment),
            channel_word(hospital, payment),
            refund_words(hospital, payment),
        )
        longest = hospital.his.capabilities.longest_call
        return Sides(trade=trade, refunds=dict(refunds), booking=booking, his_silent=silent, longest_call=longest)

    async def _his(self, payment: Payment) -> tuple[Booking | None, bool]:
        try:
            async with asyncio.timeout(ASKED_S_MAX):
                return await self._purposes[payment.purpose].check(payment), False
        except (OutsideError, TimeoutError):
            return None, True


async def channel_word(hospital: Hospital, payment: Payment) -> Trade | None:
    """What the channel holds of the payment's order; of several parts, of the one that holds least. None where one did not answer."""
    words = await asyncio.gather(
        *(_order_word(hospital, part) for part in payment.parts if part.channel in hospital.channels)
    )
    said = [word for word in words if word is not None]
    return min(said, key=lambda trade: trade.has_money) if said and len(said) == len(words) else None


async def _order_word(hospital: Hospital, part: Part) -> Trade | None:
    try:
        async with asyncio.timeout(ASKED_S_MAX):
            return await hospital.channels[part.channel].query(part.order_no)
    except (OutsideError, TimeoutError):
        return None


async def refund_words(hospital: Hospital, payment: Payment) -> tuple[tuple[str, ChannelRefund | None], ...]:
    """The newest refunds that may be at the channel, each with its answer."""
    going = {refund.id for refund in stuck_refunds(payment)}
    asked = [refund for refund in payment.refunds if refund.state in _AT_THE_CHANNEL or refund.id in going]
    sent = asked[-REFUNDS_ASKED_MAX:]

    async def ask(refund: Refund) -> ChannelRefund | None:
        part = payment.part_of(refund)
        if part.channel not in hospital.channels:
            return None
        try:
            async with asyncio.timeout(ASKED_S_MAX):
                return await hospital.channels[part.channel].query_refund(part.order_no, refund.id)
        except (OutsideError, TimeoutError):
            return None

    return tuple(zip((r.id for r in sent), await asyncio.gather(*(ask(refund) for refund in sent)), strict=True))
