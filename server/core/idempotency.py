"""Idempotency keys: a request that comes again under its key gets the stored answer and does nothing again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from server.core.errors import KeyReused, StillRunning
from server.core.ports import Clock, ShortLivedStore

KEPT = timedelta(hours=24)
RUNNING_MAX = timedelta(seconds=60)
"""Longer than any request runs: whoever died over it blocks its key no longer than this."""
_KIND = "idempotency"


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    status: int
    body: str
    is_repeat: bool


class IdempotencyService:
    """Keys are the person's own: the same text of somebody else is another key. What failed is not stored, and may be tried again."""

    def __init__(self, short_lived: ShortLivedStore, clock: Clock) -> None:
        self._short_lived = short_lived
        self._clock = clock

    async def once(
        self, owner: str, door: str, key: str, request: bytes, act: Callable[[], Awaitable[tuple[int, str]]]
    ) -> StoredAnswer:
        """The answer of ``act``, or the stored one. ``owner`` is whose key it is, within all hospitals.

        Raises KeyReused, StillRunning, and whatever ``act`` raises."""
        place = f"{owner}:{door}:{key}"
        mark = hashlib.sha256(request).hexdigest()
        now = self._clock.now()
        running = json.dumps([mark, 0, ""])
        if not await self._short_lived.put_once(_KIND, place, running, now, now + RUNNING_MAX):
            return await self._stored(place, mark)
        try:
            status, body = await act()
        except BaseException:
            await self._short_lived.drop(_KIND, place)
            raise
        kept = json.dumps([mark, status, body], ensure_ascii=False)
        await self._short_lived.put(_KIND, place, kept, self._clock.now() + KEPT)
        return StoredAnswer(status, body, is_repeat=False)

    async def _stored(self, place: str, mark: str) -> StoredAnswer:
        stored = await self._short_lived.get(_KIND, place, self._clock.now())
        if stored is None:
            raise StillRunning("the first try has just ended without an answer")
        stored_mark, status, body = json.loads(stored)
        if stored_mark != mark:
            raise KeyReused("another request under this key")
        if not status:
            raise StillRunning("the first try")
        return StoredAnswer(status, body, is_repeat=True)
