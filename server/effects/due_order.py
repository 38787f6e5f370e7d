"""Reads what owes work, the earliest first, page by page, while the list moves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from server.core.ports import ANSWERS_MAX
from server.effects.document import D

PAGE = 200
NEXT = timedelta(milliseconds=1)
"""Stores keep due times to the millisecond."""


async def in_due_order(
    owing: Callable[[datetime, int], Awaitable[Sequence[D]]], since: datetime, pages_max: int
) -> AsyncIterator[D]:
    """Each document that is due from ``since`` on comes once, though its due time moves meanwhile. ``owing(since, limit)`` asks a store.

    Where more than a page is due in one millisecond, as many are asked for as a store answers at once; the rest of those is left out.
    """
    seen, limit = set[tuple[str, str]](), PAGE
    for _ in range(pages_max):
        page = await owing(since, limit)
        new = [document for document in page if (document.hospital, document.id) not in seen]
        for document in new:
            seen.add((document.hospital, document.id))
            yield document
        last = page[-1].next_due if page else None
        if len(page) < limit or last is None:
            return
        if new:
            since, limit = last, PAGE
        elif limit == PAGE:
            limit = ANSWERS_MAX
        else:
            since, limit = last + NEXT, PAGE
