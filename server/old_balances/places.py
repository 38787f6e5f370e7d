"""Where a reader of the HIS's list goes on, as a text for addresses and timetables: it names a card, so it is sealed."""

from __future__ import annotations

import json

from server.core.errors import Forged
from server.core.ports import Sealer
from server.old_balances.model import ListPlace

_PURPOSE = "balance_place"


def place_text(sealer: Sealer, hospital: str, place: ListPlace | None) -> str:
    """Empty for None, the end of the list."""
    if place is None:
        return ""
    return sealer.seal(f"{_PURPOSE}:{hospital}", json.dumps([place.count, place.last, place.by_card]).encode())


def place_of(sealer: Sealer, hospital: str, text: str) -> ListPlace:
    """The beginning for an empty ``text``. Raises Forged for what `place_text` has not made for this hospital."""
    if not text:
        return ListPlace()
    count, last, by_card = json.loads(sealer.open(f"{_PURPOSE}:{hospital}", text))
    return ListPlace(count, last, by_card)


def place_kept(sealer: Sealer, hospital: str, text: str) -> ListPlace:
    """As `place_of`, of a text that was stored: what can't be read any more (an old key, an older Zhenfu) begins anew."""
    try:
        return place_of(sealer, hospital, text)
    except Forged:
        return ListPlace()
