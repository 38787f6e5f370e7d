"""Which documents can't be read: every one of every collection is tried. For `run.py doctor`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.core.errors import Unreadable
from server.core.unreadable import UnreadableDocument
from server.storage.mongo.walking import pages
from server.storage.reading import Document, read_one

Readers = Mapping[str, Callable[[Document], object]]


async def unreadable(database: AsyncIOMotorDatabase[Any], readers: Readers) -> AsyncIterator[UnreadableDocument]:
    """Reads only. It rests between two pages for as long as the last one took, so that whoever serves goes on."""
    loop = asyncio.get_running_loop()
    for name, read in readers.items():
        began = loop.time()
        async for page in pages(database[name]):
            for document in page:
                try:
                    read_one(document, read)
                except Unreadable as error:
                    yield UnreadableDocument(
                        collection=name, id=str(document["_id"]), why=str(error), newer=error.newer
                    )
            await asyncio.sleep(loop.time() - began)
            began = loop.time()
