"""A low deposit, in the HIS's words, and a stay that is to be settled, on the first page."""

from __future__ import annotations

from collections.abc import Sequence

from server.inpatient.admissions import AdmissionService, KnownAdmission
from server.inpatient.model import AdmissionState
from server.inpatient.texts import ADMISSION_STATES, INPATIENT_TITLE, LOW, TO_BE_SETTLED
from server.needs.model import Asked, Need, Place, Told, Urgency


class InpatientNeeds:
    name = "inpatient"

    def __init__(self, admissions: AdmissionService) -> None:
        self._admissions = admissions

    def places(self, hospital: str) -> Sequence[Place]:
        return (Place(INPATIENT_TITLE, "inpatient"),) if self._admissions.offered(hospital) else ()

    async def needs(self, asked: Asked) -> Told:
        if not self._admissions.offered(asked.session.hospital):
            return Told()
        known, failed = await self._admissions.of_cards(asked.session, asked.cards)
        needs = [need for one in known if (need := _need(one)) is not None]
        return Told(tuple(needs), is_whole=not failed)


def _need(known: KnownAdmission) -> Need | None:
    admission = known.admission
    if admission.state is AdmissionState.DISCHARGED:
        title, text, page = ADMISSION_STATES[admission.state], TO_BE_SETTLED, "discharge"
    elif admission.low_reason:
        title, text, page = LOW, admission.low_reason, "deposit"
    else:
        return None
    return Need(
        about=(f"admission:{known.key}",),
        card_no=admission.card_no,
        title=title,
        text=text,
        page=f"inpatient/{known.key}/{page}",
        urgency=Urgency.TO_DO,
        at=admission.discharged_at or admission.admitted_at,
    )
