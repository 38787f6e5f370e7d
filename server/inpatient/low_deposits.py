"""A deposit runs low: whoever has bound the patient's card is told once, with the HIS's reason, and again when it has been enough meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from server.core.days import hospital_time
from server.core.ports import Clock
from server.inpatient.model import Admission, AdmissionState
from server.inpatient.ports import InpatientSystems
from server.patients.card_news import CardNews, NewsHospital
from server.patients.contact_ports import OutgoingMessage
from server.patients.model import BoundCard, mask_name

LOW_DEPOSIT = "low_deposit"
EVERY = timedelta(hours=12)


class LowDeposits:
    def __init__(
        self, systems: InpatientSystems, hospitals: Mapping[str, NewsHospital], news: CardNews, clock: Clock
    ) -> None:
        self._systems = systems
        self._hospitals = hospitals
        self._news = news
        self._clock = clock

    async def look(self, card: BoundCard) -> None:
        """The HIS is asked right before anything is sent, so that what arrives is true. Raises OutsideError."""
        for admission in await self._systems[card.hospital].admissions(card.card_no):
            about = f"{admission.stay.admission_no}:{admission.stay.count}"
            if admission.low_reason:
                await self._news.tell(card, about, self._notice(card, admission))
            elif admission.state is AdmissionState.ADMITTED:
                await self._news.over(card, about, LOW_DEPOSIT)

    def _notice(self, card: BoundCard, admission: Admission) -> OutgoingMessage:
        hospital = self._hospitals[card.hospital]
        values = {
            "hospital": hospital.name,
            "patient": mask_name(admission.patient_name),
            "time": f"{hospital_time(self._clock.now()):%Y-%m-%d %H:%M}",
            "guide": admission.low_reason,
        }
        return OutgoingMessage(
            purpose=LOW_DEPOSIT, values=values, url=f"{hospital.public_url}/h/{hospital.id}/inpatient"
        )
