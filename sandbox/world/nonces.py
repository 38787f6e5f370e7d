"""Nonces seen a short while ago. In memory only: forgetting them at a restart weakens a check for minutes and costs no money."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta


class NonceBook:
    def __init__(self, kept: timedelta) -> None:
        self._kept = kept
        self._known: set[str] = set()
        self._in_order: deque[tuple[datetime, str]] = deque()

    def is_new(self, nonce: str, now: datetime) -> bool:
        """True once; False for the same nonce while it is kept."""
        while self._in_order and self._in_order[0][0] <= now:
            self._known.discard(self._in_order.popleft()[1])
        if nonce in self._known:
            return False
        self._known.add(nonce)
        self._in_order.append((now + self._kept, nonce))
        return True
