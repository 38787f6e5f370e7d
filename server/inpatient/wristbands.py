"""腕带二维码: a sealed code on a patient's wristband. Whoever scans it may pay a deposit in, and learns a masked name and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from server.core.errors import BadInput, Forged, LinkExpired, NotFound
from server.core.ports import Clock, Sealer
from server.inpatient.admissions import AdmissionService
from server.inpatient.model import Admission, AdmissionState, Stay
from server.payments.hospital import Hospital

WRISTBAND = "wristband"
"""The entrance of what is paid by such a code, and the label of its seal."""
OVER = "这个腕带的住院已经结束，不能再交预交金。"


@dataclass(frozen=True, slots=True)
class WristbandQr:
    url: str
    expires_at: datetime


class WristbandService:
    """``make`` prints, ``opened`` reads; nothing of it is kept."""

    def __init__(
        self, hospitals: Mapping[str, Hospital], admissions: AdmissionService, sealer: Sealer, clock: Clock
    ) -> None:
        self._hospitals = hospitals
        self._admissions = admissions
        self._sealer = sealer
        self._clock = clock

    def make(self, hospital_id: str, stay: Stay, expires_at: datetime) -> WristbandQr:
        """The address that the code carries. Raises NotFound where the hospital does not look after inpatients by our interface."""
        self._admissions.system(hospital_id)
        ends = int(expires_at.timestamp())
        facts = json.dumps([hospital_id, ends, stay.admission_no, stay.count], separators=(",", ":"))
        sealed = self._sealer.seal(WRISTBAND, facts.encode())
        return WristbandQr(f"{self._hospitals[hospital_id].public_url}/w/{sealed}", datetime.fromtimestamp(ends, UTC))

    def opened(self, sealed: str) -> tuple[str, Stay]:
        """The hospital and the stay. Raises Forged for what we did not seal, LinkExpired after its end."""
        hospital_id, ends, admission_no, count = json.loads(self._sealer.open(WRISTBAND, sealed))
        if hospital_id not in self._hospitals:
            raise Forged("hospital of the wristband")
        if datetime.fromtimestamp(ends, UTC) <= self._clock.now():
            raise LinkExpired("wristband", user_message="腕带上的二维码已过期，请到护士站重新打印。")
        return hospital_id, Stay(admission_no=admission_no, count=count)

    async def admission(self, hospital_id: str, sealed: str) -> Admission:
        """The stay as the HIS knows it now. Raises NotFound for a code of another hospital, BadInput when the stay is over."""
        sealed_for, stay = self.opened(sealed)
        if sealed_for != hospital_id:
            raise NotFound("wristband of another hospital")
        admission = await self._admissions.system(hospital_id).admission(stay.admission_no)
        if admission is None or admission.stay != stay or admission.state is not AdmissionState.ADMITTED:
            raise BadInput("the stay is over", user_message=OVER)
        return admission
