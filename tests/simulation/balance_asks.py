"""When an old balance was asked back in a run: what a page that was being read then, or a request that was still running, may not have known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate

from tests.simulation.process import ConnectionLost

LATELY_S = 180.0
"""Longer than a request takes whose answer never came: what was moved since it began may not have been known to it."""


@dataclass(slots=True)
class _Ask:
    """A request; seconds of the run."""

    card_no: str
    since: float
    until: float = float("inf")


class Asks:
    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._running: list[_Ask] = []
        self._stored: list[tuple[str, float, int]] = []
        """Card, when, and how much more of its balance was asked back then."""

    @contextmanager
    def running(self, card_no: str) -> Iterator[None]:
        """While a request for the money of a card runs, which it may do for a while when nobody waits for it any more."""
        ask = _Ask(card_no, self._time())
        self._running.append(ask)
        try:
            yield
        except ConnectionLost:
            ask.until = self._time() + LATELY_S
            raise
        except BaseException:
            ask.until = self._time()
            raise
        ask.until = self._time()

    def since(self, card_no: str) -> float:
        """When the oldest request of those began that may run now."""
        now = self._time()
        return min((one.since for one in self._running if one.card_no == card_no and one.until >= now), default=now)

    def stored(self, card_no: str, fen: int) -> None:
        self._stored.append((card_no, self._time(), fen))

    def meanwhile(self, card_no: str, since: float) -> set[int]:
        """How much a page that is being read since then may not have known as asked back: of the newest, of the two newest …"""
        newest = [fen for card, at, fen in reversed(self._stored) if card == card_no and at >= since]
        return set(accumulate(newest))
