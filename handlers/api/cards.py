"""Cards of the person's patients: bound, unbound, what the patient is to them, and where one's own card is bound."""

from __future__ import annotations

from pydantic import BaseModel

from handlers.api import models
from handlers.api.door import ApiHandler
from handlers.api.operation import Operation, operation
from server.patients.cards import CardView
from server.patients.phone_codes import CODE_LIFE
from server.patients.relations import family_relation


def _card(card: CardView) -> models.CardTold:
    return models.CardTold(
        card_key=card.card_key,
        name_masked=card.name_masked,
        card_masked=card.card_masked,
        own=card.own,
        relation=card.relation,
    )


class CardsHandler(ApiHandler):
    @operation(Operation(summary="My medical cards", answer=models.CardPage))
    async def get(self, asked: None) -> BaseModel:
        """At most ten in each entrance, so always one page."""
        cards = await self.services.cards.mine(self.session)
        return models.CardPage(items=[_card(card) for card in cards], next=None)

    @operation(Operation(summary="Bind a card", body=models.CardAsked, answer=models.CardTold, status=201))
    async def post(self, asked: models.CardAsked) -> models.CardTold:
        family = family_relation(asked.family or "")
        bound = await self.services.cards.bind(self.session, asked.card_key, asked.code, own=asked.own, family=family)
        return _card(bound)


class CardCodesHandler(ApiHandler):
    @operation(
        Operation(
            summary="Send a code to the phone that the hospital has for the card",
            body=models.CardCodeAsked,
            answer=models.CardCodeTold,
            status=201,
            refuses=(403,),
        )
    )
    async def post(self, asked: models.CardCodeAsked) -> models.CardCodeTold:
        cards = self.services.cards
        if asked.card_key is not None:
            sent = await cards.offer(self.session, asked.card_key)
        else:
            sent = await cards.send_code(self.session, asked.card_no or "", asked.name or "")
        return models.CardCodeTold(
            card_key=sent.card_key, phone_masked=sent.phone_masked, valid_seconds=int(CODE_LIFE.total_seconds())
        )


class CardHandler(ApiHandler):
    @operation(Operation(summary="Unbind a card, in every entrance at once", status=204))
    async def delete(self, asked: None) -> None:
        await self.services.cards.unbind(self.session, self.path_kwargs["card_key"] or "")


class CardRelationHandler(ApiHandler):
    @operation(
        Operation(
            summary="Say what the patient of a bound card of my family is to me",
            body=models.CardRelationAsked,
            answer=models.CardTold,
        )
    )
    async def put(self, asked: models.CardRelationAsked) -> models.CardTold:
        key, family = self.path_kwargs["card_key"] or "", family_relation(asked.family or "")
        return _card(await self.services.card_relations.say(self.session, key, family))


class BindingsHandler(ApiHandler):
    @operation(Operation(summary="Where my own card is bound", answer=models.BindingPage, refuses=(403,)))
    async def get(self, asked: None) -> BaseModel:
        """Every binding at once, so always one page."""
        card = await self.services.card_bindings.of_card(self.session, self.path_kwargs["card_key"] or "")
        items = [
            models.BindingTold(binding_key=one.binding_key, client=one.client, since=one.since, mine=one.mine)
            for one in card.bindings
        ]
        return models.BindingPage(items=items, next=None)


class BindingHandler(ApiHandler):
    @operation(Operation(summary="Cut somebody else's binding of my own card", status=204, refuses=(403,)))
    async def delete(self, asked: None) -> None:
        key, binding_key = (self.path_kwargs[name] or "" for name in ("card_key", "binding_key"))
        await self.services.card_bindings.cut(self.session, key, binding_key)
