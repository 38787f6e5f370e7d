"""One database: connection, indexes, schema versions, and the stores upon it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo import ReadPreference, WriteConcern
from pymongo.errors import OperationFailure
from pymongo.monitoring import CommandListener

from server.core.ports import Sealer
from server.core.unreadable import UnreadableDocument
from server.storage.documents import SCHEMA_VERSION
from server.storage.mongo import archive, resealing, survey
from server.storage.mongo.alerts import MongoAlerts, alert_from_document
from server.storage.mongo.audit import MongoAudit
from server.storage.mongo.bank import MongoBankBooks
from server.storage.mongo.cards import MongoCards
from server.storage.mongo.days import MongoDays
from server.storage.mongo.errors import translated
from server.storage.mongo.index_making import make_indexes
from server.storage.mongo.indexes import INDEXES
from server.storage.mongo.payments import MongoPayments
from server.storage.mongo.people import MongoPeople
from server.storage.mongo.pulses import MongoPulses
from server.storage.mongo.schema_record import PAYMENTS, UNCLAIMED, SchemaRecord
from server.storage.mongo.searching import OBSOLETE
from server.storage.mongo.sessions import MongoSessions
from server.storage.mongo.short_lived import MongoShortLived
from server.storage.mongo.staff import MongoStaff
from server.storage.mongo.staff_facts import MongoStaffFacts
from server.storage.mongo.timetables import MongoTimetables
from server.storage.mongo.unclaimed import MongoUnclaimed
from server.storage.signing import Told
from server.storage.stores import Stores

SELECT_MS = 2000
SOCKET_MS = 4000
MAJORITY_MS = 3000
DATABASE_NAME = "zhenfu"
ALERTS, ALERTS_SHAPE = "alerts.life", 2
"""2 gave alerts a life (`alerts.model`): a document without a version is of shape 1 and is read as open."""

COLLECTIONS = (
    "payments",
    "unclaimed",
    "alerts",
    "cards",
    "sessions",
    "short_lived",
    "staff",
    "audit",
    "people",
    "staff_facts",
    "reconciliation_days",
    "bank_books",
    "timetables",
)


class MongoDatabase:
    """``stores`` for the services; the rest for whoever starts and watches the process. ``database`` is the driver's, as it is stored."""

    def __init__(self, client: AsyncIOMotorClient[Any], database: AsyncIOMotorDatabase[Any], sealer: Sealer) -> None:
        self._client = client
        self.database = database
        self._sealer = sealer
        self._record = SchemaRecord(database, sealer)
        self._payments = MongoPayments(database["payments"], sealer, record=self._record)
        self._unclaimed = MongoUnclaimed(database["unclaimed"], sealer, self._record)
        self._alerts = MongoAlerts(database["alerts"])
        self._cards = MongoCards(database["cards"], sealer)
        self._people = MongoPeople(database["people"], sealer)
        self._audit = MongoAudit(database["audit"], sealer)
        self._staff = MongoStaff(database["staff"], sealer)
        self._days = MongoDays(database["reconciliation_days"], sealer)
        self._bank = MongoBankBooks(database["bank_books"], sealer)
        self._timetables = MongoTimetables(database["timetables"], sealer)
        self.stores = Stores(
            payments=self._payments,
            unclaimed=self._unclaimed,
            cards=self._cards,
            sessions=MongoSessions(database["sessions"], sealer),
            short_lived=MongoShortLived(database["short_lived"], sealer),
            alerts=self._alerts,
            staff=self._staff,
            audit=self._audit,
            people=self._people,
            pulses=MongoPulses(database["pulses"]),
            staff_facts=MongoStaffFacts(database["staff_facts"]),
            days=self._days,
            bank=self._bank,
            timetables=self._timetables,
        )

    async def prepare(self) -> None:
        """Create what is missing; safe to repeat and to run in several processes at once.

        Raises StoreError for documents of a newer Zhenfu, which this one would read wrongly, and for a record of the schemas that was
        changed by somebody else.
        """
        await self._record.begin(COLLECTIONS)
        with translated():
            await make_indexes(self.database, INDEXES)
            if await self._record.settled():
                await self._drop_obsolete_indexes()

    async def _drop_obsolete_indexes(self) -> None:
        there = await self.database[PAYMENTS].index_information()
        for name in OBSOLETE:
            if name in there:
                with suppress(OperationFailure):  # another process has just dropped it
                    await self.database[PAYMENTS].drop_index(name)

    async def upgrade(self, now: datetime, told: Told | None = None, unclaimed_told: Told | None = None) -> int:
        """Bring what an older Zhenfu wrote to today's schema, while everybody serves; how many documents there were. ``told`` hears of
        payments that are about to be signed for the first time, ``unclaimed_told`` of unclaimed money.

        Reads nothing where two sweeps have been made: one on the first start of this version, and one at least a day
        later, for what an older process that still ran beside this one has written since.
        """
        payments = await self._swept(PAYMENTS, SCHEMA_VERSION, now, lambda: self._whose_they_are_too(told))
        unclaimed = await self._swept(UNCLAIMED, 1, now, lambda: self._unclaimed.sign_all(unclaimed_told))
        return payments + unclaimed + await self._swept(ALERTS, ALERTS_SHAPE, now, self._alerts.upgrade_all)

    async def _whose_they_are_too(self, told: Told | None) -> int:
        """Schema 4 moved the ids of people out of sight, in payments and beside them."""
        count = await self._payments.upgrade_all(told)
        return count + await self._cards.move_all() + await self._people.move_all() + await self._audit.seal_ids()

    async def _swept(self, of: str, target: int, now: datetime, sweep: Callable[[], Awaitable[int]]) -> int:
        note = await self._record.sweep_due(of, target, now)
        if note is None:
            return 0
        count = await sweep()
        await self._record.note(of, note)
        return count

    async def all_sealed(self) -> bool:
        """Has every payment a MAC, so that one without it was changed by somebody else?"""
        return await self._record.all_sealed()

    async def reseal(self, told: Callable[[str, int], None]) -> int:
        """Bring everything under the active key, while everybody serves; how many documents there were. ``told`` hears of each page."""
        count = await resealing.reseal_all(self.database, self._sealer, told)
        await self._record.renew()
        return count

    async def keys_in_use(self) -> dict[str, dict[str, int]]:
        """By key id and collection: how many documents still need that key."""
        return await resealing.keys_in_use(self.database, COLLECTIONS)

    def unreadable(self) -> AsyncIterator[UnreadableDocument]:
        """Every document that this Zhenfu can't read, of all collections but those whose documents end soon by themselves."""
        readers = {
            "payments": self._payments.read,
            "staff": self._staff.read,
            "cards": self._cards.read,
            "people": self._people.read,
            "audit": self._audit.read,
            "unclaimed": self._unclaimed.read,
            "alerts": alert_from_document,
            "reconciliation_days": self._days.read,
            "bank_books": self._bank.read,
            "timetables": self._timetables.read,
        }
        return survey.unreadable(self.database, readers)

    async def back_up(self, file: Path, now: datetime) -> archive.Contents:
        """Everything into ``file``, while others write. Raises StoreUnavailable or BackupRefused."""
        sealed, unclaimed = await self.all_sealed(), await self._record.all_sealed(UNCLAIMED)
        return await archive.back_up(
            self.database, COLLECTIONS, file, now, all_sealed=sealed, unclaimed_sealed=unclaimed
        )

    async def restore(self, file: Path, *, known_key_ids: frozenset[str]) -> archive.Contents:
        """``file`` into this database, which must be empty and prepared. Raises BackupRefused before anything is written."""
        contents = await archive.restore(self.database, file, known_key_ids=known_key_ids)
        await self._record.restored(
            contents.schema, all_sealed=contents.all_sealed, unclaimed_sealed=contents.unclaimed_sealed
        )  # its documents are as old as it is: the next worker sweeps them
        with translated():
            await self.database["schema"].delete_one({"_id": ALERTS})
        return contents

    async def sweeping(self) -> set[str]:
        """The collections whose documents the server forgets by itself."""
        with translated():
            indexes = {name: await self.database[name].index_information() for name in COLLECTIONS}
        return {name for name, of in indexes.items() if any("expireAfterSeconds" in index for index in of.values())}

    async def replica_set(self) -> str:
        """The name of the replica set that answers, or ``sharded``; empty for a single server."""
        with translated():
            told = await self.database.command("hello")
        return "sharded" if told.get("msg") == "isdbgrid" else str(told.get("setName", ""))

    async def drop(self) -> None:
        """The whole database: for scratch ones only."""
        with translated():
            await self._client.drop_database(self.database.name)

    def close(self) -> None:
        self._client.close()


def connect(
    uri: str, sealer: Sealer, *, name: str | None = None, listeners: Sequence[CommandListener] = ()
) -> MongoDatabase:
    """``listeners`` are told of every command that is sent. ``name`` overrules the database that the address names. Nothing is sent yet. A dead server is noticed within SELECT_MS, a hung one within SOCKET_MS.

    Whatever the address says, writes are majority and journalled and reads go to the primary: nothing may be acknowledged to
    a platform that could still be lost, and nothing decided upon yesterday's document.
    """
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(
        uri,
        serverSelectionTimeoutMS=SELECT_MS,
        connectTimeoutMS=SELECT_MS,
        socketTimeoutMS=SOCKET_MS,
        event_listeners=list(listeners),
    )
    options: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True, tzinfo=UTC)
    database = client.get_database(
        name or client.get_default_database(DATABASE_NAME).name,
        codec_options=options,
        read_preference=ReadPreference.PRIMARY,
        write_concern=WriteConcern("majority", wtimeout=MAJORITY_MS, j=True),
    )
    return MongoDatabase(client, database, sealer)
