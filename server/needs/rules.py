"""Which needs are shown, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from server.needs.model import Need


def shown(needs: Iterable[Need], card_nos: Collection[str], *, own_too: bool) -> tuple[Need, ...]:
    """The needs of these cards, the most urgent first, then the earliest; each thing once. ``own_too``: with those of no card."""
    allowed = [one for one in needs if one.card_no in card_nos or (own_too and not one.card_no)]
    allowed.sort(key=lambda one: (one.urgency, one.at, one.card_no, one.about))
    told: set[str] = set()
    found = []
    for need in allowed:
        if not told.issuperset(need.about):
            found.append(need)
        told.update(need.about)
    return tuple(found)
