"""A deposit runs low: whoever has bound the patient's card is told once, with the HIS's reason, and again when it has been enough meanwhile."""

from __future__ import annotations

from datetime import timedelta

from server.inpatient.model import AdmissionState
from server.inpatient.ports import InpatientSystems
from server.patients.card_news import CardNews, News
from server.patients.model import BoundCard

LOW_DEPOSIT = "low_deposit"
EVERY = timedelta(hours=12)


class LowDeposits:
    def __init__(self, systems: InpatientSystems, news: CardNews) -> None:
        self._systems = systems
        self._news = news

    async def look(self, card: BoundCard) -> None:
        """The HIS is asked right before anything is sent, so that what arrives is true. Raises OutsideError."""
        for admission in await self._systems[card.hospital].admissions(card.card_no):
            about = f"{admission.stay.admission_no}:{admission.stay.count}"
            if reason := admission.low_reason:
                name = admission.patient_name
                news = News(purpose=LOW_DEPOSIT, about=about, patient_name=name, guide=reason, page="inpatient")
                await self._news.tell(card, news)
            elif admission.state is AdmissionState.ADMITTED:
                await self._news.over(card, about, LOW_DEPOSIT)
