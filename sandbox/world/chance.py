"""The world's clock and dice. Signatures always carry real time; the business day can be moved."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))


class WorldClock:
    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self._now = now or (lambda: datetime.now(UTC))
        self.day_set: date | None = None

    def now(self) -> datetime:
        """Real (or simulated) time, aware."""
        return self._now().astimezone(CHINA)

    def business_now(self) -> datetime:
        """The time that is written into trades and statements: that of the set day, if one is set."""
        now = self.now()
        return (
            now
            if self.day_set is None
            else now.replace(year=self.day_set.year, month=self.day_set.month, day=self.day_set.day)
        )

    @property
    def today(self) -> date:
        return self.business_now().date()


class Dice:
    """Randomness of names and numbers; from a seed when one is given."""

    def __init__(self, seed: int | None = None) -> None:
        self._random: random.Random = random.SystemRandom() if seed is None else random.Random(seed)

    def digits(self, length: int) -> str:
        return "".join(self._random.choice("0123456789") for _ in range(length))

    def text(self, length: int) -> str:
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return "".join(self._random.choice(alphabet) for _ in range(length))

    def upper_hex(self, length: int) -> str:
        return "".join(self._random.choice("0123456789ABCDEF") for _ in range(length))

    def share(self) -> float:
        return self._random.random()


def real_secret(length: int) -> str:
    """For keys and secrets that are made once per machine."""
    return secrets.token_hex(length)[:length]


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(CHINA).isoformat(timespec="seconds")
