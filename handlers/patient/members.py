"""Of whom a list is shown: of everybody whose card the person has bound, or of the one that the address names (``?member=``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from handlers.base.page import Page
from handlers.patient.views.members import member_lines, who
from server.patients.model import BoundCard, Session

_One = TypeVar("_One")


@dataclass(frozen=True, slots=True)
class Members:
    """``chosen`` is the key of one member, empty for all; ``key_of`` the key of a card number."""

    lines: list[dict[str, object]]
    chosen: str
    key_of: Callable[[str], str]

    def only(self, found: Iterable[_One], card_no_of: Callable[[_One], str]) -> tuple[_One, ...]:
        """What of ``found`` is of the chosen member, in its order."""
        return tuple(one for one in found if not self.chosen or self.shows(self.key_of(card_no_of(one))))

    def shows(self, card_key: str) -> bool:
        """Is this member looked at?"""
        return self.chosen in {"", card_key}

    @property
    def view(self) -> dict[str, object]:
        """What `base/members.html` shows, and whether only one is looked at."""
        return {"members": self.lines, "is_one": bool(self.chosen)}


def members_of(
    page: Page, session: Session, address: str, bound: Sequence[BoundCard], scanned: Sequence[tuple[str, str]] = ()
) -> Members:
    """``address`` is the list's own, ``bound`` the person's cards. A member that the person does not have is nobody's choice: all are shown. ``scanned``: the key of each
    card whose bills were scanned, and what people read of it; one that is bound, too, is there once.
    """
    cards = page.services.cards.views(bound)
    theirs = {card.card_key: who(card.name_masked, card.card_masked, card.relation) for card in cards}
    named = [*theirs.items(), *(one for one in scanned if one[0] not in theirs)]
    asked = page.get_query_argument("member", "")
    chosen = asked if len(named) > 1 and any(key == asked for key, _ in named) else ""
    return Members(
        member_lines(address, named, chosen), chosen, lambda card_no: page.services.cards.key_of(session, card_no)
    )
