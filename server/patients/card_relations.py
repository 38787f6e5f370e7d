"""What the patient of a bound card is to whoever bound it, said or changed later: nothing is proven anew, so no code is asked for."""

from __future__ import annotations

from dataclasses import replace

from server.audit.model import CARD
from server.audit.service import AuditService
from server.core.actors import CARD_HOLDER
from server.core.errors import BadInput, NotFound
from server.core.history import lone_event
from server.core.ports import Clock, Ids, Sealer
from server.patients.cards import CardView, view_of
from server.patients.model import Session
from server.patients.ports import CardStore
from server.patients.relations import Relation
from server.patients.visible_cards import NO_SUCH_CARD, bound_cards, card_of_key

RELATION_SAID = "card_relation_said"


class CardRelations:
    def __init__(self, cards: CardStore, audit: AuditService, sealer: Sealer, clock: Clock, ids: Ids) -> None:
        self._cards = cards
        self._audit = audit
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    async def say(self, session: Session, key: str, family: Relation | None) -> CardView:
        """In every entrance in which the person has bound the card; None takes back what was said. The line in the audit chain comes first,
        and says no more than that something was said: the word itself is personal. Raises NotFound for a card that is not bound here (any
        more), BadInput for one's own.
        """
        card = card_of_key(self._sealer, session.hospital, await bound_cards(self._cards, session), key)
        if card is None:
            raise NotFound("bound card", user_message=NO_SUCH_CARD)
        if card.relation is Relation.SELF:
            raise BadInput("own card", user_message="本人的卡不用填写与您的关系。")
        await self._note(session, key)
        said = [await self._cards.say(session.hospital, owner, card.card_no, family) for owner in session.owners]
        if not any(said):
            raise NotFound("card unbound meanwhile", user_message=NO_SUCH_CARD)
        return view_of(self._sealer, replace(card, family=family))

    async def _note(self, session: Session, key: str) -> None:
        detail = {"card": key, "by_channel": session.identity.channel}
        now = self._clock.now()
        line = lone_event(CARD, self._ids, at=now, what=RELATION_SAID, by=CARD_HOLDER, detail=detail)
        await self._audit.append(session.hospital, [line])
