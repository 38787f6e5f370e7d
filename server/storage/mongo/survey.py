"""Which documents can't be read: every one of every collection is tried. For `run.py doctor`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.core.errors import Unreadable
from server.core.unreadable import UnreadableDocument
from server.storage.mongo.errors import translated
from server.storage.reading import Document, read_one

PAGE = 200
Readers = Mapping[str, Callable[[Document], object]]


async def unreadable(database: AsyncIOMotorDatabase[Any], readers: Readers) -> AsyncIterator[UnreadableDocument]:
    """Reads only. It rests between two pages for as long as the last one took, so that whoever serves goes on."""
    loop = asyncio.get_running_loop()
    for name, read in readers.items():
        after: Any = None
        while True:
            began = loop.time()
            query = {} if after is None else {"_id": {"$gt": after}}
            with translated():
                page = await database[name].find(query).sort("_id", 1).limit(PAGE).to_list(PAGE)
            if not page:
                break
            for document in page:
                try:
                    read_one(document, read)
                except Unreadable as error:
                    yield UnreadableDocument(
                        collection=name, id=str(document["_id"]), why=str(error), newer=error.newer
                    )
            after = page[-1]["_id"]
            await asyncio.sleep(loop.time() - began)
