"""Guardians, broken: a child's number for whoever has the card, or says to be its guardian."""

from __future__ import annotations

from collections.abc import Sequence
from unittest.mock import patch

import server.registration.permission
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
