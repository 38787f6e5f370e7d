"""与您的关系: what the patient of a bound card is to whoever bound it, in their own words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Relation(StrEnum):
    """``SELF`` is proven by the card itself and never only said; nobody has said anything of a card without any."""

    SELF = "self"
    CHILD = "child"
    WARD = "ward"
    PARENT = "parent"
    SPOUSE = "spouse"
    OTHER = "other"


TITLES: Mapping[Relation, str] = {
    Relation.SELF: "本人",
    Relation.CHILD: "子女",
    Relation.WARD: "被监护人",
    Relation.PARENT: "父母",
    Relation.SPOUSE: "配偶",
    Relation.OTHER: "其他",
}
FAMILY = tuple(one for one in Relation if one is not Relation.SELF)
"""What can be said of somebody else's card, in the order in which it is offered."""
GUARDED = frozenset({Relation.CHILD, Relation.WARD})
"""Whose guardian whoever bound the card says to be."""


def family_relation(text: str) -> Relation | None:
    """What was said of somebody else's card; None for everything that says nothing of it."""
    return next((one for one in FAMILY if one.value == text), None)


def relation_title(relation: Relation | None) -> str:
    """The word beside the patient's name; empty where nothing is known."""
    return TITLES[relation] if relation is not None else ""
