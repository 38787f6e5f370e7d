"""Requests that were sent to us, sent again to others."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from bench.asking import Request


class Replayed:
    """What one contestant was sent, for the others: their stores don't mind hearing it twice."""

    def __init__(self) -> None:
        self._sent: list[Request] = []

    async def keep(self, requests: Sequence[Request]) -> Sequence[Request]:
        self._sent = list(requests)
        return requests

    async def again(self, count: int) -> Sequence[Request]:
        return list(itertools.islice(itertools.cycle(self._sent), count))
