"""A report is ready: everybody who has bound the patient's card is told once, and nothing of what it is.

The HIS announces it by `report.ready` (docs/his-interface.md section 4); of one that can't, Zhenfu asks for the reports of every bound card.
"""

from __future__ import annotations

from datetime import timedelta

from server.core.days import hospital_day
from server.core.ports import ANSWERS_MAX, Clock
from server.patients.card_news import CardNews, News
from server.patients.model import BoundCard
from server.patients.ports import CardStore
from server.reports.own_reports import audited, offer_of
from server.reports.ports import ReportOffers
from server.reports.rules import is_shown
from server.reports.texts import READY

REPORT_READY = "report_ready"
EVERY = timedelta(minutes=30)
NEWS_FOR = timedelta(days=1)
"""A report that was audited longer ago is no news, however late a round finds it."""


class ReportTelling:
    def __init__(
        self,
        offers: ReportOffers,
        cards: CardStore,
        news: CardNews,
        clock: Clock,
    ) -> None:
        self._offers = offers
        self._cards = cards
        self._news = news
        self._clock = clock

    async def ready(self, hospital_id: str, card_no: str, report_no: str) -> None:
        """The HIS may say so as often as it likes. Raises NotFound unless it has the report as audited now, and NotSent when somebody could
        surely not be told: then the HIS says it again, and only they are told.
        """
        await audited(offer_of(self._offers, hospital_id), card_no, report_no)
        cards = await self._cards.of_card(hospital_id, card_no, ANSWERS_MAX)
        await self._news.tell_each((card, _news_of(card, report_no)) for card in cards)

    async def look(self, card: BoundCard) -> None:
        """Tell what was audited for this card since the last rounds. Raises OutsideError."""
        now = self._clock.now()
        offer = offer_of(self._offers, card.hospital)
        for head in await offer.system.reports(card.card_no, hospital_day(now - NEWS_FOR), hospital_day(now)):
            if is_shown(head) and head.audited_at is not None and now - head.audited_at <= NEWS_FOR:
                await self._news.tell(card, _news_of(card, head.report_no))


def _news_of(card: BoundCard, report_no: str) -> News:
    return News(purpose=REPORT_READY, about=report_no, patient_name=card.name, guide=READY, page="reports")
