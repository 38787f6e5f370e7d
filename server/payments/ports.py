"""What moves money, and where payments are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from server.core.ports import RawReply, RawRequest
from server.effects.ports import DocumentStore
from server.payments.model import PageCursor, Payment
from server.payments.part import ChannelRequest, Part
from server.payments.rules.refund_window import RefundWindow
from server.payments.rules.search_keys import SearchKey
from server.payments.rules.trades import BankArrival, ChannelRefund, RefundNews, RefundSum, Trade
from server.payments.unclaimed_model import UnclaimedMoney

SHOW_CODE = "show_code"
"""The bridge of orders that name no payer: ``params["code"]`` is the text of a QR code which any phone scans from a screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCall:
    """What the page must invoke to open the cashier: ``bridge`` names the snippet, ``params`` are passed to it as they are."""

    bridge: str
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedNotification:
    """A notification whose signature held. Only a channel's ``verify`` makes one (`tests/unit/test_house.py` checks it)."""

    channel: str
    content: Trade | ChannelRefund | RefundNews | RefundSum | BankArrival


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCapabilities:
    """What a channel can do, as data; ``title`` is what people call it, ``arrival`` when they may expect a refund, 20 characters at most
    (a template's keyword has no room for more), ``reach`` how late and how often it refunds.
    """

    methods: frozenset[str]
    title: str = "原支付渠道"
    arrival: str = "1至3个工作日到账"
    reach: RefundWindow = field(default_factory=RefundWindow)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidOrder:
    """What a channel must be told of a paid order to give money of it back: its number, and what was paid in all."""

    out_trade_no: str
    paid_fen: int
    currency: str = "CNY"

    @classmethod
    def of(cls, part: Part) -> PaidOrder:
        return cls(out_trade_no=part.order_no, paid_fen=part.paid_fen, currency=part.request.currency)


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

    async def refund(self, order: PaidOrder, refund_id: str, amount_fen: int, reason: str) -> ChannelRefund:
        """Submit, or submit again under the same number."""

    async def query_refund(self, out_trade_no: str, refund_id: str) -> ChannelRefund: ...

    def verify(self, raw: RawRequest) -> VerifiedNotification:
        """The only way to get a VerifiedNotification. Raises Forged; or BadInput for genuine but unreadable content."""

    def acknowledge(self) -> RawReply: ...

    def refuse(self) -> RawReply:
        """Makes the platform send again."""


class PaymentStore(Protocol):
    """Payments by (hospital, id). All raise StoreUnavailable when the database can't be reached.

    What was changed in the store by anybody else is read with ``tampered`` set, and never saved again.
    A payment that can't be read raises Unreadable where it is asked for by its id or its claims; lists pass it over. Nothing is
    ever written to it, nor to one of a newer schema.
    """

    async def insert(self, payment: Payment) -> None:
        """Durable when it returns. Raises ClaimTaken, or AlreadyStored for an id that exists."""

    async def get(self, hospital: str, payment_id: str) -> Payment | None: ...

    async def own(self, hospital: str, owner: str, payment_id: str) -> Payment | None:
        """`get`, but only for its owner: who it belongs to is part of the question, not a check afterwards."""

    async def save(self, before: Payment, after: Payment) -> None:
        """One guarded write of what changed: holds only if the stored version is ``before.version``. Raises LostRace, Tampered."""

    async def pseudonymise(self, before: Payment, after: Payment) -> None:
        """One guarded write of the whole document, under MACs of its own: the only one that may take away who paid and for whom
        (`rules.check_erasure`). Raises LostRace, Tampered.
        """

    async def accept(self, before: Payment, after: Payment) -> None:
        """One guarded write of a whole document that somebody changed outside Zhenfu, under MACs of its own: two people have looked at
        it (`rules.check_acceptance`). Raises LostRace unless what is stored is still ``before`` in everything.
        """

    async def by_claims(self, hospital: str, claims: Sequence[str]) -> Sequence[Payment]:
        """The live payments that hold any of these."""

    async def by_owner(
        self, hospital: str, owner: str, limit: int, before: PageCursor | None = None, purpose: str = ""
    ) -> Sequence[Payment]:
        """Newest first, those that stand before ``before``; only those of ``purpose``, where it is given."""

    async def between(self, hospital: str, since: datetime, before: PageCursor, limit: int) -> Sequence[Payment]:
        """Newest first, created at or after ``since``, those that stand before ``before``."""

    async def moved_on(
        self, hospital: str, day: date, limit: int, before: PageCursor | None = None
    ) -> Sequence[Payment]:
        """The payments whose money came, or a refund of which was finished, on this hospital day: newest first, those that stand before ``before``."""

    async def by_charge(self, hospital: str, number: str, limit: int) -> Sequence[Payment]:
        """The payments that pay for the charge of this number; newest first, whatever the state."""

    async def find(self, hospital: str, search_keys: Collection[SearchKey], limit: int) -> Sequence[Payment]:
        """What staff look for: payments that have any of ``search_keys`` among their `search_keys_of`, newest first."""

    async def due(self, now: datetime, limit: int, without: Collection[str] = ()) -> Sequence[tuple[str, str]]:
        """(hospital, id) of payments whose earliest effect is due, most overdue first, but for the ids ``without``."""

    async def set_aside(self, payment: Payment, until: datetime) -> None:
        """Not `due` before ``until``, though nothing of what is stored changes: for one that nobody may work on. The next `save` ends it."""

    async def owing(
        self, since: datetime, until: datetime, limit: int, hospital: str | None = None
    ) -> Sequence[Payment]:
        """Payments whose earliest effect is due between the two, both included; the earliest first. None: of every hospital."""

    def pages(self) -> AsyncIterator[Sequence[Payment]]:
        """Every payment of every hospital once, in no order, some hundred at a time and never none. For checks that look at all of them."""


class UnclaimedStore(DocumentStore[UnclaimedMoney], Protocol):
    """Money that fits no payment, by (hospital, id), under the promises of `DocumentStore`."""

    async def keep(self, money: UnclaimedMoney) -> UnclaimedMoney:
        """What is stored of it afterwards. Repeatable: the first record of an id stays, with all that has become of it since."""

    async def latest(self, hospital: str, limit: int) -> Sequence[UnclaimedMoney]:
        """Newest first, settled ones among them."""

    async def unsettled(self, hospital: str, limit: int) -> Sequence[UnclaimedMoney]:
        """What people must still look at, newest first."""

    async def of_order(self, hospital: str, channel: str, out_trade_no: str) -> Sequence[UnclaimedMoney]:
        """Everything of one order at a channel, newest first."""

    def pages(self, hospital: str) -> AsyncIterator[Sequence[UnclaimedMoney]]:
        """All of it once, in no order, some hundred at a time and never none. For checks that look at all of it."""
