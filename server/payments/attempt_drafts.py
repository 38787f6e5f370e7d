"""An attempt as it would be stored: what the purpose quotes, asked of the channels with which this login may pay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from server.core.days import hospital_day
from server.core.errors import BadInput
from server.core.ids import RANDOM_LENGTH, order_number, payment_id
from server.core.ports import Clock, Ids
from server.patients.model import Origin, Session
from server.patients.visible_cards import phone_of_card
from server.payments.hospital import Hospital
from server.payments.methods import Way, ways_for
from server.payments.model import Payment, Personal
from server.payments.part import ChannelRequest, Part
from server.payments.purpose import Quote, QuotedPart
from server.payments.rules.starting import start

IN_APP = "jsapi"


class AttemptDrafts:
    def __init__(self, hospitals: Mapping[str, Hospital], clock: Clock, ids: Ids, expiry: timedelta) -> None:
        self._hospitals = hospitals
        self._clock = clock
        self._ids = ids
        self._expiry = expiry

    def attempt(self, session: Session, purpose: str, quote: Quote, phone: str, terminal: str) -> Payment:
        """The attempt as it would be inserted."""
        hospital = self._hospitals[session.hospital]
        now = self._clock.now()
        number = payment_id(hospital.prefix, hospital_day(now), self._ids.text(RANDOM_LENGTH))
        expires_at = (now + self._expiry).replace(microsecond=0)
        origin = self._origin(session, quote, terminal)
        parts = tuple(
            Part(
                kind=part.kind,
                order_no=order_number(number, place),
                request=self._request(session, quote, part, origin.entrance, expires_at),
                undo_order=part.undo_order,
            )
            for place, part in enumerate(quote.parts, start=1)
        )
        return start(
            hospital=hospital.id,
            payment_id=number,
            owner=session.identity.key,
            origin=origin,
            purpose=purpose,
            payer=session.identity,
            parts=parts,
            personal=Personal(
                patient_name=quote.patient_name,
                card_no=quote.card_no,
                phone=phone,
                subject=quote.subject,
                patient_phone=phone_of_card(session, {quote.card_no}, self._clock),
            ),
            claims=quote.claims,
            holds=quote.holds,
            elsewhere_until=quote.elsewhere_until,
            now=now,
        )

    def _request(
        self, session: Session, quote: Quote, part: QuotedPart, entrance: str, expires_at: datetime
    ) -> ChannelRequest:
        """What the channel of this part is asked. Raises BadInput where the hospital has no way for this login to pay it."""
        hospital = self._hospitals[session.hospital]
        way = self._way(hospital, session, part, entrance)
        channel = hospital.channels.get(way.channel)
        if channel is None:
            raise BadInput("no channel for this login", user_message="医院暂未开通这种支付方式，请到窗口缴费。")
        app_id, merchant_id = channel.account(way.method)
        return ChannelRequest(
            channel=way.channel,
            method=way.method,
            app_id=app_id,
            merchant_id=merchant_id,
            payer=session.identity,
            amount_fen=part.amount_fen,
            description=quote.description,
            expires_at=expires_at,
        )

    def _way(self, hospital: Hospital, session: Session, part: QuotedPart, entrance: str) -> Way:
        """The first allowed way, of the part's own channel where it has one. A mini-program opens no cashier but its own."""
        mini = hospital.mini_program_of(session.identity)
        usual = Way(session.identity.channel, mini.pay_method if mini is not None else IN_APP)
        rows = hospital.methods if mini is None else ()
        ways = ways_for(rows, session.identity.channel, entrance, usual)
        if not part.channel:
            return ways[0]
        return next((way for way in ways if way.channel == part.channel), Way(part.channel, IN_APP))

    def _origin(self, session: Session, quote: Quote, terminal: str) -> Origin:
        if quote.origin is not None:
            return replace(quote.origin, terminal=quote.origin.terminal or terminal)
        hospital = self._hospitals[session.hospital]
        way_in = hospital.mini_program_of(session.identity) or hospital.identities[session.identity.channel]
        return Origin(entrance=way_in.entrance, terminal=terminal)
