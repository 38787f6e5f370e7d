"""Reconciliation days in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import DESCENDING

from server.core.ports import Sealer
from server.reconciliation.day_model import ReconciliationDay
from server.storage.day_documents import SCHEMA, day_from_text, day_to_text
from server.storage.mongo.errors import translated
from server.storage.mongo.text_documents import MongoTextDocuments, StoredDocument, TextForm
from server.storage.reading import those_readable
from server.storage.rules import check_day_step, check_limit

PURPOSE = "reconciliation_day"
CHANNELS_MAX = 16
"""So many more are read, because the index knows no order within a day."""
FORM: TextForm[ReconciliationDay] = TextForm(
    purpose=PURPOSE,
    schema=SCHEMA,
    to_text=day_to_text,
    from_text=day_from_text,
    changed=lambda day: replace(day, tampered=True),
    check_step=check_day_step,
    in_clear=lambda day: {"channel": day.channel, "day": day.day.isoformat(), "state": str(day.state)},
)


class MongoDays(MongoTextDocuments[ReconciliationDay]):
    """reconciliation.ports.DayStore."""

    def __init__(self, collection: AsyncIOMotorCollection[Any], sealer: Sealer) -> None:
        super().__init__(collection, sealer, FORM)

    async def latest(
        self, hospital: str, limit: int, before: date | None = None, since: date | None = None
    ) -> Sequence[ReconciliationDay]:
        first, end = (since or date.min).isoformat(), (before or date.max).isoformat()
        query: StoredDocument = {"hospital": hospital, "day": {"$gte": first, "$lt": end}}
        cursor = self._collection.find(query).sort("day", DESCENDING).limit(check_limit(limit) + CHANNELS_MAX)
        with translated():
            found = await cursor.to_list(None)
        days = those_readable(found, self.read, PURPOSE)
        return sorted(days, key=lambda day: (-day.day.toordinal(), day.channel))[:limit]
