"""A few documents in one visit of the driver's thread: Motor's own cursor is made in the loop's, and comes back to it in three turns."""

from __future__ import annotations

import asyncio
from typing import Any

from motor.frameworks.asyncio import run_on_executor
from motor.motor_asyncio import AsyncIOMotorCollection

Document = dict[str, Any]


async def few(collection: AsyncIOMotorCollection[Any], query: Document, limit: int, **options: Any) -> list[Document]:
    """At most ``limit`` documents, all of them held at once; ``options`` are those of `find`."""

    def read() -> list[Document]:
        return list(collection.delegate.find(query, limit=limit, **options))

    found: list[Document] = await run_on_executor(asyncio.get_running_loop(), read)  # type: ignore[no-untyped-call]
    return found
