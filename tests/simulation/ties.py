"""What a card may have tied to an entrance (docs/decisions/0018), as far as the outside can know: bills, and other entrances."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.simulation.process import ConnectionLost

NEVER = float("inf")
STILL_RUNS_S = 200.0
"""Longer than a request whose answer never came can still be on its way, and be worked on."""


class Tie:
    """Surely not there until somebody first tries to bind, and again from an acknowledged unbinding on, unless a try is still under way."""

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._gone_since = 0.0
        self._under_way = 0
        self._doubt_until = 0.0

    @contextmanager
    def tried(self) -> Iterator[None]:
        self._gone_since = NEVER
        self._under_way += 1
        try:
            yield
        except ConnectionLost:
            self._doubt_until = self._time() + STILL_RUNS_S
            raise
        finally:
            self._under_way -= 1

    def undone(self) -> None:
        """The app says so."""
        if not self._under_way and self._time() >= self._doubt_until:
            self._gone_since = min(self._gone_since, self._time())

    def may_be(self, since: float) -> bool:
        """May it have been there at any moment from ``since`` on?"""
        return self._gone_since > since
