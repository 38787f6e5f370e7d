"""预约挂号: a number that is locked, paid and confirmed, behind the contract of purposes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from server.core.days import hospital_day
from server.core.errors import BadInput, ChargeChanged, NotAllowed, NotFound
from server.core.ports import Clock, Sealer
from server.patients.model import Session
from server.patients.ports import CardStore
from server.patients.visible_cards import bound_cards, card_of_key
from server.payments.his_ports import RefundAsked
from server.payments.his_trades import HisTrades, paid_facts
from server.payments.hospital import Hospital
from server.payments.model import Booking, Payment
from server.payments.ports import PaymentStore
from server.payments.purpose import Quote, QuotedPart
from server.payments.rules.giving_back import is_given_back
from server.registration.model import (
    REGISTRATION,
    Shift,
    ShiftSlots,
    Slot,
    WindowPayment,
    day_claim,
    description_of,
    read_appointment,
    slot_claim,
    subject_of,
    turn_claim,
)
from server.registration.permission import Permission
from server.registration.ports import (
    LockAsked,
    Offers,
    RegistrationOffer,
    RegistrationPaid,
    RegistrationSystem,
    ReserveAsked,
)
from server.registration.record_model import Record
from server.registration.rules.asked import Asked
from server.registration.rules.hospital_rules import RegistrationRules
from server.registration.texts import NO_CARD, NOT_AT_WINDOW, REGISTRATION_TEXTS, SLOT_TAKEN, WHOLE_ONLY

ONE_DAY = timedelta(days=1)
AT_WINDOW = "window"
"""What is chosen beside a number that is to be paid at the window."""
NOT_OFFERED = "医院暂未开通手机挂号，请到窗口挂号。"


def offer_of(offers: Offers, hospital: str) -> RegistrationOffer:
    """Raises NotFound with words where the hospital takes no registrations here."""
    offer = offers.get(hospital)
    if offer is None:
        raise NotFound("no registration", user_message=NOT_OFFERED)
    return offer


class RegistrationPurpose(HisTrades):
    name = REGISTRATION
    texts = REGISTRATION_TEXTS

    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        offers: Offers,
        cards: CardStore,
        payments: PaymentStore,
        sealer: Sealer,
        clock: Clock,
    ) -> None:
        super().__init__(hospitals)
        self._offers = offers
        self._cards = cards
        self._payments = payments
        self._sealer = sealer
        self._clock = clock
        self._permission = Permission(clock)

    async def quote(self, session: Session, chosen: Sequence[str]) -> Quote:
        """``chosen`` are the shift, the number in it, the key of the card of whoever is to be seen, and `AT_WINDOW` where it is to be paid
        there. Raises NotAllowed with the words of the hospital's rule that is against it.
        """
        if len(chosen) not in {3, 4} or chosen[3:] not in ([], [AT_WINDOW]):
            raise BadInput("one number for one patient", user_message="请选择一个号和就诊人。")
        schedule_no, slot_no, key = chosen[:3]
        offer, now = offer_of(self._offers, session.hospital), self._clock.now()
        cards = await bound_cards(self._cards, session)
        card = card_of_key(self._sealer, session.hospital, cards, key)
        if card is None:
            raise BadInput("no card of theirs", user_message=NO_CARD)
        patient = await offer.system.patient(card.card_no)
        if patient is None:
            raise NotFound("patient of the card", user_message="医院没有找到这张就诊卡，请到窗口核对。")
        told = await offer.system.slots(schedule_no)
        if told is None:
            raise NotFound("shift", user_message="没有找到这个班次，请重新选择。")
        slot = await self._slot(session, offer, card.card_no, told, slot_no)
        asked = await self._permission.asked(offer, cards, card.card_no, patient, told.shift)
        self._permission.must_be_allowed(offer.rules, asked, told.shift, slot)
        at_window = self._at_window(offer, told.shift, slot) if chosen[3:] else None
        return Quote(
            parts=(QuotedPart(amount_fen=0 if at_window else told.shift.fee_fen),),
            claims=self._claims(session.hospital, offer.rules, asked, slot_no),
            description=description_of(self._hospitals[session.hospital].name),
            patient_name=patient.name,
            card_no=card.card_no,
            subject=subject_of(told.shift, slot, now, at_window),
            holds=True,
            elsewhere_until=None if at_window is None else at_window.until,
        )

    async def hold(self, payment: Payment) -> None:
        """Locked until the last order of the payment can't be paid any more."""
        await self._system(payment).lock(_lock_of(payment))

    async def on_closed(self, payment: Payment) -> None:
        if is_given_back(payment):
            await self._system(payment).cancel(payment.id)
        else:
            await self._system(payment).unlock(payment.id)

    async def book(self, payment: Payment) -> Booking:
        """A number that costs nothing has no order, so it was not held before: it is locked here."""
        system = self._system(payment)
        if asked := _to_pay_at_window(payment):
            return await system.reserve(asked)
        if not payment.amount_fen:
            await system.lock(_lock_of(payment))
        return await system.confirm(_paid(payment))

    async def may_release(self, payment: Payment, asked: RefundAsked) -> str:
        if asked.amount_fen != payment.amount_fen:
            return WHOLE_ONLY
        return await super().may_release(payment, replace(asked, lines=()))

    async def release(self, payment: Payment, asked: RefundAsked) -> str:
        """The whole number: the HIS gives it to others with the write-off."""
        return await super().release(payment, replace(asked, lines=()))

    # ---- steps -----------------------------------------------------------------------------------------------------------------

    def _system(self, payment: Payment) -> RegistrationSystem:
        return offer_of(self._offers, payment.hospital).system

    def _at_window(self, offer: RegistrationOffer, shift: Shift, slot: Slot) -> WindowPayment:
        """Raises NotAllowed where this number can't be paid at the window, or not any more."""
        found = None if offer.at_window is None else offer.at_window.payment(shift, slot, self._clock.now())
        if found is None:
            raise NotAllowed("not at the window", user_message=NOT_AT_WINDOW)
        return found

    async def _slot(
        self, session: Session, offer: RegistrationOffer, card_no: str, told: ShiftSlots, slot_no: str
    ) -> Slot:
        """The free number, the one that this person's own attempt has locked already, or the one that the HIS holds for this patient.
        Raises ChargeChanged.
        """
        free = told.slot(slot_no)
        if free is not None:
            return free
        for live in await self._payments.by_claims(session.hospital, [slot_claim(slot_no)]):
            if live.owner in session.owners:
                own = read_appointment(live.personal.subject)
                return Slot(slot_no=slot_no, number=own.number, begins_at=own.begins_at, ends_at=own.ends_at)
        for wait in await offer.system.waits(card_no) if offer.has_waiting_lists else ():
            if wait.offered is not None and wait.offered.slot.slot_no == slot_no:
                return wait.offered.slot
        raise ChargeChanged("the number is gone", user_message=SLOT_TAKEN)

    def _claims(self, hospital: str, rules: RegistrationRules, asked: Asked, slot_no: str) -> tuple[str, ...]:
        """The number itself; the person's day in this department where only one is allowed; and where a rule counts, the person's turn. All
        are of the person, whatever the phone.
        """
        who = asked.patient.id_no or asked.patient.patient_id
        person = self._sealer.lookup("registration_person", f"{hospital}:{who}")[:24]
        claims = [slot_claim(slot_no)]
        if rules.one_a_day:
            claims.append(day_claim(person, asked.department_no, asked.day))
        if rules.counts:
            claims += self._turns(person, asked.records)
        return tuple(claims)

    def _turns(self, person: str, records: Sequence[Record]) -> list[str]:
        """The person's turn of today and of yesterday, so that an attempt from before midnight is met, too. The turn of a day counts the
        records of visits from the day before it on: both days' attempts read them.
        """
        today = hospital_day(self._clock.now())
        claims = []
        for day in (today, today - ONE_DAY):
            lines = sorted(
                f"{one.slot_no} {one.taken_at.isoformat()} {one.state}"
                for one in records
                if hospital_day(one.begins_at) >= day - ONE_DAY
            )
            counted = self._sealer.lookup("registration_records", "\n".join(lines))[:16]
            claims.append(turn_claim(person, day, counted))
        return claims


def _lock_of(payment: Payment) -> LockAsked:
    return LockAsked(
        out_trade_no=payment.id,
        slot_no=payment.personal.subject.numbers[0],
        card_no=payment.personal.card_no,
        amount_fen=payment.amount_fen,
        until=max(part.request.expires_at for part in payment.parts),
    )


def _to_pay_at_window(payment: Payment) -> ReserveAsked | None:
    """None for a number that is paid here or costs nothing."""
    subject = payment.personal.subject
    at_window = read_appointment(subject).at_window
    if at_window is None:
        return None
    [charge] = subject.charges
    return ReserveAsked(
        out_trade_no=payment.id,
        slot_no=charge.number,
        card_no=payment.personal.card_no,
        fee_fen=charge.own_fen,
        pay_until=at_window.until,
        origin=payment.origin,
    )


def _paid(payment: Payment) -> RegistrationPaid:
    personal = payment.personal
    return RegistrationPaid(slot_no=personal.subject.numbers[0], card_no=personal.card_no, **paid_facts(payment))
