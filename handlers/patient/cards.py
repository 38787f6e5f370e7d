"""Medical cards: those that are bound, and binding one by a code that goes to the phone which the HIS holds."""

from __future__ import annotations

from urllib.parse import quote

from handlers.base.page import Page
from handlers.patient.views.cards import asking_for_card, asking_for_code, card_list, one_card
from server.core.errors import BadInput, TooManyTries, TooSoon
from server.patients.relations import family_relation

FORM = "patients/card_code"


class CardsHandler(Page):
    async def get(self, hospital: str) -> None:
        session = await self.person()
        done = self.get_query_argument("done", "")
        self.show("patients/cards", card_list(await self.services.cards.mine(session), done))


class _CardForm(Page):
    back = ("/cards", "返回就诊卡")

    def typed_card(self) -> tuple[str, str]:
        """The card's number and its patient's name, as typed; both empty for a card of a scan."""
        return self.get_body_argument("card_no", ""), self.get_body_argument("name", "")

    def way_on(self) -> str:
        return f"{self.base}/cards"


class CardBindingHandler(_CardForm):
    """The form for a card typed by hand."""

    async def get(self, hospital: str) -> None:
        await self.person()
        self.show(FORM, asking_for_card())


class CardCodeHandler(_CardForm):
    """Sends the code, for a card typed by hand or for one of a scan (``card_key``)."""

    async def post(self, hospital: str) -> None:
        key = self.get_body_argument("card_key", "")
        card_no, name = self.typed_card()
        session = await self.person()
        if key:
            sent = await self.services.cards.offer(session, key)
        else:
            try:
                if not card_no or not name:
                    raise BadInput("empty field", user_message="请填写就诊卡号和姓名。")
                sent = await self.services.cards.send_code(session, card_no, name)
            except (BadInput, TooManyTries, TooSoon) as refusal:
                self.show_again(FORM, asking_for_card(card_no, name), refusal)
                return
        self.show(FORM, asking_for_code(sent.card_key, sent.phone_masked, typed=(card_no, name)))


class CardBindHandler(_CardForm):
    async def post(self, hospital: str) -> None:
        key, code = self.get_body_argument("card_key"), self.get_body_argument("code", "")
        phone_masked = self.get_body_argument("phone_masked", "")[:20]
        own = self.get_body_argument("own", "") == "yes"
        family = family_relation(self.get_body_argument("family", ""))
        session = await self.person()
        try:
            await self.services.cards.bind(session, key, code, own=own, family=family)
        except (BadInput, TooManyTries) as refusal:
            view = asking_for_code(key, phone_masked, own=own, family=family, typed=self.typed_card())
            self.show_again(FORM, view, refusal)
            return
        self.redirect(f"{self.base}/cards?done=bound", status=303)


class CardRelationHandler(_CardForm):
    """Says what the patient of a card of the family is to the person, or takes it back."""

    async def post(self, hospital: str) -> None:
        key, family = self.get_body_argument("card_key"), family_relation(self.get_body_argument("family", ""))
        session = await self.person()
        await self.services.card_relations.say(session, key, family)
        self.redirect(f"{self.base}/cards?done=said", status=303)


class CardUnbindHandler(_CardForm):
    async def post(self, hospital: str) -> None:
        key = self.get_body_argument("card_key")
        session = await self.person()
        await self.services.cards.unbind(session, key)
        self.redirect(f"{self.base}/cards?done=unbound", status=303)


class CardBindingsHandler(Page):
    """One's own card: where it is bound, and since when."""

    back = ("/cards", "返回就诊卡")

    async def get(self, hospital: str, card_key: str) -> None:
        session = await self.person()
        done = self.get_query_argument("done", "")
        self.show("patients/card", one_card(await self.services.card_bindings.of_card(session, card_key), done))

    def way_on(self) -> str:
        return f"{self.base}/cards"


class CardCutHandler(_CardForm):
    """Ends somebody else's binding of one's own card."""

    async def post(self, hospital: str) -> None:
        key, binding_key = self.get_body_argument("card_key"), self.get_body_argument("binding_key")
        session = await self.person()
        await self.services.card_bindings.cut(session, key, binding_key)
        self.redirect(f"{self.base}/cards/{quote(key, safe='')}?done=cut", status=303)
