"""The small Protocols through which services reach the world. Adapters implement them; tests and the simulation play them.

Every call of an outside system raises only what `server.domain.errors` names: OutcomeUnknown (it may have been done), NotSent
(surely not done) or OutsideRefusal (the other side's explicit final word). Anything else is a bug of the adapter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from server.domain.bills import Bill
from server.domain.payment import Booking, ChannelRequest, Origin, Payment
from server.domain.people import BoundCard, Patient, PayerIdentity
from server.domain.trades import ChannelRefund, Trade

# ---- time, chance, secrets, transport -------------------------------------------------------------------------------------------------


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware, in UTC."""

    async def sleep(self, seconds: float) -> None: ...


class Ids(Protocol):
    """Chance. Real: from the operating system; in the simulation: from a seed."""

    def text(self, length: int, alphabet: str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ") -> str: ...

    def jitter(self) -> float:
        """0 ≤ jitter < 1."""


class Sealer(Protocol):
    """Authenticated encryption with key rotation. ``purpose`` is bound in: what was sealed for one can't be opened for another."""

    def seal(self, purpose: str, plain: bytes) -> str:
        """URL-safe text that names its key."""

    def open(self, purpose: str, sealed: str) -> bytes:
        """Raises Forged for anything that was not sealed by us for ``purpose``."""

    def lookup(self, purpose: str, text: str) -> str:
        """Keyed hash by which an encrypted value is found again; stable across rotation of the sealing key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One outbound call. ``system`` is the label for breakers, logs and metrics (wechatpay, wechat, his, sms)."""

    system: str
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    timeout_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    async def send(self, request: HttpRequest) -> HttpResponse:
        """Any HTTP answer, whatever its status. Raises NotSent or OutcomeUnknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """An inbound request exactly as it came, for verifiers. Header names are lower-case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReply:
    """What a door answers to a platform, byte for byte."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


# ---- payment channels --------------------------------------------------------------------------------------------------------


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
    content: Trade | ChannelRefund


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCapabilities:
    """What a channel can do, as data."""

    methods: frozenset[str]
    can_cancel: bool = False
    statements: tuple[str, ...] = ()


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


# ---- login, chat, messages ----------------------------------------------------------------------------------------------------


class Identity(Protocol):
    """OAuth login of one channel's app. ``user_agent_mark`` is the word by which that client's browser is known, ``entrance``
    the door that people come through when no QR says otherwise, ``client_name`` what patients call the client."""

    channel: str
    user_agent_mark: str
    entrance: str
    client_name: str

    def authorize_url(self, return_url: str, state: str) -> str: ...

    async def identify(self, code: str) -> PayerIdentity:
        """Raises LoginNeeded for a code that is wrong, used or expired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What to tell a person, by purpose and named values; adapters put it into a template's keywords. Values are display text."""

    purpose: str  # payment_booked | payment_returning | payment_returned | bill_issued | card_code
    values: Mapping[str, str]
    url: str = ""


class Messenger(Protocol):
    """Tells a person in the chat of the account they follow."""

    async def send(self, to: PayerIdentity, notice: Notice, dedupe: str) -> str | None:
        """The platform's message id, or None when the person can't be reached here (does not follow, has blocked)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """送达回报: what became of one SMS. ``out_id`` is ours; ``code`` the platform's."""

    out_id: str
    delivered: bool
    code: str


class Sms(Protocol):
    async def send(self, phone: str, notice: Notice, out_id: str) -> str:
        """The platform's id. Raises OutsideRefusal, OutcomeUnknown, NotSent."""

    async def was_sent(self, phone: str, out_id: str, day: date) -> bool:
        """Look-up after an unknown outcome."""

    def is_receipt_secret(self, secret: str) -> bool:
        """Constant-time check of the secret in the receipts' address, which is all the proof Aliyun offers."""

    def reports(self, body: bytes) -> Sequence[DeliveryReport]:
        """Raises BadInput for a body that is not a list of reports."""

    def acknowledge(self) -> RawReply: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """A verified message or event from a person to the account. ``id`` is equal for every delivery of the same one."""

    id: str
    sender: PayerIdentity
    account: str
    kind: str  # text | event
    text: str = ""
    event: str = ""  # follow | unfollow | click | scan | other
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatReply:
    """What to answer: text; or hand over to human staff (人工); empty text and no handover means no answer shown."""

    text: str = ""
    to_staff: bool = False


class ChatAccount(Protocol):
    """One official account: its callback, its replies, its menu."""

    def check_address(self, raw: RawRequest) -> str:
        """The echo that proves the address is ours. Raises Forged."""

    def receive(self, raw: RawRequest) -> ChatMessage:
        """Raises Forged or BadInput."""

    def reply(self, message: ChatMessage, reply: ChatReply) -> RawReply: ...

    async def push_menu(self, menu: Mapping[str, object]) -> None: ...


# ---- the HIS -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HisCapabilities:
    presettle: bool = False
    freeze: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRequest:
    """What the HIS is told of a paid payment (his-interface.md, bill.confirm)."""

    out_trade_no: str
    card_no: str
    bill_nos: tuple[str, ...]
    amount_fen: int
    channel: str
    transaction_id: str
    paid_at: datetime
    origin: Origin


class HospitalSystem(Protocol):
    """The HIS. Refusals come as OutsideRefusal with ``reason_code`` of his-interface.md section 2; ``reason`` can be shown."""

    capabilities: HisCapabilities

    async def patient(self, card_no: str) -> Patient | None: ...

    async def unpaid_bills(self, card_no: str) -> Sequence[Bill]: ...

    async def bill(self, card_no: str, bill_no: str) -> Bill | None:
        """With its items, paid ones too."""

    async def presettle(self, card_no: str, bill_nos: Sequence[str]) -> int:
        """The own part in fen after the insurance has been asked; only called where the capability says so."""

    async def confirm(self, request: ConfirmRequest) -> Booking: ...

    async def check(self, out_trade_no: str) -> Booking | None:
        """Our number, or None when the HIS does not have it (yet)."""


class HisDoor(Protocol):
    """The opposite direction: requests of the HIS to our `/his/v1/` doors (his-interface.md section 4)."""

    async def verify(self, raw: RawRequest) -> None:
        """Raises Forged for a wrong signature, a stale timestamp or a nonce seen before."""

    def answer(self, raw: RawRequest, body: bytes) -> Mapping[str, str]:
        """Headers that sign ``body`` as the answer to ``raw``."""


# ---- stores --------------------------------------------------------------------------------------------------------------------


class PaymentStore(Protocol):
    """Payments by (hospital, id). All raise StoreUnavailable when the database can't be reached."""

    async def insert(self, payment: Payment) -> None:
        """Durable when it returns. Raises ClaimTaken, or AlreadyStored for an id that exists."""

    async def get(self, hospital: str, payment_id: str) -> Payment | None: ...

    async def save(self, before: Payment, after: Payment) -> None:
        """One guarded write of what changed: holds only if the stored version is ``before.version``. Raises LostRace."""

    async def by_claims(self, hospital: str, claims: Sequence[str]) -> Sequence[Payment]:
        """The live payments that hold any of these."""

    async def by_owner(self, hospital: str, owner: str, limit: int, before: datetime | None = None) -> Sequence[Payment]:
        """Newest first, created before ``before``."""

    async def by_bill(self, hospital: str, bill_no: str, limit: int) -> Sequence[Payment]:
        """Newest first, whatever the state."""

    async def due(self, now: datetime, limit: int) -> Sequence[tuple[str, str]]:
        """(hospital, id) of payments whose earliest effect is due, most overdue first."""

    async def next_due(self) -> datetime | None:
        """The earliest due time of all, for a worker that has nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclaimedMoney:
    """Verified money that fits no payment. Never lost, shown to finance. ``id`` is unique per hospital (channel + transaction)."""

    hospital: str
    id: str
    channel: str
    out_trade_no: str
    transaction_id: str
    kind: str  # payment | refund
    amount_fen: int
    reason: str
    at: datetime


class UnclaimedStore(Protocol):
    async def keep(self, money: UnclaimedMoney) -> None:
        """Repeatable: the first record of an id stays."""

    async def latest(self, hospital: str, limit: int) -> Sequence[UnclaimedMoney]: ...


class CardStore(Protocol):
    """Bound cards; at most 10 per owner and hospital (BadInput over that)."""

    async def bind(self, card: BoundCard) -> None: ...

    async def unbind(self, hospital: str, owner: str, card_no: str) -> None: ...

    async def of_owner(self, hospital: str, owner: str) -> Sequence[BoundCard]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedBills:
    """What a sealed QR carried, for the life of the QR in this session. Personal data."""

    card_no: str
    name: str
    phone: str
    id_no: str
    bill_nos: tuple[str, ...]
    origin: Origin
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A logged-in person on one hospital. ``id`` is the secret in the cookie; stores keep only its hash."""

    id: str
    hospital: str
    identity: PayerIdentity
    expires_at: datetime
    scans: tuple[ScannedBills, ...] = ()
    phone: str = ""  # the number last given for receipts


class SessionStore(Protocol):
    async def put(self, session: Session) -> None: ...

    async def get(self, session_id: str, now: datetime) -> Session | None: ...

    async def drop(self, session_id: str) -> None: ...


class ShortLivedStore(Protocol):
    """Small facts with an end: binding codes, chat replies, OAuth states, used nonces, counters, shared access tokens, leases.

    Keys are ``kind`` + ``key``; neither may hold personal data in clear. Values are encrypted at rest.
    """

    async def put(self, kind: str, key: str, value: str, expires_at: datetime) -> None: ...

    async def put_once(self, kind: str, key: str, value: str, now: datetime, expires_at: datetime) -> bool:
        """True if nothing unexpired was there; atomic across processes."""

    async def get(self, kind: str, key: str, now: datetime) -> str | None: ...

    async def swap(self, kind: str, key: str, old: str, new: str, expires_at: datetime) -> bool:
        """Replace ``old`` by ``new`` atomically; False if the value is another by now."""

    async def count(self, kind: str, key: str, now: datetime, expires_at: datetime) -> int:
        """Add one and answer the new count; the first one of a window sets its end."""

    async def drop(self, kind: str, key: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something a person must look at. ``text`` has numbers and codes, never personal data."""

    hospital: str
    id: str
    kind: str
    text: str
    at: datetime


class AlertStore(Protocol):
    async def raise_alert(self, alert: Alert) -> None:
        """Repeatable by id."""

    async def latest(self, hospital: str, limit: int) -> Sequence[Alert]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Everything kept, as bootstrap hands it out."""

    payments: PaymentStore
    unclaimed: UnclaimedStore
    cards: CardStore
    sessions: SessionStore
    short_lived: ShortLivedStore
    alerts: AlertStore


# ---- a hospital's outside ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Hospital:
    """医院: one tenant and its adapters. ``public_url`` is where patients reach us, without a trailing slash."""

    id: str
    prefix: str
    name: str
    public_url: str
    channels: Mapping[str, PaymentChannel]
    identities: Mapping[str, Identity]
    chats: Mapping[str, ChatAccount]
    messengers: Mapping[str, Messenger]
    sms: Sms | None
    his: HospitalSystem
    his_door: HisDoor
    menu: Mapping[str, object] = field(default_factory=dict)
    help_phone: str = ""
