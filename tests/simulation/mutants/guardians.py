"""Guardians, broken: a child's number for whoever asks, for whoever has the card, for whoever was the guardian once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import server.registration.permission
from server.patients.cards import CardService
from server.patients.model import BoundCard
from server.patients.relations import GUARDED
from tests.simulation.mutants.patching import Patches


def relation_ignored() -> Patches:
    """Whoever has bound the child's card is its guardian, whatever they have said."""

    def any_relation(cards: Sequence[BoundCard], card_no: str) -> bool:
        return any(card.card_no == card_no for card in cards)

    return [patch.object(server.registration.permission, "bound_by_guardian", any_relation)]


def own_card_not_asked_for() -> Patches:
    """It is enough to say that the child is one's own; who says so is not looked at."""

    def said(cards: Sequence[BoundCard], card_no: str) -> bool:
        return any(card.card_no == card_no and card.relation in GUARDED for card in cards)

    return [patch.object(server.registration.permission, "bound_by_guardian", said)]


def guardian_after_unbinding() -> Patches:
    """A card is unbound on the screen only."""

    async def unbind(self: CardService, session: Any, key: str) -> None:
        """Nothing is forgotten."""

    return [patch.object(CardService, "unbind", unbind)]
