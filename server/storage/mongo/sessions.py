"""Sessions: the secret itself is not kept, only its hash; everything that is the person's is sealed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection

from server.domain.payment import Origin
from server.domain.people import PayerIdentity
from server.ports import ScannedBills, Sealer, Session
from server.storage.mongo.errors import translated
from server.storage.mongo.upsert import upsert
from server.storage.precision import kept


class MongoSessions:
    """ports.SessionStore."""

    def __init__(self, collection: AsyncIOMotorCollection[Any], sealer: Sealer) -> None:
        self._collection = collection
        self._sealer = sealer

    async def put(self, session: Session) -> None:
        session = kept(session)
        scans = [{**asdict(scan), "expires_at": scan.expires_at.isoformat()} for scan in session.scans]
        facts = [session.hospital, asdict(session.identity), session.phone, scans]
        key = _key(session.id)
        sealed = self._sealer.seal(f"session:{key}", json.dumps(facts, ensure_ascii=False).encode())
        await upsert(self._collection, key, {"$set": {"sealed": sealed, "expires_at": session.expires_at}})

    async def get(self, session_id: str, now: datetime) -> Session | None:
        key = _key(session_id)
        with translated():
            document = await self._collection.find_one({"_id": key})
        if document is None or document["expires_at"] <= now:
            return None
        hospital, identity, phone, scans = json.loads(self._sealer.open(f"session:{key}", document["sealed"]))
        return Session(
            id=session_id,
            hospital=hospital,
            identity=PayerIdentity(**identity),
            expires_at=document["expires_at"],
            scans=tuple(_scan(scan) for scan in scans),
            phone=phone,
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
