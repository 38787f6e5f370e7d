"""Mappings that keep only what was put last."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def put_newest(kept: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    """``key`` is the newest now; where there are more than ``most`` entries, the oldest go."""
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)
