"""就诊人: the row of people from whom one is chosen, above what is shown of all of them."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.base.display import card_named
from server.needs.texts import EVERYBODY
from server.patients.relations import Relation, relation_title


def who(name_masked: str, card_masked: str, relation: Relation | None = None) -> str:
    """Masked names of siblings may be the same, their cards are not."""
    return f"{named(name_masked, relation)} {card_named(card_masked)}"


def named(name_masked: str, relation: Relation | None) -> str:
    """The name with what the patient is to whoever looks at it."""
    return f"{name_masked}（{relation_title(relation)}）" if relation is not None else name_masked


def member_lines(address: str, members: Sequence[tuple[str, str]], chosen: str) -> list[dict[str, object]]:
    """``members``: the key of each and what people read of them; ``chosen``: the key of one, empty for all. Empty where there is nobody to
    choose from.
    """
    if len(members) < 2:
        return []
    everybody: list[dict[str, object]] = [{"url": address, "text": EVERYBODY, "is_here": not chosen}]
    return everybody + [
        {"url": f"{address}?member={key}", "text": text, "is_here": key == chosen} for key, text in members
    ]
