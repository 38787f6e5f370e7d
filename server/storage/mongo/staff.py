"""Staff: one document each, one guarded write per change. Everything but number, state and version is sealed as one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from server.core.actors import with_source
from server.core.errors import AlreadyStored, Forged, LostRace
from server.core.history import HistoryEvent
from server.core.ports import Sealer
from server.patients.model import PayerIdentity
from server.staff.model import Change, RefundLimits, Role, Staff, StaffState
from server.storage.mongo.errors import translated
from server.storage.precision import facts_of, kept
from server.storage.reading import read_one, those_readable
from server.storage.rules import check_staff_step
from server.storage.stored_names import model_facts, stored_facts

STAFF_MAX = 1000


class MongoStaff:
    """ports.StaffStore. The identity is found by a keyed hash. What is in clear only finds the record: where it says anything else than what
    is sealed, somebody has changed it, and it is nobody's (Forged).
    """

    def __init__(self, collection: AsyncIOMotorCollection[Any], sealer: Sealer) -> None:
        self._collection = collection
        self._sealer = sealer

    async def insert(self, staff: Staff) -> None:
        with translated():
            try:
                await self._collection.insert_one({"_id": _place(staff.hospital, staff.number), **self._fields(staff)})
            except DuplicateKeyError as error:
                raise AlreadyStored(staff.number) from error

    async def get(self, hospital: str, number: str) -> Staff | None:
        return await self._one({"_id": _place(hospital, number)})

    async def by_identity(self, hospital: str, identity: PayerIdentity) -> Staff | None:
        return await self._one({"hospital": hospital, "identity": self._key(identity)})

    async def save(self, before: Staff, after: Staff) -> None:
        check_staff_step(before, after)
        fields = self._fields(after)
        write: dict[str, Any] = {"$set": fields}
        if "identity" not in fields:
            write["$unset"] = {"identity": ""}
        guard = {"_id": _place(before.hospital, before.number), "version": Int64(before.version)}
        with translated():
            try:
                result = await self._collection.update_one(guard, write)
            except DuplicateKeyError as error:
                raise AlreadyStored("identity") from error
        if result.matched_count == 0:
            raise LostRace(before.number)

    async def all(self, hospital: str) -> Sequence[Staff]:
        with translated():
            found = await self._collection.find({"hospital": hospital}).to_list(STAFF_MAX)
        return sorted(those_readable(found, self.read, "staff"), key=lambda staff: staff.number)

    async def _one(self, query: dict[str, Any]) -> Staff | None:
        with translated():
            document = await self._collection.find_one(query)
        return None if document is None else read_one(document, self.read)

    def _key(self, identity: PayerIdentity) -> str:
        return self._sealer.lookup("staff", identity.key)

    def _fields(self, staff: Staff) -> dict[str, Any]:
        facts = stored_facts(kept(staff))
        plain = json.dumps(facts, ensure_ascii=False, default=_plain).encode()
        fields = {
            "hospital": staff.hospital,
            "number": staff.number,
            "state": str(staff.state),
            "version": Int64(staff.version),
            "sealed": self._sealer.seal(f"staff:{_place(staff.hospital, staff.number)}", plain),
        }
        return fields if staff.identity is None else {**fields, "identity": self._key(staff.identity)}

    def read(self, document: Mapping[str, Any]) -> Staff:
        facts = json.loads(self._sealer.open(f"staff:{document['_id']}", document["sealed"]))
        change, identity = facts["change"], facts["identity"]
        mark = self._key(PayerIdentity(**identity)) if identity else None
        if (document["hospital"], document.get("identity")) != (facts["hospital"], mark):
            raise Forged("staff record")
        return Staff(
            **{
                **model_facts(Staff, facts),
                "role": Role(facts["role"]),
                "state": StaffState(facts["state"]),
                "limits": RefundLimits(**facts["limits"]),
                "identity": PayerIdentity(**identity) if identity else None,
                "locked_until": datetime.fromisoformat(facts["locked_until"]) if facts["locked_until"] else None,
                "spent_on": date.fromisoformat(facts["spent_on"]) if facts["spent_on"] else None,
                "change": _change(change) if change else None,
                "history": _lines(facts["history"]),
                "auth_events": _lines(facts.get("visits", ())),
                "views": tuple((name, search) for name, search in facts.get("views", ())),
            }
        )


def _lines(facts: Sequence[Mapping[str, Any]]) -> tuple[HistoryEvent, ...]:
    return tuple(HistoryEvent(**{**line, "at": datetime.fromisoformat(line["at"])}) for line in facts)


def _change(facts: Mapping[str, Any]) -> Change:
    return Change(
        role=Role(facts["role"]),
        limits=RefundLimits(**facts["limits"]),
        proposed_by=with_source(facts["proposed_by"]),
        at=datetime.fromisoformat(facts["at"]),
        invite=facts.get("invite", False),
    )


def _plain(value: Any) -> Any:
    """What JSON does not know: times, dates, and dataclasses inside."""
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return facts_of(value)


def _place(hospital: str, number: str) -> str:
    return f"{hospital}/{number}"
