"""The real clock and the real dice: the only places where time and randomness enter."""

from __future__ import annotations

import asyncio
import random
import secrets
from datetime import UTC, datetime

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SystemIds:
    """From the operating system's source of randomness: these become payment numbers, session ids and codes."""

    def text(self, length: int, alphabet: str = CROCKFORD) -> str:
        """One draw for the whole text: every text of this length is as likely as any other, whatever the alphabet's size."""
        base = len(alphabet)
        number, characters = secrets.randbelow(base**length), []
        for _ in range(length):
            number, place = divmod(number, base)
            characters.append(alphabet[place])
        return "".join(characters)

    def jitter(self) -> float:
        return random.random()  # noqa: S311 - spreads retries, guards nothing
