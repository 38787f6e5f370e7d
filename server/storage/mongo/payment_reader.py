"""A stored payment as the domain has it: upgraded, checked for who wrote it, or Unreadable."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection

from server.core.errors import StoreError, Unreadable
from server.core.ports import Sealer
from server.payments.model import Payment
from server.storage.documents import Document, payment_from_document
from server.storage.genuine import SEALED_SINCE, holds
from server.storage.migrations import Steps, upgraded
from server.storage.mongo.errors import translated
from server.storage.mongo.int64 import with_int64
from server.storage.mongo.schema_record import SchemaRecord

log = logging.getLogger("zhenfu.store")


class PaymentReader:
    def __init__(
        self,
        collection: AsyncIOMotorCollection[Any],
        sealer: Sealer,
        steps: Steps,
        schema: int,
        record: SchemaRecord | None,
    ) -> None:
        self._collection = collection
        self._sealer = sealer
        self._steps = steps
        self._schema = schema
        self._record = record

    def read(self, document: Document) -> Payment:
        """One of any schema, nothing written. Raises whatever is wrong with it."""
        return payment_from_document(upgraded(document, self._steps, self._schema), self._sealer)

    async def open(self, document: Document) -> Payment:
        """The payment of a stored document. Raises Unreadable."""
        try:
            return await self._opened(document)
        except StoreError:
            raise
        except Exception as error:  # a damaged document can fail in any way; its content is never part of the message
            raise Unreadable(type(error).__name__) from error

    async def _opened(self, document: Document) -> Payment:
        """One of an older schema is written down as today's first: guarded, so that of several readers and writers one does it,
        and never over what is not ours.
        """
        while await self._is_genuine(document):
            today = upgraded(document, self._steps, self._schema)
            if today is document:
                return payment_from_document(document, self._sealer)
            key = {name: document[name] for name in ("_id", "hospital", "version", "schema")}
            with translated():
                replaced = await self._collection.replace_one(key, with_int64(today))
                if replaced.matched_count:
                    return payment_from_document(today, self._sealer)
                document = await self._collection.find_one({"_id": document["_id"]}) or today
        try:
            payment = payment_from_document(upgraded(document, self._steps, self._schema), self._sealer)
        except (LookupError, TypeError, ValueError):  # it is not of the schema that it claims
            payment = payment_from_document(document, self._sealer)
        return replace(payment, tampered=True)

    async def _is_genuine(self, document: Document) -> bool:
        """One from before the MACs counts only until the database's own record says that all of those were sealed."""
        if int(document["schema"]) >= SEALED_SINCE:
            return holds(document, self._sealer)
        return self._record is None or not await self._record.all_sealed()

    async def those_readable(self, documents: Sequence[Document]) -> list[Payment]:
        payments = []
        for document in documents:
            try:
                payments.append(await self.open(document))
            except Unreadable as error:
                log.warning("passed over a payment that can't be read id=%s why=%s", document["_id"], error)
        return payments
