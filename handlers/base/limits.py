"""So many requests a minute from one person, and from one address before anybody is known. Each process counts for itself: this
keeps a runaway client from crowding others out; what must hold across processes (codes, tries) is counted in the store.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

from server.core.newest import put_newest

WINDOW_S = 60.0
CALLERS_MAX = 20_000
PER_PERSON = 240
PER_ADDRESS = 1200
"""A hospital's own network shows all its patients under one address."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The headers' numbers; ``remaining`` below zero means refused."""

    limit: int
    remaining: int
    reset_s: int


class RateLimits:
    """Fixed windows; who has been quiet longest is forgotten first."""

    def __init__(self, callers_max: int = CALLERS_MAX) -> None:
        self._callers_max = callers_max
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def spend(self, caller: str, limit: int, now_s: float) -> Allowance:
        began, count = self._windows.get(caller, (now_s, 0))
        if now_s - began >= WINDOW_S or now_s < began:
            began, count = now_s, 0
        put_newest(self._windows, caller, (began, count + 1), self._callers_max)
        return Allowance(limit, limit - count - 1, max(1, ceil(began + WINDOW_S - now_s)))
