"""When things that end without use were last used. Each is known by a keyed hash of its parts only."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

from server.core.newest import put_newest
from server.core.ports import Clock, Sealer, ShortLivedStore

NOTED_EVERY = timedelta(days=1)
REMEMBERED_MAX = 4096
KEPT = timedelta(days=3650)
"""How long a last use is remembered: longer than any hospital lets a thing lie unused."""


class LastUses:
    """The last uses of the things of one ``kind``; a thing is named by its parts. All methods raise StoreUnavailable."""

    def __init__(self, kind: str, short_lived: ShortLivedStore, sealer: Sealer, clock: Clock) -> None:
        self._kind = kind
        self._short_lived = short_lived
        self._sealer = sealer
        self._clock = clock
        self.remembered: OrderedDict[str, datetime] = OrderedDict()
        """What this process knows without asking."""

    def is_noted(self, *parts: str) -> bool:
        """Does this process know, without asking, that a use was noted within the last `NOTED_EVERY`? A use is never taken back but by
        `drop`, and what is dropped is noted again before it can be used.
        """
        noted = self.remembered.get(self._key(parts))
        return noted is not None and self._clock.now() - noted <= NOTED_EVERY

    async def last(self, *parts: str) -> datetime | None:
        """None: no use was noted yet."""
        text = await self._short_lived.get(self._kind, self._key(parts), self._clock.now())
        if not text:
            return None
        used = datetime.fromisoformat(text)
        put_newest(self.remembered, self._key(parts), used, REMEMBERED_MAX)
        return used

    async def note(self, *parts: str) -> None:
        """It is used now."""
        now = self._clock.now()
        await self._short_lived.put(self._kind, self._key(parts), now.isoformat(), now + KEPT)
        put_newest(self.remembered, self._key(parts), now, REMEMBERED_MAX)

    async def begin(self, *parts: str) -> None:
        """The time without use of a thing that is older than these notes begins now."""
        now = self._clock.now()
        await self._short_lived.put_once(self._kind, self._key(parts), now.isoformat(), now, now + KEPT)

    async def drop(self, *parts: str) -> None:
        self.remembered.pop(self._key(parts), None)
        await self._short_lived.drop(self._kind, self._key(parts))

    def _key(self, parts: tuple[str, ...]) -> str:
        return self._sealer.lookup(self._kind, "\x00".join(parts))
