"""候补: waiting for a number of a full shift. The HIS keeps the lists and says whose turn it is; Zhenfu keeps nothing, and tells the patient once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from server.core.days import hospital_time
from server.core.errors import BadInput, NotAllowed, NotFound, OutsideError
from server.core.ports import ANSWERS_MAX, Clock, Sealer
from server.patients.card_news import CardNews, News
from server.patients.model import BoundCard, Session
from server.patients.ports import CardStore
from server.patients.visible_cards import NO_SUCH_CARD, bound_cards, card_key, card_of_key, some_told
from server.registration.model import ShiftSlots, ShiftState, Slot
from server.registration.permission import Permission
from server.registration.ports import Offers, RegistrationOffer
from server.registration.purpose import offer_of
from server.registration.rules.ending import shift_at
from server.registration.texts import NO_CARD, OFFERED, SHIFT_OVER, SLOT_TAKEN
from server.registration.waiting_model import OfferedNumber, Wait

NUMBER_OFFERED = "number_offered"


@dataclass(frozen=True, slots=True)
class OwnWait:
    """A list on which one of the person's cards stands."""

    card: BoundCard
    card_key: str
    wait: Wait


@dataclass(frozen=True, slots=True)
class TakeableSlot:
    """A number, and the key of the card for which it is held; None for a free one, which any card can take."""

    slot: Slot
    card_key: str | None


class WaitingService:
    """Asks the HIS each time. All raise NotFound where the hospital takes no registrations here or has no waiting lists, and OutsideError."""

    def __init__(self, offers: Offers, cards: CardStore, news: CardNews, sealer: Sealer, clock: Clock) -> None:
        self._offers = offers
        self._cards = cards
        self._news = news
        self._sealer = sealer
        self._clock = clock
        self._permission = Permission(clock)

    def is_offered(self, hospital: str) -> bool:
        offer = self._offers.get(hospital)
        return offer is not None and offer.has_waiting_lists

    async def mine(self, session: Session) -> Sequence[OwnWait]:
        """The waits of all bound cards, as `mine_and_failed` tells them."""
        return (await self.mine_and_failed(session))[0]

    async def mine_and_failed(self, session: Session) -> tuple[Sequence[OwnWait], Sequence[OutsideError]]:
        """The waits of all bound cards and the errors of the silent ones, as `of_cards` tells them."""
        if not self.is_offered(session.hospital):
            return (), ()
        return await self.of_cards(session.hospital, await bound_cards(self._cards, session))

    async def of_cards(
        self, hospital: str, cards: Sequence[BoundCard]
    ) -> tuple[Sequence[OwnWait], Sequence[OutsideError]]:
        """What is offered comes first; none where the hospital has no waiting lists. And the errors of the cards of which the HIS does not
        answer, which are left out. Raises OutsideError when that is so of every card.
        """
        if not self.is_offered(hospital):
            return (), ()
        bound, offer = {card.card_no: card for card in cards}, self._offer(hospital)

        async def ask(card_no: str) -> Sequence[OwnWait]:
            key = card_key(self._sealer, hospital, card_no)
            return [OwnWait(bound[card_no], key, wait) for wait in await offer.system.waits(card_no)]

        told, failed = await some_told(cards, ask)
        waits = sorted(told, key=lambda one: (one.wait.offered is None, one.wait.shift.day, one.wait.shift.half_day))
        return waits, failed

    async def join(self, session: Session, schedule_no: str, key: str) -> None:
        """Repeatable. Raises NotAllowed with the words of the hospital's rule that is against the number itself, OutsideRefusal with the
        words of the HIS, BadInput for a card that is not theirs.
        """
        offer = self._offer(session.hospital)
        cards = await bound_cards(self._cards, session)
        card = self._theirs(session, cards, key)
        patient, told = await offer.system.patient(card.card_no), await offer.system.slots(schedule_no)
        if patient is None or told is None:
            raise NotFound("patient or shift", user_message="没有找到这个班次或就诊卡，请重新选择。")
        if shift_at(told.shift, self._clock.now()).state is ShiftState.OVER:
            raise NotAllowed("the shift is over", user_message=f"{SHIFT_OVER}。")
        asked = await self._permission.asked(offer, cards, card.card_no, patient, told.shift)
        self._permission.must_be_allowed_to_wait(offer.rules, asked)
        await offer.system.wait(card.card_no, schedule_no)

    async def leave(self, session: Session, schedule_no: str, key: str) -> None:
        """Repeatable. Raises BadInput for a card that is not theirs."""
        offer = self._offer(session.hospital)
        card = self._theirs(session, await bound_cards(self._cards, session), key, NO_SUCH_CARD)
        await offer.system.end_wait(card.card_no, schedule_no)

    async def takeable(self, session: Session, told: ShiftSlots, slot_no: str) -> TakeableSlot:
        """The number of the shift that is free, or held for one of the person's cards. Raises NotFound for one that somebody else has."""
        free = told.slot(slot_no)
        if free is not None:
            return TakeableSlot(free, None)
        for one in await self.mine(session):
            if one.wait.offered is not None and one.wait.offered.slot.slot_no == slot_no:
                return TakeableSlot(one.wait.offered.slot, one.card_key)
        raise NotFound("the number is gone", user_message=SLOT_TAKEN)

    async def offered(self, hospital: str, card_no: str, schedule_no: str) -> None:
        """The HIS says that a number is held for this patient (reg.offered): whoever has bound the card is told once. Raises NotFound
        unless it is so now, and NotSent when somebody could surely not be told: then the HIS says it again.
        """
        number = await self._offered_now(hospital, card_no, schedule_no)
        cards = await self._cards.of_card(hospital, card_no, ANSWERS_MAX)
        await self._news.tell_each((card, _news_of(card, number)) for card in cards)

    # ---- steps -----------------------------------------------------------------------------------------------------------------

    def _offer(self, hospital: str) -> RegistrationOffer:
        offer = offer_of(self._offers, hospital)
        if not offer.has_waiting_lists:
            raise NotFound("no waiting lists", user_message="医院没有开通候补，请选择其他时间或医生。")
        return offer

    def _theirs(self, session: Session, cards: Sequence[BoundCard], key: str, else_say: str = NO_CARD) -> BoundCard:
        card = card_of_key(self._sealer, session.hospital, cards, key)
        if card is None:
            raise BadInput("no card of theirs", user_message=else_say)
        return card

    async def _offered_now(self, hospital: str, card_no: str, schedule_no: str) -> OfferedNumber:
        for wait in await self._offer(hospital).system.waits(card_no):
            number = wait.offered
            if wait.shift.schedule_no == schedule_no and number is not None and number.until > self._clock.now():
                return number
        raise NotFound("nothing is offered")


def _news_of(card: BoundCard, number: OfferedNumber) -> News:
    """A number that is offered anew, after its first offer has ended, is told anew."""
    return News(
        purpose=NUMBER_OFFERED,
        about=f"{number.slot.slot_no} {number.until.isoformat()}",
        patient_name=card.name,
        guide=OFFERED.format(until=f"{hospital_time(number.until):%H:%M}"),
        page="appointments",
    )
