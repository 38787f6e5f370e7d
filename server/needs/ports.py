"""What a capability offers to the first page. Its file is ``needs.py`` in its own folder; wiring lists it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from server.needs.model import Asked, Place, Told


class NeedSource(Protocol):
    """``name`` is a label, safe for logs."""

    name: str

    def places(self, hospital: str) -> Sequence[Place]:
        """Where patients of this hospital find the rest of it; nothing where the hospital does not offer it."""

    async def needs(self, asked: Asked) -> Told:
        """What is needed now for the cards of ``asked``, and for no other. May raise anything and take any time: its place is then left out."""
