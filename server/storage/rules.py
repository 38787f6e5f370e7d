"""Bounds that both twins keep."""

from __future__ import annotations

from collections.abc import Sequence

from server.domain.errors import BadInput

CARDS_PER_OWNER_MAX = 10


def check_room(bound: Sequence[str], new: str) -> None:
    """Raises BadInput when one more card would be too many; binding one again is always fine."""
    if new not in bound and len(bound) >= CARDS_PER_OWNER_MAX:
        raise BadInput("too many cards", person=f"最多绑定 {CARDS_PER_OWNER_MAX} 张就诊卡，请先解绑不用的卡。")
