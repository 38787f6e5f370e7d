"""Which schema the stored documents are of, and whether every payment and all unclaimed money has its MACs: one small document each.

That all of a collection is sealed is said under a MAC once the second sweep is over: from then on a document of it without MACs was
changed by somebody else, whatever schema it claims.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.core.errors import StoreError
from server.core.ports import Sealer
from server.storage.documents import SCHEMA_VERSION
from server.storage.genuine import SEALED_SINCE
from server.storage.mongo.errors import translated
from server.storage.mongo.upsert import upsert

PAYMENTS = "payments"
SWEEP_AGAIN_AFTER = timedelta(days=1)
Document = dict[str, Any]
UNCLAIMED = "unclaimed.macs"
"""The record of unclaimed money's MACs, which came after those of payments."""
_PURPOSE = "schema"
_SAID = {PAYMENTS: b"every payment is sealed", UNCLAIMED: b"all unclaimed money is sealed"}
_SEALED_FROM = {PAYMENTS: SEALED_SINCE, UNCLAIMED: 1}


class SchemaRecord:
    def __init__(self, database: AsyncIOMotorDatabase[Any], sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer
        self._all_sealed: set[str] = set()
        self._settled = False

    async def begin(self, collections: Sequence[str]) -> None:
        """Write the record of a new database, check that of an old one; safe to repeat. Raises StoreError."""
        first = {"version": SCHEMA_VERSION, "settled": SCHEMA_VERSION}
        with translated():
            if await self._is_missing():
                raise StoreError(
                    "the database has payments and no record of their schema: somebody removed it; restore a backup"
                )
            if await self._record(PAYMENTS) is None:  # a new database, whose payments' record is written last
                signed = {"version": 1, "settled": 1, "mac": self._mac(UNCLAIMED)}
                await upsert(self._database["schema"], UNCLAIMED, {"$setOnInsert": signed})
            for collection in collections:
                mac = {"mac": self._mac(PAYMENTS)} if collection == PAYMENTS else {}
                await upsert(self._database["schema"], collection, {"$setOnInsert": {**first, **mac}})
            for written in await self._database["schema"].find({}).to_list(100):
                if written["version"] > SCHEMA_VERSION:
                    raise StoreError(
                        f"the database's {written['_id']} are of version {written['version']}, "
                        f"this Zhenfu reads up to {SCHEMA_VERSION}: start the newer one"
                    )
        for of in _SAID:
            await self.all_sealed(of)

    async def all_sealed(self, of: str = PAYMENTS) -> bool:
        """Once it is so it stays so, whatever the database says later. Raises StoreError for a record that was changed."""
        if of not in self._all_sealed:
            with translated():
                record = await self._record(of) or {}
            mac = record.get("mac")
            if isinstance(mac, str) and self._sealer.mac_holds(_PURPOSE, _SAID[of], mac):
                self._all_sealed.add(of)
            elif mac is not None or int(record.get("settled", 0)) >= _SEALED_FROM[of]:
                raise StoreError(f"the record of the schema of {of} was changed by somebody else; restore a backup")
        return of in self._all_sealed

    async def renew(self) -> None:
        """Put the records under the active key."""
        for of in _SAID:
            if await self.all_sealed(of):
                with translated():
                    await self._database["schema"].update_one({"_id": of}, {"$set": {"mac": self._mac(of)}})

    async def settled(self) -> bool:
        """Is every document of today's schema?"""
        if not self._settled:
            with translated():
                record = await self._record(PAYMENTS) or {}
            self._settled = record.get("settled") == SCHEMA_VERSION
        return self._settled

    async def sweep_due(self, of: str, target: int, now: datetime) -> Document | None:
        """What to `note` once every old document has been brought to the version ``target``; None while there is nothing to sweep."""
        with translated():
            record = await self._database["schema"].find_one({"_id": of}) or {}
        swept_at = record.get("swept_at")
        if record.get("version") != target:
            return {"version": target, "swept_at": now}
        if record.get("settled") == target or (swept_at and now < swept_at + SWEEP_AGAIN_AFTER):
            return None
        return {"settled": target, **({"mac": self._mac(of)} if of in _SAID else {})}

    async def note(self, of: str, swept: Document) -> None:
        await upsert(self._database["schema"], of, {"$set": swept})
        if "mac" in swept:
            self._all_sealed.add(of)

    async def restored(self, schema: int, *, all_sealed: bool, unclaimed_sealed: bool) -> None:
        """The documents are a backup's, made by a Zhenfu of ``schema``: what has no MACs yet is sealed by the next sweeps."""
        record: Document = {"version": schema if all_sealed else min(schema, SEALED_SINCE - 1)}
        record |= {"mac": self._mac(PAYMENTS)} if all_sealed else {}
        sealed = {PAYMENTS: all_sealed, UNCLAIMED: unclaimed_sealed}
        self._all_sealed, self._settled = {of for of, so in sealed.items() if so}, False
        with translated():
            await self._database["schema"].replace_one({"_id": PAYMENTS}, record)
            if not unclaimed_sealed:
                await self._database["schema"].delete_one({"_id": UNCLAIMED})

    async def _is_missing(self) -> bool:
        """Read again when there are payments: another process may just have begun."""
        if await self._record(PAYMENTS) is not None or not await self._database[PAYMENTS].estimated_document_count():
            return False
        return await self._record(PAYMENTS) is None

    def _mac(self, of: str) -> str:
        return self._sealer.mac(_PURPOSE, _SAID[of])

    async def _record(self, of: str) -> Document | None:
        found: Document | None = await self._database["schema"].find_one({"_id": of})
        return found
