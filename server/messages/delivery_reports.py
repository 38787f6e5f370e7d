"""送达回报: what the platforms say later of what we told somebody, noted in its payment's history, or with the news that it was."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from server.core.actors import channel_actor
from server.core.errors import NotFound
from server.core.ports import Clock
from server.effects.model import EffectKind
from server.patients.contact_ports import ARRIVED, LOST, ChatMessage, DeliveryReport
from server.patients.news_marks import NewsMarks
from server.payments.ledger import Decide, Transitions
from server.payments.model import Payment, changed
from server.payments.ports import PaymentStore

CHAT_REPORTS = frozenset({ARRIVED, LOST})
MESSAGE_LOST = "message_not_delivered"
VERDICTS = frozenset({"sms_delivered", "sms_not_delivered"})
PAGE, PAGES_MAX = 40, 5
"""Among so many of their newest payments the one that a lost message told of is looked for."""
LOOKS_MAX, LOOKS_AGAIN_S = 3, 1
"""The platform may be faster with its word than we are with writing down the message's number."""


class DeliveryReports:
    """Reports inform, no more: the first word on each message is noted, and nothing is sent because of it (docs/decisions/0081)."""

    def __init__(self, payments: PaymentStore, transitions: Transitions, news: NewsMarks, clock: Clock) -> None:
        self._payments = payments
        self._transitions = transitions
        self._news = news
        self._clock = clock

    async def of_sms(self, hospital_id: str, reports: Sequence[DeliveryReport]) -> None:
        """What became of SMS. They are unsigned, so only what was sent is noted."""
        for report in reports:
            payment_id, _, about = report.out_id.partition("-")
            if not about:
                await self._news.reported(hospital_id, report.out_id, report.delivered)
                continue
            recorded, known = self._sms_recorded(report, about), self._transitions.remembered(hospital_id, payment_id)
            if known is not None and recorded(known) is known:
                known = None  # another process may have sent it since
            with suppress(NotFound):
                await self._transitions.apply(hospital_id, payment_id, recorded, known=known)

    async def of_chat(self, hospital_id: str, message: ChatMessage) -> None:
        """What became of one message in the chat: ``message`` is the platform's word on it, one of ``CHAT_REPORTS``. That a payment's has arrived
        is not noted: it says no more than that it was sent, and would be a write for each.
        """
        is_news = await self._news.reported(hospital_id, message.key, message.event == ARRIVED)
        if is_news or message.event == ARRIVED:
            return
        for look in range(LOOKS_MAX):
            found, is_under_way = await self._told_by(hospital_id, message)
            if found is not None:
                await self._transitions.apply(hospital_id, found.id, self._lost(message))
            if found is not None or not is_under_way or look == LOOKS_MAX - 1:
                return
            await self._clock.sleep(LOOKS_AGAIN_S)

    async def _told_by(self, hospital_id: str, message: ChatMessage) -> tuple[Payment | None, bool]:
        """The payment that the message of this number told of, and whether one of this person's is telling something just now."""
        cursor, is_under_way = None, False
        for _ in range(PAGES_MAX):
            page = await self._payments.by_owner(hospital_id, message.sender.key, PAGE, cursor)
            for payment in page:
                if _about(payment, message.key):
                    return payment, is_under_way
                is_under_way |= any(one.kind is EffectKind.MESSAGE and one.lease for one in payment.effects)
            if len(page) < PAGE:
                break
            cursor = page[-1].page_cursor
        return None, is_under_way

    def _lost(self, message: ChatMessage) -> Decide:
        now = self._clock.now()

        def decide(current: Payment) -> Payment:
            about = _about(current, message.key)
            if any(line.what == MESSAGE_LOST and line.detail.get("about") == about for line in current.history):
                return current
            detail = {"about": about, "why": message.why}
            return changed(current, MESSAGE_LOST, at=now, by=channel_actor(message.sender.channel), detail=detail)

        return decide

    def _sms_recorded(self, report: DeliveryReport, about: str) -> Decide:
        what = "sms_delivered" if report.delivered else "sms_not_delivered"
        now = self._clock.now()

        def decide(current: Payment) -> Payment:
            lines = {line.what for line in current.history if line.detail.get("about") == about}
            if "sms_sent" not in lines or lines & VERDICTS:
                return current
            detail = {"about": about, "code": report.code[:60]}
            return changed(current, what, at=now, by=channel_actor("sms"), detail=detail)

        return decide


def _about(payment: Payment, number: str) -> str:
    """What the message of this number told of ``payment``; empty where it is none of this payment's."""
    sent = (line for line in payment.history if line.what == "message_sent" and line.detail.get("id") == number)
    return next((line.detail["about"] for line in sent), "")
