"""All chance of a run: every decision hangs on the seed and on the place where it is made, not on what was decided before it.

So a fault can be taken out of a run and the others stay, as far as the run lets them: that is what minimising stands on.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

Thing = TypeVar("Thing")
_FOUR = struct.Struct("<4Q")
_WHOLE = 2.0**64


class Chance:
    def __init__(self, seed: int) -> None:
        self._key = str(seed).encode()
        self._visits: Counter[str] = Counter()

    def visit(self, place: str) -> str:
        """The name of this visit of ``place``: the first, the second …"""
        self._visits[place] += 1
        return f"{place}#{self._visits[place]}"

    def rolls(self, label: str) -> tuple[float, float, float, float]:
        """Four independent shares in [0, 1), the same for the same seed and label."""
        numbers = _FOUR.unpack(blake2b(label.encode(), digest_size=32, key=self._key).digest())
        return tuple(number / _WHOLE for number in numbers)

    def share(self, label: str) -> float:
        return self.rolls(label)[0]


def picked(things: Sequence[Thing], share: float) -> Thing:
    return things[min(int(share * len(things)), len(things) - 1)]


def between(least: float, most: float, share: float) -> float:
    return least + (most - least) * share
