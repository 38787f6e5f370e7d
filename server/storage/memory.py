"""The in-memory twin of the MongoDB stores: the same promises, kept by the same contract suite. For unit tests and the simulation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from server.domain.desk import FindBy, fixed_marks, tags
from server.domain.errors import AlreadyStored, ClaimTaken, LostRace
from server.domain.payment import Payment, Place
from server.domain.people import BoundCard, PayerIdentity
from server.domain.staff import Staff
from server.ports import Session, Stores, UnclaimedMoney
from server.storage.memory_alerts import MemoryAlerts
from server.storage.memory_audit import MemoryAudit
from server.storage.memory_people import MemoryPeople, MemoryStaffFacts
from server.storage.memory_pulses import MemoryPulses
from server.storage.precision import kept, whole_ms
from server.storage.rules import check_limit, check_room, check_staff_step, check_step


def memory_stores(now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Stores:
    """``now`` is the time of this database."""
    return Stores(
        payments=MemoryPayments(),
        unclaimed=MemoryUnclaimed(),
        cards=MemoryCards(),
        sessions=MemorySessions(),
        short_lived=MemoryShortLived(),
        alerts=MemoryAlerts(),
        staff=MemoryStaff(),
        audit=MemoryAudit(),
        people=MemoryPeople(),
        pulses=MemoryPulses(now),
        staff_facts=MemoryStaffFacts(),
    )


class MemoryPayments:
    def __init__(self) -> None:
        self._payments: dict[str, Payment] = {}
        self._claims: dict[tuple[str, str], str] = {}

    async def insert(self, payment: Payment) -> None:
        payment = kept(payment)
        stored = self._payments.get(payment.id)
        if stored is not None:
            if stored == payment:
                return
            raise AlreadyStored(payment.id)
        if any((payment.hospital, claim) in self._claims for claim in payment.claims):
            raise ClaimTaken("claims")
        self._put(payment)

    async def get(self, hospital: str, payment_id: str) -> Payment | None:
        payment = self._payments.get(payment_id)
        return payment if payment is not None and payment.hospital == hospital else None

    async def own(self, hospital: str, owner: str, payment_id: str) -> Payment | None:
        payment = await self.get(hospital, payment_id)
        return payment if payment is not None and payment.owner == owner else None

    async def save(self, before: Payment, after: Payment) -> None:
        check_step(before, after)
        stored = self._payments.get(before.id)
        if stored is None or stored.hospital != before.hospital or stored.version != before.version:
            raise LostRace(before.id)
        for claim in stored.claims:
            del self._claims[(stored.hospital, claim)]
        self._put(kept(after))

    def _put(self, payment: Payment) -> None:
        self._payments[payment.id] = payment
        for claim in payment.claims:
            self._claims[(payment.hospital, claim)] = payment.id

    async def by_claims(self, hospital: str, claims: Sequence[str]) -> Sequence[Payment]:
        ids = dict.fromkeys(self._claims[(hospital, claim)] for claim in claims if (hospital, claim) in self._claims)
        return sorted((self._payments[payment_id] for payment_id in ids), key=lambda p: p.place)

    async def by_owner(self, hospital: str, owner: str, limit: int, before: Place | None = None) -> Sequence[Payment]:
        end = (whole_ms(before[0]), before[1]) if before is not None else None
        mine = [p for p in self._of(hospital) if p.owner == owner and (end is None or p.place < end)]
        return _newest_first(mine, limit)

    async def between(self, hospital: str, since: datetime, before: Place, limit: int) -> Sequence[Payment]:
        begin, end = whole_ms(since), (whole_ms(before[0]), before[1])
        return _newest_first([p for p in self._of(hospital) if begin <= p.created_at and p.place < end], limit)

    async def by_bill(self, hospital: str, bill_no: str, limit: int) -> Sequence[Payment]:
        return _newest_first([p for p in self._of(hospital) if bill_no in p.bill_nos], limit)

    async def find(self, hospital: str, by: FindBy, text: str, limit: int) -> Sequence[Payment]:
        if by is FindBy.TAG:
            return _newest_first([p for p in self._of(hospital) if text in tags(p)], limit)
        return _newest_first([p for p in self._of(hospital) if (by, text) in fixed_marks(p)], limit)

    async def due(self, now: datetime, limit: int) -> Sequence[tuple[str, str]]:
        waiting = [(p.next_due, p.id, p.hospital) for p in self._payments.values() if p.next_due and p.next_due <= now]
        return [(hospital, payment_id) for _, payment_id, hospital in sorted(waiting)[: check_limit(limit)]]

    async def page(self, after: str, limit: int) -> Sequence[Payment]:
        return sorted((p for p in self._payments.values() if p.id > after), key=lambda p: p.id)[: check_limit(limit)]

    async def next_due(self) -> datetime | None:
        return min((p.next_due for p in self._payments.values() if p.next_due), default=None)

    def _of(self, hospital: str) -> list[Payment]:
        return [payment for payment in self._payments.values() if payment.hospital == hospital]


def _newest_first(payments: list[Payment], limit: int) -> list[Payment]:
    return sorted(payments, key=lambda p: p.place, reverse=True)[: check_limit(limit)]


class MemoryUnclaimed:
    def __init__(self) -> None:
        self._money: dict[tuple[str, str], UnclaimedMoney] = {}

    async def keep(self, money: UnclaimedMoney) -> None:
        self._money.setdefault((money.hospital, money.id), kept(money))

    async def latest(self, hospital: str, limit: int) -> Sequence[UnclaimedMoney]:
        mine = [money for money in self._money.values() if money.hospital == hospital]
        return sorted(mine, key=lambda money: (money.at, money.id), reverse=True)[: check_limit(limit)]


class MemoryCards:
    def __init__(self) -> None:
        self._cards: dict[tuple[str, str], dict[str, BoundCard]] = {}

    async def bind(self, card: BoundCard) -> None:
        cards = self._cards.setdefault((card.hospital, card.owner), {})
        check_room(list(cards), card.card_no)
        cards[card.card_no] = card

    async def unbind(self, hospital: str, owner: str, card_no: str) -> None:
        self._cards.get((hospital, owner), {}).pop(card_no, None)

    async def of_owner(self, hospital: str, owner: str) -> Sequence[BoundCard]:
        return list(self._cards.get((hospital, owner), {}).values())


class MemorySessions:
    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    async def put(self, session: Session) -> None:
        if session.id in self._sessions:
            raise AlreadyStored("session")
        self._sessions[session.id] = kept(replace(session, linked=()))

    async def change(self, session_id: str, now: datetime, decide: Callable[[Session], Session]) -> Session | None:
        before = await self.get(session_id, now)
        if before is None:
            return None
        self._sessions[session_id] = kept(replace(decide(before), linked=()))
        return self._sessions[session_id]

    async def get(self, session_id: str, now: datetime) -> Session | None:
        session = self._sessions.get(session_id)
        return session if session is not None and session.expires_at > now else None

    async def drop(self, session_id: str) -> None:
        self._sessions.pop(session_id, None)


class MemoryShortLived:
    def __init__(self) -> None:
        self._facts: dict[tuple[str, str], tuple[str, datetime]] = {}

    async def put(self, kind: str, key: str, value: str, expires_at: datetime) -> None:
        self._facts[(kind, key)] = (value, whole_ms(expires_at))

    async def put_once(self, kind: str, key: str, value: str, now: datetime, expires_at: datetime) -> bool:
        if await self.get(kind, key, now) is not None:
            return False
        await self.put(kind, key, value, expires_at)
        return True

    async def get(self, kind: str, key: str, now: datetime) -> str | None:
        value, expires_at = self._facts.get((kind, key), (None, now))
        return value if expires_at > now else None

    async def swap(self, kind: str, key: str, old: str, new: str, expires_at: datetime) -> bool:
        if self._facts.get((kind, key), (None,))[0] != old:
            return False
        await self.put(kind, key, new, expires_at)
        return True

    async def count(self, kind: str, key: str, now: datetime, expires_at: datetime) -> int:
        value, ends = self._facts.get((kind, key), ("0", now))
        if ends <= now:
            value, ends = "0", expires_at
        await self.put(kind, key, str(int(value) + 1), ends)
        return int(value) + 1

    async def drop(self, kind: str, key: str) -> None:
        self._facts.pop((kind, key), None)


class MemoryStaff:
    def __init__(self) -> None:
        self._staff: dict[tuple[str, str], Staff] = {}

    async def insert(self, staff: Staff) -> None:
        if (staff.hospital, staff.number) in self._staff:
            raise AlreadyStored(staff.number)
        self._put(staff)

    async def get(self, hospital: str, number: str) -> Staff | None:
        return self._staff.get((hospital, number))

    async def by_identity(self, hospital: str, identity: PayerIdentity) -> Staff | None:
        mine = (s for s in self._staff.values() if s.hospital == hospital and s.identity is not None)
        return next((staff for staff in mine if staff.identity and staff.identity.key == identity.key), None)

    async def save(self, before: Staff, after: Staff) -> None:
        check_staff_step(before, after)
        stored = self._staff.get((before.hospital, before.number))
        if stored is None or stored.version != before.version:
            raise LostRace(before.number)
        self._put(after)

    def _put(self, staff: Staff) -> None:
        for other in self._staff.values():
            same = (
                staff.identity is not None and other.identity is not None and other.identity.key == staff.identity.key
            )
            if same and other.hospital == staff.hospital and other.number != staff.number:
                raise AlreadyStored("identity")
        self._staff[(staff.hospital, staff.number)] = kept(staff)

    async def all(self, hospital: str) -> Sequence[Staff]:
        return sorted((s for s in self._staff.values() if s.hospital == hospital), key=lambda s: s.number)
