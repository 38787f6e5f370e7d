"""What moves money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from server.domain.payment import ChannelRequest, Payment
from server.domain.refund_reach import RefundReach
from server.domain.trades import BankArrival, ChannelRefund, RefundNews, RefundSum, Trade
from server.ports.transport import RawReply, RawRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCall:
    """What the page must invoke to open the cashier: ``bridge`` names the snippet, ``params`` are passed to it as they are."""

    bridge: str
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedNotification:
    """A notification whose signature held. Only a channel's ``verify`` makes one (a test of the house keeps it so)."""

    channel: str
    notification_id: str
    content: Trade | ChannelRefund | RefundNews | RefundSum | BankArrival


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCapabilities:
    """What a channel can do, as data; ``title`` is what people call it, ``arrival`` when they may expect a refund, 20 characters at most
    (a template's keyword has no room for more), ``reach`` how late and how often it refunds.
    """

    methods: frozenset[str]
    title: str = "原支付渠道"
    arrival: str = "1至3个工作日到账"
    can_cancel: bool = False
    statements: tuple[str, ...] = ()
    reach: RefundReach = field(default_factory=RefundReach)


class PaymentChannel(Protocol):
    """Moves money. ``app_id`` and ``merchant_id`` of a method are what a request must carry."""

    name: str
    capabilities: ChannelCapabilities

    def account(self, method: str) -> tuple[str, str]:
        """(app_id, merchant_id) that orders of ``method`` are placed with."""

    async def order(self, out_trade_no: str, request: ChannelRequest) -> str:
        """Place (or place again, unchanged) the order; the channel's handle of it. Stored before: the id."""

    def client_call(self, out_trade_no: str, request: ChannelRequest, order_ref: str) -> ClientCall: ...

    async def query(self, out_trade_no: str) -> Trade: ...

    async def close(self, out_trade_no: str) -> Trade:
        """Ask that it can no longer be paid. The state says what is: CLOSED, PAID (too late), or ABSENT (no such order)."""

    async def refund(self, payment: Payment, refund_id: str, amount_fen: int, reason: str) -> ChannelRefund:
        """Submit, or submit again under the same number."""

    async def query_refund(self, payment: Payment, refund_id: str) -> ChannelRefund: ...

    def verify(self, raw: RawRequest) -> VerifiedNotification:
        """The only way to get a VerifiedNotification. Raises Forged; or BadInput for genuine but unreadable content."""

    def acknowledge(self) -> RawReply: ...

    def refuse(self) -> RawReply:
        """Makes the platform send again."""
