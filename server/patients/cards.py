"""Binding a medical card: proven by a code that goes to the phone which the HIS holds for that card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hmac import compare_digest

from server.core.days import hospital_time
from server.core.errors import BadInput, NotAllowed, NotFound, OutsideError
from server.core.ports import Clock, Ids, Sealer, ShortLivedStore
from server.core.typed import card_number_held, card_numbers, letters_hint, mobile, name_key
from server.patients.contact_ports import OutgoingMessage
from server.patients.model import BoundCard, Patient, Session, mask_card, mask_name, mask_phone
from server.patients.persons import PersonService
from server.patients.phone_codes import CodeTexts, PhoneCodes
from server.patients.ports import CardStore, PatientsHospital, SessionStore
from server.patients.relations import Relation
from server.patients.visible_cards import NO_SUCH_CARD, bound_cards, card_key, card_of_key, live_scans

CARDS_PER_SESSION_MAX = 10
CARD_BOUND = "card_bound"
CARD_CODE = "card_code"
TEXTS = CodeTexts(
    tries_used_up="验证码输错次数太多，请返回重新获取验证码。",
    asked_too_often="获取验证码的次数太多，请一小时后再试，或到窗口办理。",
)


@dataclass(frozen=True, slots=True)
class CardView:
    card_key: str
    name_masked: str
    card_masked: str
    relation: Relation | None = None

    @property
    def own(self) -> bool:
        """Is it proven to be the patient's own?"""
        return self.relation is Relation.SELF


@dataclass(frozen=True, slots=True)
class CodeSent:
    card_key: str
    phone_masked: str


