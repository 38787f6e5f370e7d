"""The in-memory twin of the MongoDB stores: the same contract suite passes on both. For unit tests and the simulation.

Each store keeps what is stored in its public ``documents``. A test may change them, as an intruder changes a database behind the app's back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from server.core.errors import AlreadyStored, LostRace
from server.patients.model import BoundCard, PayerIdentity, Session
from server.patients.relations import Relation
from server.staff.model import Staff
from server.storage.memory_alerts import MemoryAlerts
from server.storage.memory_audit import MemoryAudit
from server.storage.memory_bank import MemoryBankBooks
from server.storage.memory_days import MemoryDays
from server.storage.memory_documents import MemoryTimetables
from server.storage.memory_payments import MemoryPayments
from server.storage.memory_people import MemoryPeople, MemoryStaffFacts
from server.storage.memory_pulses import MemoryPulses
from server.storage.memory_short_lived import MemoryShortLived
from server.storage.memory_unclaimed import MemoryUnclaimed
from server.storage.precision import kept
from server.storage.rules import check_limit, check_room, check_staff_step
from server.storage.stores import Stores


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
        days=MemoryDays(),
        bank=MemoryBankBooks(),
        timetables=MemoryTimetables(),
    )


class MemoryCards:
    def __init__(self) -> None:
        self.documents: dict[tuple[str, str], dict[str, BoundCard]] = {}

    async def bind(self, card: BoundCard) -> None:
        cards = self.documents.setdefault((card.hospital, card.owner), {})
        check_room(list(cards), card.card_no)
        cards[card.card_no] = kept(card)

    async def say(self, hospital: str, owner: str, card_no: str, family: Relation | None) -> bool:
        cards = self.documents.get((hospital, owner), {})
        if card_no in cards:
            cards[card_no] = replace(cards[card_no], family=family)
        return card_no in cards

    async def unbind(self, hospital: str, owner: str, card_no: str) -> None:
        self.documents.get((hospital, owner), {}).pop(card_no, None)

    async def of_owner(self, hospital: str, owner: str) -> Sequence[BoundCard]:
        return await self.of_owners(hospital, [owner])

    async def of_owners(self, hospital: str, owners: Sequence[str]) -> Sequence[BoundCard]:
        return [card for owner in owners for card in self.documents.get((hospital, owner), {}).values()]

    async def of_card(self, hospital: str, card_no: str, limit: int) -> Sequence[BoundCard]:
        found = [of[card_no] for (where, _), of in self.documents.items() if where == hospital and card_no in of]
        return sorted(found, key=lambda card: card.owner)[: check_limit(limit)]

    async def page(self, hospital: str, after: str, limit: int) -> tuple[Sequence[BoundCard], str]:
        owners = sorted(owner for where, owner in self.documents if where == hospital and owner > after)
        page = owners[: check_limit(limit)]
        found = [card for owner in page for card in self.documents[(hospital, owner)].values()]
        return found, page[-1] if len(page) == limit else ""


class MemorySessions:
    def __init__(self) -> None:
        self.documents: dict[str, Session] = {}

    async def put(self, session: Session) -> None:
        if session.id in self.documents:
            raise AlreadyStored("session")
        self.documents[session.id] = kept(replace(session, linked=()))

    async def change(
        self, session_id: str, now: datetime, decide: Callable[[Session], Session], *, known: Session | None = None
    ) -> Session | None:
        before = await self.get(session_id, now)
        if before is None:
            return None
        self.documents[session_id] = kept(replace(decide(before), linked=()))
        return self.documents[session_id]

    async def get(self, session_id: str, now: datetime) -> Session | None:
        session = self.documents.get(session_id)
        return session if session is not None and session.expires_at > now else None

    async def drop(self, session_id: str) -> None:
        self.documents.pop(session_id, None)

    async def ends_of(self, hospital: str, owners: Collection[str], now: datetime) -> Sequence[datetime]:
        return sorted(session.expires_at for session in self._of(hospital, owners, now))

    async def drop_of(self, hospital: str, owners: Collection[str], now: datetime) -> int:
        gone = self._of(hospital, owners, now)
        for session in gone:
            await self.drop(session.id)
        return len(gone)

    def _of(self, hospital: str, owners: Collection[str], now: datetime) -> list[Session]:
        alive = [session for session in self.documents.values() if session.expires_at > now]
        return [session for session in alive if session.hospital == hospital and session.identity.key in owners]


class MemoryStaff:
    def __init__(self) -> None:
        self.documents: dict[tuple[str, str], Staff] = {}

    async def insert(self, staff: Staff) -> None:
        if (staff.hospital, staff.number) in self.documents:
            raise AlreadyStored(staff.number)
        self._put(staff)

    async def get(self, hospital: str, number: str) -> Staff | None:
        return self.documents.get((hospital, number))

    async def by_identity(self, hospital: str, identity: PayerIdentity) -> Staff | None:
        mine = (s for s in self.documents.values() if s.hospital == hospital and s.identity is not None)
        return next((staff for staff in mine if staff.identity and staff.identity.key == identity.key), None)

    async def save(self, before: Staff, after: Staff) -> None:
        check_staff_step(before, after)
        stored = self.documents.get((before.hospital, before.number))
        if stored is None or stored.version != before.version:
            raise LostRace(before.number)
        self._put(after)

    def _put(self, staff: Staff) -> None:
        for other in self.documents.values():
            same = (
                staff.identity is not None and other.identity is not None and other.identity.key == staff.identity.key
            )
            if same and other.hospital == staff.hospital and other.number != staff.number:
                raise AlreadyStored("identity")
        self.documents[(staff.hospital, staff.number)] = kept(staff)

    async def all(self, hospital: str) -> Sequence[Staff]:
        return sorted((s for s in self.documents.values() if s.hospital == hospital), key=lambda s: s.number)
