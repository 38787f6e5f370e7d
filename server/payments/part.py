"""组成: the payment's money of one kind, and what its channel was asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.patients.model import PayerIdentity


class PartState(StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    CLOSED = "closed"  # can't be paid at its channel any more, by the channel's own word


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRequest:
    """What the channel was asked, stored whole: a repeat must be equal in every field or the channel refuses it."""

    channel: str
    method: str
    app_id: str
    merchant_id: str
    payer: PayerIdentity
    amount_fen: int
    description: str
    expires_at: datetime
    currency: str = "CNY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """组成: the payment's money of one kind, with an order of its own at its channel. ``kind`` is unique within its payment.

    ``order_no`` is the order's ``out_trade_no`` there, ``order_ref`` the channel's handle of it. Money goes back from the lowest
    ``undo_order`` on, one part after the other. ``told_refunded_fen`` is the largest sum of refunds that the channel has told of, known by
    number or not; ``refunded_unseen``: it has told of a refund without its amount.
    """

    kind: str
    order_no: str
    request: ChannelRequest
    undo_order: int = 0
    state: PartState = PartState.UNPAID
    order_ref: str | None = None
    transaction_id: str | None = None
    paid_fen: int = 0
    told_refunded_fen: int = 0
    refunded_unseen: bool = False

    @property
    def channel(self) -> str:
        return self.request.channel

    @property
    def amount_fen(self) -> int:
        """What was asked."""
        return self.request.amount_fen
