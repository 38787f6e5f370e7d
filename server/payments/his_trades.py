"""What the HIS knows of a payment by our number, whatever was paid for (docs/his-interface.md, trade.check and refund.*)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict

from server.patients.model import Origin
from server.payments.his_ports import RefundAsked, RefundTold
from server.payments.hospital import Hospital
from server.payments.model import Booking, Payment


class HisTrades:
    """The part of `Purpose` that is the same for all that the HIS books and that nobody holds. A purpose that holds something, or has its own
    word on refunds, overrides it. Every call raises OutcomeUnknown, NotSent and OutsideRefusal.
    """

    def __init__(self, hospitals: Mapping[str, Hospital]) -> None:
        self._hospitals = hospitals

    async def hold(self, payment: Payment) -> None:
        """Nothing is held: what must not be paid twice is claimed."""

    async def on_closed(self, payment: Payment) -> None:
        """Nothing is held."""

    async def check(self, payment: Payment) -> Booking | None:
        return await self._hospitals[payment.hospital].his.check(payment.id)

    async def may_release(self, payment: Payment, asked: RefundAsked) -> str:
        return await self._hospitals[payment.hospital].his.refund_check(asked)

    async def release(self, payment: Payment, asked: RefundAsked) -> str:
        return await self._hospitals[payment.hospital].his.refund_release(asked)

    async def refunded(self, payment: Payment, told: RefundTold) -> None:
        await self._hospitals[payment.hospital].his.refund_notify(told)


class PaidFacts(TypedDict):
    """The fields of `his_ports.Paid`."""

    out_trade_no: str
    amount_fen: int
    channel: str
    transaction_id: str
    paid_at: datetime
    origin: Origin


def paid_facts(payment: Payment) -> PaidFacts:
    """What the HIS is told of the money of a payment with one part. Raises ValueError where there are several."""
    [part] = payment.parts
    return PaidFacts(
        out_trade_no=payment.id,
        amount_fen=payment.amount_fen,
        channel=part.channel,
        transaction_id=part.transaction_id or "",
        paid_at=payment.paid_at or payment.created_at,
        origin=payment.origin,
    )
