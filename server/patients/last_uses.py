"""When things that end without use were last used. Each is known by a keyed hash of its parts only."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.core.ports import Clock, Sealer, ShortLivedStore

NOTED_EVERY = timedelta(days=1)
KEPT = timedelta(days=3650)
"""How long a last use is remembered: longer than any hospital lets a thing lie unused."""


class LastUses:
    """The last uses of the things of one ``kind``; a thing is named by its parts. All methods raise StoreUnavailable."""

    def __init__(self, kind: str, short_lived: ShortLivedStore, sealer: Sealer, clock: Clock) -> None:
        self._kind = kind
        self._short_lived = short_lived
        self._sealer = sealer
        self._clock = clock

    async def last(self, *parts: str) -> datetime | None:
        """None: no use was noted yet."""
        text = await self._short_lived.get(self._kind, self._key(parts), self._clock.now())
        return datetime.fromisoformat(text) if text else None

    async def note(self, *parts: str) -> None:
        """It is used now."""
        now = self._clock.now()
        await self._short_lived.put(self._kind, self._key(parts), now.isoformat(), now + KEPT)

    async def begin(self, *parts: str) -> None:
        """The time without use of a thing that is older than these notes begins now."""
        now = self._clock.now()
        await self._short_lived.put_once(self._kind, self._key(parts), now.isoformat(), now, now + KEPT)

    async def drop(self, *parts: str) -> None:
        await self._short_lived.drop(self._kind, self._key(parts))

    def _key(self, parts: tuple[str, ...]) -> str:
        return self._sealer.lookup(self._kind, "\x00".join(parts))
