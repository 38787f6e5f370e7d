"""What is kept, and what a store promises. One contract suite runs over every implementation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from server.domain.audit import AuditEntry
from server.domain.desk import Mark
from server.domain.payment import Origin, Payment, Place
from server.domain.people import BoundCard, PayerIdentity
from server.domain.staff import Staff
from server.ports.alert_store import AlertStore
from server.ports.persons import PersonStore
from server.ports.pulses import PulseStore
from server.ports.staff_facts import StaffFactStore

ANSWERS_MAX = 1000
"""The most that a store answers at once."""


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

    async def by_claims(self, hospital: str, claims: Sequence[str]) -> Sequence[Payment]:
        """The live payments that hold any of these."""

    async def by_owner(self, hospital: str, owner: str, limit: int, before: Place | None = None) -> Sequence[Payment]:
        """Newest first, those that stand before ``before``."""

    async def between(self, hospital: str, since: datetime, before: Place, limit: int) -> Sequence[Payment]:
        """Newest first, created at or after ``since``, those that stand before ``before``."""

    async def by_bill(self, hospital: str, bill_no: str, limit: int) -> Sequence[Payment]:
        """Newest first, whatever the state."""

    async def find(self, hospital: str, marks: Collection[Mark], limit: int) -> Sequence[Payment]:
        """What staff look for: payments that have any of ``marks`` among their `desk.search_marks`, newest first."""

    async def due(self, now: datetime, limit: int, without: Collection[str] = ()) -> Sequence[tuple[str, str]]:
        """(hospital, id) of payments whose earliest effect is due, most overdue first, but for the ids ``without``."""

    async def set_aside(self, payment: Payment, until: datetime) -> None:
        """Not `due` before ``until``, though nothing of what is stored changes: for one that nobody may work on. The next `save` ends it."""

    async def owing(self, since: datetime, until: datetime, limit: int) -> Sequence[Payment]:
        """Payments whose earliest effect is due between the two, both included; the earliest first."""

    async def page(self, after: str, limit: int) -> Sequence[Payment]:
        """Every payment in the order of its id, those after ``after``; empty only at the end. For checks that look at all of them."""

    async def next_due(self) -> datetime | None:
        """The earliest due time of all, for a worker that has nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclaimedMoney:
    """Verified money that fits no payment. Never lost, shown to finance. ``id`` is unique per hospital: channel and transaction, or channel,
    order and number of a refund.
    """

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

    async def of_card(self, hospital: str, card_no: str, limit: int) -> Sequence[BoundCard]:
        """Every owner's binding of this card, by owner. One of before 2026-11-29 is found once its owner has come again."""


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
    card_phones: tuple[tuple[str, str], ...] = ()  # (card number, the phone whose code bound it in this session)
    linked: tuple[str, ...] = ()  # the same person's keys on other apps, found anew at every request and not kept

    @property
    def owners(self) -> tuple[str, ...]:
        """Every key under which cards and payments of this person stand; new ones go under the first."""
        return (self.identity.key, *self.linked)


class SessionStore(Protocol):
    """What has ended never comes back: only `put` makes a session, and it is for a new one."""

    async def put(self, session: Session) -> None:
        """A new session. Raises AlreadyStored."""

    async def change(self, session_id: str, now: datetime, decide: Callable[[Session], Session]) -> Session | None:
        """What ``decide`` makes of the session as it is, decided again if somebody else was faster; None: it has ended. Raises what
        ``decide`` raises, and LostRace.
        """

    async def get(self, session_id: str, now: datetime) -> Session | None: ...

    async def drop(self, session_id: str) -> None: ...

    async def ends_of(self, hospital: str, owners: Collection[str], now: datetime) -> Sequence[datetime]:
        """When each live session of these identities ends, the earliest first. Reads every session: not for what people wait for often."""

    async def drop_of(self, hospital: str, owners: Collection[str], now: datetime) -> int:
        """End every session of these identities; how many there were. Reads every session, as `ends_of`."""


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


class StaffStore(Protocol):
    """员工 by (hospital, employee number). An identity belongs to at most one of a hospital."""

    async def insert(self, staff: Staff) -> None:
        """Raises AlreadyStored for a number that exists."""

    async def get(self, hospital: str, number: str) -> Staff | None: ...

    async def by_identity(self, hospital: str, identity: PayerIdentity) -> Staff | None: ...

    async def save(self, before: Staff, after: Staff) -> None:
        """One guarded write. Raises LostRace, and AlreadyStored for an identity that is another's."""

    async def all(self, hospital: str) -> Sequence[Staff]:
        """By number; those who left, too."""


class AuditStore(Protocol):
    """The audit chain of each hospital: entries are added at its end, and nothing else is ever done to them."""

    async def append(self, entry: AuditEntry) -> None:
        """Durable when it returns. Raises AlreadyStored if its number is taken, or its id: of two writers at once one must look again."""

    async def last(self, hospital: str, before: date | None = None) -> AuditEntry | None:
        """The end of the chain, or its last entry of a day before ``before``."""

    async def by_id(self, hospital: str, entry_id: str) -> AuditEntry | None: ...

    async def page(self, hospital: str, after: int, limit: int) -> Sequence[AuditEntry]:
        """In the order of the chain, those numbered above ``after``."""

    async def latest(self, hospital: str, limit: int, before: int | None = None) -> Sequence[AuditEntry]:
        """The newest first, numbered below ``before``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Everything kept, as bootstrap hands it out."""

    payments: PaymentStore
    unclaimed: UnclaimedStore
    cards: CardStore
    sessions: SessionStore
    short_lived: ShortLivedStore
    alerts: AlertStore
    staff: StaffStore
    audit: AuditStore
    people: PersonStore
    pulses: PulseStore
    staff_facts: StaffFactStore
