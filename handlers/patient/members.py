"""Of whom a list is shown: of everybody whose card the person has bound, or of the one that the address names (``?member=``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from handlers.base.page import Page
from handlers.patient.views.members import member_lines, who
from server.patients.model import Session

_One = TypeVar("_One")


@dataclass(frozen=True, slots=True)
class Members:
    """``chosen`` is the key of one member, empty for all; ``key_of`` the key of a card number."""

    lines: list[dict[str, object]]
    chosen: str
    key_of: Callable[[str], str]

    def only(self, found: Iterable[_One], card_no_of: Callable[[_One], str]) -> tuple[_One, ...]:
        """What of ``found`` is of the chosen member, in its order."""
        return tuple(one for one in found if not self.chosen or self.key_of(card_no_of(one)) == self.chosen)

    @property
    def view(self) -> dict[str, object]:
        """What `base/members.html` shows, and whether only one is looked at."""
        return {"members": self.lines, "is_one": bool(self.chosen)}


async def members_of(page: Page, session: Session, address: str) -> Members:
    """``address`` is the list's own. A member that the person does not have is nobody's choice: all are shown."""
    cards = await page.services.cards.mine(session)
    asked = page.get_query_argument("member", "")
    chosen = asked if len(cards) > 1 and any(card.card_key == asked for card in cards) else ""
    named = [(card.card_key, who(card.name_masked, card.card_masked, card.relation)) for card in cards]
    return Members(
        member_lines(address, named, chosen), chosen, lambda card_no: page.services.cards.key_of(session, card_no)
    )
