"""Alerts: one document each, one guarded write per change.

``live``, ``due_at`` and ``unsealed`` follow from the rest and are there for the indexes; each is absent where it says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from server.alerts.model import Alert, AlertState, Standing, raised
from server.core.errors import LostRace, NotFound
from server.core.history import HistoryEvent
from server.core.optimistic import decide_and_write
from server.storage.mongo.errors import translated
from server.storage.mongo.int64 import with_int64
from server.storage.mongo.newest import newest_rare
from server.storage.mongo.walking import pages
from server.storage.precision import kept, whole_ms
from server.storage.reading import read_one, those_readable
from server.storage.rules import check_alert_step, check_limit
from server.storage.stored_names import model_facts, stored_facts

BATCH = 200
Document = dict[str, Any]
_DERIVED = frozenset({"_id", "live", "due_at", "unsealed"})


@dataclass(frozen=True, slots=True)
class _Stored:
    """An alert and the document from which it was read; both None where there is none."""

    alert: Alert | None
    document: Document | None = None

    @property
    def there(self) -> Alert:
        """Raises LookupError."""
        if self.alert is None:
            raise LookupError("alert")
        return self.alert


class MongoAlerts:
    """ports.AlertStore."""

    def __init__(self, collection: AsyncIOMotorCollection[Any]) -> None:
        self._collection = collection

    async def raise_alert(self, alert: Alert) -> None:
        async def read() -> _Stored:
            document = await self._document(alert.hospital, alert.id)
            return _Stored(None if document is None else read_one(document, alert_from_document), document)

        def opened(before: _Stored) -> _Stored:
            after = raised(before.alert, alert)
            return before if after is before.alert else _Stored(after)

        await decide_and_write(read, opened, self._save, "alert")

    async def get(self, hospital: str, alert_id: str) -> Alert | None:
        document = await self._document(hospital, alert_id)
        return None if document is None else read_one(document, alert_from_document)

    async def change(self, hospital: str, alert_id: str, decide: Callable[[Alert], Alert]) -> Alert:
        async def read() -> _Stored:
            document = await self._document(hospital, alert_id)
            if document is None:
                raise NotFound("alert", user_message="没有这条告警。")
            return _Stored(read_one(document, alert_from_document), document)

        def decided(before: _Stored) -> _Stored:
            after = decide(before.there)
            if after is before.alert:
                return before
            check_alert_step(before.there, after)
            return _Stored(after)

        _, stored = await decide_and_write(read, decided, self._save, "alert")
        return kept(stored.there)

    async def _save(self, before: _Stored, after: _Stored) -> _Stored:
        if not await self._written(before.document, after.there):
            raise LostRace(after.there.id)
        return after

    async def latest(self, hospital: str, limit: int) -> Sequence[Alert]:
        found = those_readable(
            await newest_rare(self._collection, {"hospital": hospital}, "at", limit), alert_from_document, "alerts"
        )
        return sorted(found, key=lambda alert: (alert.at, alert.id), reverse=True)

    async def live(self, hospital: str, kind: str, limit: int) -> Sequence[Alert]:
        found = await self._found({"hospital": hospital, "live": True, "kind": kind}, ("at", 1), limit)
        return sorted(found, key=lambda alert: (alert.at, alert.id))

    async def live_page(self, hospital: str, after: str, limit: int) -> Sequence[Alert]:
        return await self._found({"hospital": hospital, "live": True, "id": {"$gt": after}}, ("id", 1), limit)

    async def standing(self, hospital: str) -> Sequence[Standing]:
        group = {"_id": {"kind": "$kind", "state": "$state"}, "count": {"$sum": 1}, "oldest": {"$min": "$at"}}
        steps = [{"$match": {"hospital": hospital, "live": True}}, {"$group": group}]
        with translated():
            groups = await self._collection.aggregate(steps).to_list(None)
        return [_standing(kind, groups) for kind in sorted({one["_id"]["kind"] for one in groups})]

    async def to_say(self, hospital: str, now: datetime, limit: int) -> Sequence[Alert]:
        due = {"hospital": hospital, "due_at": {"$lte": whole_ms(now)}}
        return await self._found(due, ("due_at", 1), limit)

    async def unaudited(self, hospital: str, limit: int) -> Sequence[Alert]:
        found = await self._found({"hospital": hospital, "unsealed": True}, ("id", 1), limit)
        return sorted(found, key=lambda alert: alert.id)

    async def upgrade_all(self) -> int:
        """Alerts that an older Zhenfu raised get what the indexes need; how many there were. Repeatable, beside other writers."""
        count = 0
        async for page in pages(self._collection):
            for document in page:
                if "version" not in document:
                    for alert in those_readable([document], alert_from_document, "alerts"):
                        count += await self._written(document, alert)
        return count

    async def _document(self, hospital: str, alert_id: str) -> Document | None:
        with translated():
            found: Document | None = await self._collection.find_one({"_id": _place(hospital, alert_id)})
        return found

    async def _found(self, query: Document, order: tuple[str, int], limit: int) -> list[Alert]:
        cursor = self._collection.find(query).sort(*order).limit(check_limit(limit))
        with translated():
            found = await cursor.to_list(limit)
        return those_readable(found, alert_from_document, "alerts")

    async def _written(self, before: Document | None, after: Alert) -> bool:
        """False if somebody else was faster. A document without a version is an older Zhenfu's."""
        document = alert_to_document(after)
        with translated():
            if before is None:
                try:
                    await self._collection.insert_one(document)
                except DuplicateKeyError:
                    return False
                return True
            guard = {"_id": before["_id"], "version": before.get("version")}
            return bool((await self._collection.replace_one(guard, document)).matched_count)


def _place(hospital: str, alert_id: str) -> str:
    return f"{hospital}/{alert_id}"


def alert_to_document(alert: Alert) -> Document:
    facts = stored_facts(kept(alert))
    acts = [{"at": act.at, "what": act.what, "by": act.by, "detail": dict(act.detail)} for act in facts["acts"]]
    derived: Document = {
        "_id": _place(alert.hospital, alert.id),
        "live": alert.live or None,
        "due_at": None if alert.due_at is None else whole_ms(alert.due_at),
        "unsealed": alert.audited_lines < len(alert.acts) or None,
    }
    whole: Document = {**facts, **derived, "state": str(alert.state), "acts": acts}
    return {name: with_int64(value) for name, value in whole.items() if value is not None}


def alert_from_document(document: Mapping[str, Any]) -> Alert:
    facts = model_facts(Alert, {name: value for name, value in document.items() if name not in _DERIVED})
    acts = tuple(
        HistoryEvent(**{**act, "detail": MappingProxyType(dict(act["detail"]))}) for act in facts.get("acts", ())
    )
    numbers: Document = {name: int(facts[name]) for name in ("version", "opened", "audited_lines") if name in facts}
    state = AlertState(facts.get("state", AlertState.OPEN))
    read: Document = {**facts, **numbers, "state": state, "acts": acts}
    return Alert(**read)


def _standing(kind: str, groups: list[Document]) -> Standing:
    mine = {AlertState(one["_id"]["state"]): one for one in groups if one["_id"]["kind"] == kind}
    counts = {state: int(one["count"]) for state, one in mine.items()}
    return Standing(
        kind=kind,
        open=counts.get(AlertState.OPEN, 0),
        taken=counts.get(AlertState.TAKEN, 0),
        oldest=min(one["oldest"] for one in mine.values()),
    )