class CardService:
    def __init__(
        self,
        *,
        hospitals: Mapping[str, PatientsHospital],
        cards: CardStore,
        sessions: SessionStore,
        short_lived: ShortLivedStore,
        people: PersonService,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._hospitals = hospitals
        self._cards = cards
        self._sessions = sessions
        self._codes = PhoneCodes(CARD_CODE, TEXTS, short_lived, clock, ids)
        self._people = people
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    async def mine(self, session: Session) -> tuple[CardView, ...]:
        return self.views(await self.bound(session))

    async def bound(self, session: Session) -> tuple[BoundCard, ...]:
        """The person's cards as a page reads them once, for all that it shows of them."""
        return await bound_cards(self._cards, session)

    def views(self, bound: Sequence[BoundCard]) -> tuple[CardView, ...]:
        return tuple(view_of(self._sealer, card) for card in bound)

    def key_of(self, session: Session, card_no: str) -> str:
        """An opaque name of a card for addresses and forms, as `CardView` has it."""
        return card_key(self._sealer, session.hospital, card_no)

    async def send_code(self, session: Session, card_no: str, name: str) -> CodeSent:
        """Send a code for a card typed by hand. A wrong card and a wrong name look alike, so that numbers can't be fished for."""
        await self._codes.count_asked(f"{session.hospital}:{session.identity.key}")
        key = name_key(name)
        for number in card_numbers(card_no):
            patient = await self._hospitals[session.hospital].his.patient(number)
            if patient is not None and key and compare_digest(name_key(patient.name).encode(), key.encode()):
                return await self._send(session, card_number_held(number, patient.card_nos), patient)
        raise BadInput("card and name", user_message=f"就诊卡号与姓名不符，请检查后重试。{letters_hint(card_no)}")

    async def offer(self, session: Session, key: str) -> CodeSent:
        """Send a code for the card of a QR that was scanned in this session."""
        await self._codes.count_asked(f"{session.hospital}:{session.identity.key}")
        for scan in live_scans(session, self._clock):
            if card_key(self._sealer, session.hospital, scan.card_no) == key:
                patient = await self._hospitals[session.hospital].his.patient(scan.card_no)
                if patient is not None:
                    return await self._send(session, scan.card_no, patient)
        raise NotFound("card of a scan", user_message="没有找到这张就诊卡，请重新扫码。")

    async def bind(
        self, session: Session, key: str, code: str, *, own: bool = False, family: Relation | None = None
    ) -> CardView:
        """``key`` is the card_key that sending the code answered. Five wrong codes use it up; what is no code counts as none. ``own``: whoever binds it says that they
        are the patient; it then joins their entrances (docs/decisions/0018). ``family``: what they say that the patient is to them; None
        leaves what they said before.
        """
        if own and family is not None:
            raise BadInput("own and of the family", user_message="本人的卡请不要再选择与您的关系。")
        place = _place(session, key)
        card_no, name, phone, id_no = await self._codes.right(place, code)
        proofs = self._people.own_identity_proofs(phone, id_no) if own else ()
        owner = session.identity.key
        before = await self._cards.of_owner(session.hospital, owner)
        known = next((old for old in before if old.card_no == card_no), None)
        if known is not None and not own:
            family = family or known.family
        card = BoundCard(
            hospital=session.hospital,
            owner=owner,
            card_no=card_no,
            name=name,
            identity_proofs=proofs,
            bound_at=self._clock.now() if known is None else known.bound_at,
            family=family,
        )
        await self._cards.bind(card)
        await self._forget([old for old in before if old.card_no == card_no], [*_others(before, card_no), card])
        by_platform = self._hospitals[session.hospital].mini_program_of(session.identity) is not None
        await self._people.card_bound(session, phone, proofs, needs_phone=by_platform)
        await self._phone_known(session, card, phone)
        await self._codes.drop(place)
        if all(old.card_no != card_no for old in before):
            await self._tell_bound(session, card, phone)
        return view_of(self._sealer, card)

    async def _phone_known(self, session: Session, card: BoundCard, phone: str) -> None:
        """The phone that got the code is proposed for the SMS about this card's bills; of one's own card for all, unless a number is known.
        A card of the family never stands for another patient.
        """

        def with_phone(current: Session) -> Session:
            others = tuple(known for known in current.card_phones if known[0] != card.card_no)
            of_cards = ((card.card_no, phone), *others)[:CARDS_PER_SESSION_MAX]
            return replace(
                current, card_phones=of_cards, phone=current.phone or (phone if card.identity_proofs else "")
            )

        await self._sessions.change(session.id, self._clock.now(), with_phone, known=session)

    async def _tell_bound(self, session: Session, card: BoundCard, phone: str) -> None:
        """The phone that the HIS holds hears that its card is bound, and where: a code can be talked out of somebody. Where the hospital
        has no template for it, the SMS with the code has said what it was for. It is no reason to fail.
        """
        hospital = self._hospitals[session.hospital]
        identity = hospital.identities.get(session.identity.channel)
        values = {
            "hospital": hospital.name,
            "card": mask_card(card.card_no),
            "client": identity.client_name if identity is not None else session.identity.channel,
            "time": f"{hospital_time(self._clock.now()):%Y-%m-%d %H:%M}",
        }
        if hospital.sms is not None:
            with suppress(OutsideError):
                await hospital.sms.send(
                    phone, OutgoingMessage(purpose=CARD_BOUND, values=values), out_id=self._ids.text(20)
                )

    async def unbind(self, session: Session, key: str) -> None:
        """In every entrance of the person at once; a card that joined them joins them no longer."""
        card = card_of_key(self._sealer, session.hospital, await bound_cards(self._cards, session), key)
        if card is None:
            raise NotFound("bound card", user_message=NO_SUCH_CARD)
        for owner in session.owners:
            await self._people.card_ends(session.hospital, owner)
        for owner in reversed(session.owners):  # the nearest last: who has to try again still finds the others
            bound = await self._cards.of_owner(session.hospital, owner)
            gone = [one for one in bound if one.card_no == card.card_no]
            await self._cards.unbind(session.hospital, owner, card.card_no)
            await self._forget(gone, _others(bound, card.card_no))
        await self._phone_forgotten(session, card.card_no)

    async def _phone_forgotten(self, session: Session, card_no: str) -> None:
        def without(current: Session) -> Session:
            return replace(current, card_phones=tuple(one for one in current.card_phones if one[0] != card_no))

        await self._sessions.change(session.id, self._clock.now(), without, known=session)

    async def _forget(self, gone: Sequence[BoundCard], left: Sequence[BoundCard]) -> None:
        """What the cards that are ``gone`` proved, but for what a card that is ``left`` proves, too."""
        kept = {proof for card in left for proof in card.identity_proofs}
        for card in gone:
            await self._people.card_unbound(card.hospital, card.owner, sorted(set(card.identity_proofs) - kept))

    async def _send(self, session: Session, card_no: str, patient: Patient) -> CodeSent:
        hospital = self._hospitals[session.hospital]
        phone = mobile(patient.phone)
        if hospital.sms is None or phone is None:
            raise NotAllowed("no phone", user_message="医院没有登记这张卡的手机号，请到窗口登记后再绑定。")
        key = card_key(self._sealer, session.hospital, card_no)
        await self._codes.count_asked(f"{session.hospital}:{session.hospital}:{key}")
        told = (card_no, patient.name, phone, patient.id_no)
        await self._codes.send(hospital.sms, phone, _place(session, key), *told)
        return CodeSent(key, mask_phone(phone))


def view_of(sealer: Sealer, card: BoundCard) -> CardView:
    key = card_key(sealer, card.hospital, card.card_no)
    return CardView(key, mask_name(card.name), mask_card(card.card_no), card.relation)


def _others(cards: Sequence[BoundCard], card_no: str) -> list[BoundCard]:
    return [card for card in cards if card.card_no != card_no]


def _place(session: Session, key: str) -> str:
    """Where the code for the card of this ``key`` is kept."""
    return f"{session.identity.key}:{session.hospital}:{key}"
