"""A played world: a hospital that takes registrations, and people with a card each."""

from __future__ import annotations

from typing import Any, cast

from server.patients.model import BoundCard, Session
from server.patients.visible_cards import card_key
from server.payments.sms_choice import NO_SMS
from server.registration.model import REGISTRATION
from server.registration.ports import RegistrationOffer
from server.registration.rules.hospital_rules import RegistrationRules
from tests.support.builders import CARD, HOSPITAL, a_patient, a_session, an_identity
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital
from tests.support.registrations import FEE_FEN, SHIFT_NO, PlayedRegistrations, a_shift, a_slot, an_offer

OTHER_CARD = "C0000002"


class RegistrationWorld:
    """A hospital that takes registrations, and two people with a card each."""

    def __init__(self, rules: RegistrationRules | None = None, fee_fen: int = FEE_FEN, **fields: Any) -> None:
        his = FaithfulHis()
        his.patients[OTHER_CARD] = a_patient(
            patient_id="P2", name="李测试", id_no="999999196001010020", card_nos=(OTHER_CARD,)
        )
        shift = a_shift() if fee_fen else a_shift(fee_fen=0, items=())
        offers = an_offer(his, rules, shift=shift)
        self.memory_app = InMemoryApp(a_hospital(his=his, **fields), registration=offers)
        self.system = cast(PlayedRegistrations, cast(RegistrationOffer, offers[HOSPITAL]).system)
        self.registration = self.memory_app.services.registration

    async def person(self, subject: str = "openid-zhang-ceshi", card_no: str = CARD) -> Session:
        session = a_session(subject, identity=an_identity(subject))
        await self.memory_app.stores.cards.bind(
            BoundCard(hospital=HOSPITAL, owner=session.identity.key, card_no=card_no, name="张测试")
        )
        return session

    def chosen(self, number: int = 1, card_no: str = CARD) -> list[str]:
        return [SHIFT_NO, a_slot(number).slot_no, card_key(self.memory_app.sealer, HOSPITAL, card_no)]

    async def begin(self, session: Session, number: int = 1, card_no: str = CARD) -> str:
        begun = await self.memory_app.payments.start(REGISTRATION, session, self.chosen(number, card_no), NO_SMS)
        return begun.payment_id

    async def pay(self, payment_id: str) -> None:
        await self.memory_app.notifications.apply(HOSPITAL, self.memory_app.channel.pay(payment_id))
        await self.memory_app.work()
