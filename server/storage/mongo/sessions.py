"""Sessions: the secret itself is not kept, only its hash; everything that is the person's is sealed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from server.core.errors import AlreadyStored, LostRace
from server.core.optimistic import decide_and_write
from server.core.ports import Sealer
from server.patients.model import Origin, PayerIdentity, ScannedBills, Session
from server.storage.mongo.errors import translated
from server.storage.precision import kept
from server.storage.reading import those_readable

ROUNDS_MAX = 20
PAGE = 200


class _Ended(Exception):
    """The session is not there any more."""


class MongoSessions:
    """ports.SessionStore."""

    def __init__(self, collection: AsyncIOMotorCollection[Any], sealer: Sealer) -> None:
        self._collection = collection
        self._sealer = sealer

    async def put(self, session: Session) -> None:
        session = kept(session)
        with translated():
            try:
                await self._collection.insert_one({"_id": _key(session.id), **self._facts(session)})
            except DuplicateKeyError as error:
                raise AlreadyStored("session") from error

    async def change(
        self, session_id: str, now: datetime, decide: Callable[[Session], Session], *, known: Session | None = None
    ) -> Session | None:
        """The sealed text is another one at each write, so it says whether somebody was faster."""
        in_hand = replace(known, linked=()) if known and known.read_from and known.expires_at > now else None

        async def read() -> Session:
            session = await self.get(session_id, now)
            if session is None:
                raise _Ended
            return session

        def decided(before: Session) -> Session:
            after = kept(decide(before))
            return before if after == before else after

        async def write(before: Session, after: Session) -> Session:
            facts = self._facts(after)
            guard = {"_id": _key(session_id), "sealed": before.read_from}
            with translated():
                written = await self._collection.update_one(guard, {"$set": facts})
            if not written.matched_count:
                raise LostRace("session")
            return replace(after, read_from=facts["sealed"])

        try:
            _, stored = await decide_and_write(read, decided, write, "session", known=in_hand, races_max=ROUNDS_MAX)
        except _Ended:
            return None
        return stored

    def _facts(self, session: Session) -> dict[str, Any]:
        scans = [{**asdict(scan), "expires_at": scan.expires_at.isoformat()} for scan in session.scans]
        facts = [session.hospital, asdict(session.identity), session.phone, scans, session.expires_at.isoformat()]
        facts.append(session.card_phones)
        sealed = self._sealer.seal(f"session:{_key(session.id)}", json.dumps(facts, ensure_ascii=False).encode())
        return {"sealed": sealed, "expires_at": session.expires_at}

    async def get(self, session_id: str, now: datetime) -> Session | None:
        with translated():
            document = await self._collection.find_one({"_id": _key(session_id)})
        return self._read(session_id, document, now)

    async def ends_of(self, hospital: str, owners: Collection[str], now: datetime) -> Sequence[datetime]:
        return sorted([document["expires_at"] async for document in self._of(hospital, owners, now)])

    async def drop_of(self, hospital: str, owners: Collection[str], now: datetime) -> int:
        gone = [document["_id"] async for document in self._of(hospital, owners, now)]
        if gone:
            with translated():
                await self._collection.delete_many({"_id": {"$in": gone}})
        return len(gone)

    async def _of(self, hospital: str, owners: Collection[str], now: datetime) -> AsyncIterator[dict[str, Any]]:
        """Whose a session is stands sealed in it, so each one is opened."""
        with translated():
            async for document in self._collection.find({"expires_at": {"$gt": now}}, batch_size=PAGE):
                for found, identity in those_readable([document], self._whose, "sessions"):
                    if found == hospital and identity.key in owners:
                        yield document

    def _whose(self, document: dict[str, Any]) -> tuple[str, PayerIdentity]:
        hospital, identity, *_ = json.loads(self._sealer.open(f"session:{document['_id']}", document["sealed"]))
        return hospital, PayerIdentity(**identity)

    def _read(self, session_id: str, document: dict[str, Any] | None, now: datetime) -> Session | None:
        found = those_readable([document] if document else [], lambda one: self._opened(session_id, one), "sessions")
        return next((session for session in found if session and session.expires_at > now), None)

    def _opened(self, session_id: str, document: dict[str, Any]) -> Session | None:
        opened = self._sealer.open(f"session:{_key(session_id)}", document["sealed"])
        hospital, identity, phone, scans, *ends = json.loads(opened)  # older ones end with the scans, or with the end
        if ends and datetime.fromisoformat(ends[0]) != document["expires_at"]:
            return None
        return Session(
            id=session_id,
            hospital=hospital,
            identity=PayerIdentity(**identity),
            expires_at=document["expires_at"],
            scans=tuple(_scan(scan) for scan in scans),
            phone=phone,
            card_phones=tuple((card_no, told) for card_no, told in (ends[1] if len(ends) > 1 else ())),
            read_from=document["sealed"],
        )

    async def drop(self, session_id: str) -> None:
        with translated():
            await self._collection.delete_one({"_id": _key(session_id)})


def _key(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()


def _scan(facts: dict[str, Any]) -> ScannedBills:
    return ScannedBills(
        **{
            **facts,
            "bill_nos": tuple(facts["bill_nos"]),
            "origin": Origin(**facts["origin"]),
            "expires_at": datetime.fromisoformat(facts["expires_at"]),
        }
    )
