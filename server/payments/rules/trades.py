"""What a channel says of an order or a refund, in Zhenfu's words, and the comparison with what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.payments.model import Payment


class TradeState(StrEnum):
    UNPAID = "unpaid"  # exists, may still be paid
    PAID = "paid"
    REFUNDED = "refunded"  # paid, and at least one refund was accepted since
    CLOSED = "closed"  # can never be paid any more
    ABSENT = "absent"  # the channel knows no such order: not the same as closed (DESIGN section 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """An order as its channel describes it. ``amount_fen`` is the asked total, never what coupons left of it."""

    out_trade_no: str
    state: TradeState
    app_id: str = ""
    merchant_id: str = ""
    currency: str = "CNY"
    amount_fen: int = 0
    transaction_id: str = ""
    payer: str = ""
    paid_at: datetime | None = None
    refunded_fen: int | None = None  # what has been refunded in all, where the channel says how much

    @property
    def has_money(self) -> bool:
        return self.state in {TradeState.PAID, TradeState.REFUNDED}


class RefundOutcome(StrEnum):
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CLOSED = "closed"  # final no
    ABNORMAL = "abnormal"  # stuck until a person acts
    UNCONFIRMED = "unconfirmed"  # the channel knows it, and does not say that the money has arrived
    ABSENT = "absent"  # the channel knows no such refund


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRefund:
    """A refund as its channel describes it, in fen."""

    out_trade_no: str
    out_refund_no: str
    outcome: RefundOutcome
    amount_fen: int = 0
    channel_refund_id: str = ""
    finished_at: datetime | None = None
    merchant_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundNews:
    """A notification that there is a refund, without its own amount or its end: the channel is to be asked."""

    out_trade_no: str
    out_refund_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSum:
    """A notification that carries what has been refunded of an order in all, and names no refund. ``sum_fen`` is None where it does not
    say how much.
    """

    out_trade_no: str
    merchant_id: str
    sum_fen: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankArrival:
    """What became of a refund at the payer's bank: it has arrived, or was sent back and goes to the payer's balance at the channel.
    ``amount_fen`` is 0 where it is not told.
    """

    out_trade_no: str
    out_refund_no: str
    arrived: bool
    amount_fen: int


def differences(payment: Payment, trade: Trade) -> tuple[str, ...]:
    """Names of what the channel says of one of the payment's orders otherwise than was asked; empty when all is as it should be. A
    difference never books.
    """
    part = payment.part_for(trade.out_trade_no)
    asked = part.request
    pairs = {
        "out_trade_no": (part.order_no, trade.out_trade_no),
        "amount_fen": (asked.amount_fen, trade.amount_fen),
        "currency": (asked.currency, trade.currency),
        "app_id": (asked.app_id, trade.app_id),
        "merchant_id": (asked.merchant_id, trade.merchant_id),
    }
    return tuple(name for name, (ours, theirs) in pairs.items() if ours != theirs)
