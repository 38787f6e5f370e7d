"""A report is ready: everybody who has bound the patient's card is told once, and nothing of what it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from server.core.days import hospital_time
from server.core.errors import NotAllowedYet, NotSent, OutcomeUnknown, OutsideRefusal
from server.core.ports import ANSWERS_MAX, Clock, Sealer, ShortLivedStore
from server.patients.contact_ports import OutgoingMessage
from server.patients.model import BoundCard, PayerIdentity, mask_name
from server.patients.ports import CardStore
from server.reports.own_reports import audited, offer_of
from server.reports.ports import ReportOffers, ReportsHospital
from server.reports.texts import READY

REPORT_READY = "report_ready"
TOLD_FOR = timedelta(days=90)


class ReportTelling:
    """What the HIS announces by `report.ready` (docs/his-interface.md section 4). It may say so as often as it likes."""

    def __init__(
        self,
        offers: ReportOffers,
        hospitals: Mapping[str, ReportsHospital],
        cards: CardStore,
        short_lived: ShortLivedStore,
        sealer: Sealer,
        clock: Clock,
    ) -> None:
        self._offers = offers
        self._hospitals = hospitals
        self._cards = cards
        self._short_lived = short_lived
        self._sealer = sealer
        self._clock = clock

    async def ready(self, hospital_id: str, card_no: str, report_no: str) -> None:
        """Raises NotFound unless the HIS has it as audited now, and NotSent when somebody could surely not be told: then the HIS says it
        again, and only they are told.
        """
        await audited(offer_of(self._offers, hospital_id), card_no, report_no)
        failed: NotSent | None = None
        for card in await self._cards.of_card(hospital_id, card_no, ANSWERS_MAX):
            try:
                await self._tell(self._hospitals[hospital_id], card, report_no)
            except NotSent as error:
                failed = error
        if failed is not None:
            raise failed

    async def _tell(self, hospital: ReportsHospital, card: BoundCard, report_no: str) -> None:
        """What may have arrived is not sent again: no message tells the same report twice."""
        to = PayerIdentity.of_key(card.owner)
        messenger = hospital.messengers.get(to.channel)
        told = self._sealer.lookup(REPORT_READY, f"{hospital.id}:{card.owner}:{card.card_no}:{report_no}")
        now = self._clock.now()
        if messenger is None or not await self._short_lived.put_once(REPORT_READY, told, "1", now, now + TOLD_FOR):
            return
        try:
            await messenger.send(to, self._message(hospital, card), dedupe=told[:32])
        except (NotAllowedYet, OutsideRefusal, OutcomeUnknown):
            return  # they can't be told here, or it may have arrived
        except NotSent:
            await self._short_lived.drop(REPORT_READY, told)
            raise

    def _message(self, hospital: ReportsHospital, card: BoundCard) -> OutgoingMessage:
        values = {
            "hospital": hospital.name,
            "patient": mask_name(card.name),
            "time": f"{hospital_time(self._clock.now()):%Y-%m-%d %H:%M}",
            "guide": READY,
        }
        return OutgoingMessage(
            purpose=REPORT_READY, values=values, url=f"{hospital.public_url}/h/{hospital.id}/reports"
        )
