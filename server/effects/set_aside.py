"""Payments that this process can't read are set aside: tried again ever more rarely, so that they hold up nobody else (decision 0021)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
ASIDE_MAX = 1000

Key = tuple[str, str]


class Aside:
    """What is set aside, by (hospital, payment id). Known to this process only: another version may well read it."""

    def __init__(self) -> None:
        self._until: dict[Key, tuple[datetime, timedelta]] = {}

    def put(self, key: Key, now: datetime) -> bool:
        """Set ``key`` aside, for twice as long as the last time; True if it is new here."""
        known = self._until.pop(key, None)
        pause = FIRST_PAUSE if known is None else min(known[1] * 2, LONGEST_PAUSE)
        if len(self._until) >= ASIDE_MAX:
            del self._until[next(iter(self._until))]
        self._until[key] = (now + pause, pause)
        return known is None

    def forget(self, key: Key) -> None:
        """It could be read again."""
        self._until.pop(key, None)

    def waiting(self, now: datetime) -> Collection[str]:
        """The ids of payments that are not to be tried yet."""
        return [payment_id for (_, payment_id), (until, _) in self._until.items() if until > now]
