"""Tells whoever has bound a card of something new about its patient, once: in the chat, or by SMS to the phone that the HIS holds.

What is told is no payment, so no effect owes it: the mark that it was told is set before the message goes, and taken back only when it surely
did not go. Whoever asks for it (a push of the HIS, a round over the cards) asks again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server.core.days import hospital_time
from server.core.errors import NotAllowedYet, NotSent, OutcomeUnknown, OutsideRefusal
from server.core.ports import Clock, Sealer
from server.core.systems import HOSPITAL_SYSTEM
from server.core.typed import mobile
from server.patients.contact_ports import NO_TEMPLATE, OutgoingMessage
from server.patients.model import BoundCard, PayerIdentity, mask_name
from server.patients.news_marks import Mark, NewsMarks, Standing
from server.patients.ports import NewsHospital


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """``about`` names it among all news of its ``purpose``, ``guide`` is what people read of it, and ``page`` of the hospital shows it. The
    patient's name is told masked.
    """

    purpose: str
    about: str
    patient_name: str
    guide: str
    page: str


class CardNews:
    """``marks`` follow what the platforms report of the messages."""

    def __init__(
        self,
        hospitals: Mapping[str, NewsHospital],
        marks: NewsMarks,
        sealer: Sealer,
        clock: Clock,
    ) -> None:
        self._hospitals = hospitals
        self.marks = marks
        self._sealer = sealer
        self._clock = clock

    async def tell(self, card: BoundCard, news: News) -> None:
        """Raises NotSent when it surely was not told."""
        mark = self._mark(card, news.about, news.purpose)
        if not await self.marks.first(news.purpose, mark):
            return
        notice = self._notice(card, news)
        try:
            is_in_chat = await self._in_chat(card, notice, mark)
            standing = Standing.REACHED if is_in_chat else await self._by_sms(card, news.about, notice)
        except NotSent:
            await self.marks.drop(news.purpose, mark)
            raise
        await self.marks.came_to(news.purpose, mark, standing)

    async def came_of(self, card: BoundCard, about: str, purpose: str) -> Mark | None:
        """What has become of telling this here, as far as is known by now; None where it was not told within `TOLD_FOR`."""
        mark = await self.marks.read(purpose, self._mark(card, about, purpose))
        if mark is None or mark.standing is not Standing.BY_SMS:
            return mark
        return await self.marks.read(purpose, self._sms_mark(card, about, purpose))

    async def tell_each(self, all_news: Iterable[tuple[BoundCard, News]]) -> None:
        """As `tell`, of each, whoever of the others could not be told. Raises NotSent when somebody surely was not: told again, only they hear."""
        failed: NotSent | None = None
        for card, news in all_news:
            try:
                await self.tell(card, news)
            except NotSent as error:
                failed = error
        if failed is not None:
            raise failed

    async def over(self, card: BoundCard, about: str, purpose: str) -> None:
        """What was told does not hold any more: when it holds again, it is told again."""
        for mark in (self._mark(card, about, purpose), self._sms_mark(card, about, purpose)):
            await self.marks.drop(purpose, mark)

    def _notice(self, card: BoundCard, news: News) -> OutgoingMessage:
        hospital = self._hospitals[card.hospital]
        values = {
            "hospital": hospital.name,
            "patient": mask_name(news.patient_name),
            "time": f"{hospital_time(self._clock.now()):%Y-%m-%d %H:%M}",
            "guide": news.guide,
        }
        return OutgoingMessage(
            purpose=news.purpose, values=values, url=f"{hospital.public_url}/h/{hospital.id}/{news.page}"
        )

    async def _in_chat(self, card: BoundCard, notice: OutgoingMessage, mark: str) -> bool:
        """Whether it may have arrived there. Raises NotSent."""
        to = PayerIdentity.of_key(card.owner)
        messenger = self._hospitals[card.hospital].messengers.get(to.channel)
        if messenger is None:
            return False
        try:
            message_id = await messenger.send(to, notice, dedupe=mark[:32])
        except (NotAllowedYet, OutsideRefusal):
            return False
        except OutcomeUnknown:
            return True
        if message_id is not None:
            await self.marks.goes_as(card.hospital, message_id, notice.purpose, mark)
        return message_id is not None

    async def _by_sms(self, card: BoundCard, about: str, notice: OutgoingMessage) -> Standing:
        """One SMS for the card, however many have bound it and read no chat. Raises NotSent."""
        hospital, mark = self._hospitals[card.hospital], self._sms_mark(card, about, notice.purpose)
        if hospital.sms is None:
            return Standing.NO_SMS
        phone = await self._phone(hospital, card.card_no)
        if phone is None:
            return Standing.NO_PHONE
        if not await self.marks.first(notice.purpose, mark):
            return Standing.BY_SMS
        standing = Standing.REACHED
        await self.marks.goes_as(card.hospital, mark[:32], notice.purpose, mark)
        try:
            await hospital.sms.send(phone, notice, mark[:32])
        except OutsideRefusal as refusal:  # the hospital has no template for it, or the number is none
            standing = Standing.NO_SMS if refusal.reason_code == NO_TEMPLATE else Standing.REFUSED
        except OutcomeUnknown:  # it may have arrived
            pass
        except NotSent:
            await self.marks.drop(notice.purpose, mark)
            raise
        await self.marks.came_to(notice.purpose, mark, standing)
        return Standing.BY_SMS

    async def _phone(self, hospital: NewsHospital, card_no: str) -> str | None:
        """Raises NotSent while the HIS does not say which."""
        try:
            patient = await hospital.his.patient(card_no)
        except OutcomeUnknown as silent:
            raise NotSent(HOSPITAL_SYSTEM, "asked for a phone") from silent
        except OutsideRefusal:
            return None
        return mobile(patient.phone) if patient is not None else None

    def _mark(self, card: BoundCard, about: str, purpose: str) -> str:
        return self._sealer.lookup(purpose, f"{card.hospital}:{card.owner}:{card.card_no}:{about}")

    def _sms_mark(self, card: BoundCard, about: str, purpose: str) -> str:
        return self._sealer.lookup(purpose, f"{card.hospital}:sms:{card.card_no}:{about}")
