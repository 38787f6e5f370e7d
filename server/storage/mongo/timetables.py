"""Timetables in MongoDB, one a hospital."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection

from server.core.ports import Sealer
from server.effects.timetable import Timetable
from server.storage.mongo.text_documents import MongoTextDocuments, TextForm
from server.storage.mongo.upsert import upsert
from server.storage.rules import check_timetable_step
from server.storage.timetable_documents import SCHEMA, timetable_from_text, timetable_to_text

PURPOSE = "timetable"
FORM: TextForm[Timetable] = TextForm(
    purpose=PURPOSE,
    schema=SCHEMA,
    to_text=timetable_to_text,
    from_text=timetable_from_text,
    changed=lambda timetable: replace(timetable, tampered=True),
    check_step=check_timetable_step,
    in_clear=lambda timetable: {},
)


class MongoTimetables(MongoTextDocuments[Timetable]):
    """effects.ports.TimetableStore."""

    def __init__(self, collection: AsyncIOMotorCollection[Any], sealer: Sealer) -> None:
        super().__init__(collection, sealer, FORM)

    async def begin_anew(self, timetable: Timetable) -> None:
        stored = self._stored(timetable)
        await upsert(self._collection, stored.pop("_id"), {"$set": stored})
