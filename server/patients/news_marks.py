"""What has become of news that was told: a mark each, which says that it was told, and follows what the platform reports of its message.

A mark is short-lived and stands under a keyed hash (`patients.card_news` makes them). A delivery report names only the message, so its number
leads back to the mark; reports inform, no more: the first word on each message is noted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from server.core.ports import Clock, ShortLivedStore

TOLD_FOR = timedelta(days=90)
"""For this time the same thing is not told again."""
_SENT = "news_sent"


class Standing(StrEnum):
    """TRIED: begun, nothing more is known. REACHED: it went a way by which it may have arrived. BY_SMS: by the one SMS of the card, whose own
    mark says more. The rest did not arrive, or surely did.
    """

    TRIED = "0"
    REACHED = "1"
    BY_SMS = "2"
    NO_PHONE = "3"
    NO_SMS = "4"
    REFUSED = "5"
    NOT_DELIVERED = "6"
    DELIVERED = "7"


ARRIVED = frozenset({Standing.REACHED, Standing.DELIVERED})
_UNHEARD_OF = frozenset({Standing.TRIED, Standing.REACHED})


@dataclass(frozen=True, slots=True)
class Mark:
    """``at``: since when it stands so; None for one of before 2026-12."""

    standing: Standing
    at: datetime | None

    @property
    def has_arrived(self) -> bool:
        """May it have arrived, as far as is known?"""
        return self.standing in ARRIVED


class NewsMarks:
    """A mark is named by the ``purpose`` of its news and a ``key``."""

    def __init__(self, short_lived: ShortLivedStore, clock: Clock) -> None:
        self._short_lived = short_lived
        self._clock = clock

    async def first(self, purpose: str, key: str) -> bool:
        """Marked as tried; False where it was told already."""
        now = self._clock.now()
        return await self._short_lived.put_once(purpose, key, _text(Standing.TRIED, now), now, now + TOLD_FOR)

    async def came_to(self, purpose: str, key: str, standing: Standing) -> None:
        """What was tried has come to this. A report that was faster stays."""
        await self._change(purpose, key, frozenset({Standing.TRIED}), standing)

    async def read(self, purpose: str, key: str) -> Mark | None:
        text = await self._short_lived.get(purpose, key, self._clock.now())
        return None if text is None else _mark(text)

    async def drop(self, purpose: str, key: str) -> None:
        await self._short_lived.drop(purpose, key)

    async def goes_as(self, hospital: str, number: str, purpose: str, key: str) -> None:
        """The message of this news has this number, under which its delivery is reported."""
        await self._short_lived.put(_SENT, f"{hospital}:{number}", f"{purpose} {key}", self._clock.now() + TOLD_FOR)

    async def reported(self, hospital: str, number: str, delivered: bool) -> bool:
        """The platform's word on one message. False, and nothing is noted, for a number that is no news of this hospital."""
        named = await self._short_lived.get(_SENT, f"{hospital}:{number}", self._clock.now())
        if named is None:
            return False
        purpose, _, key = named.partition(" ")
        await self._change(purpose, key, _UNHEARD_OF, Standing.DELIVERED if delivered else Standing.NOT_DELIVERED)
        return True

    async def _change(self, purpose: str, key: str, before: frozenset[Standing], standing: Standing) -> None:
        """Once more where somebody was faster."""
        for _ in range(2):
            now = self._clock.now()
            text = await self._short_lived.get(purpose, key, now)
            if text is None or _mark(text).standing not in before:
                return
            if await self._short_lived.swap(purpose, key, text, _text(standing, now), now + TOLD_FOR):
                return


def _text(standing: Standing, at: datetime) -> str:
    return f"{standing} {at.isoformat()}"


def _mark(text: str) -> Mark:
    standing, _, at = text.partition(" ")
    return Mark(Standing(standing), datetime.fromisoformat(at) if at else None)
