"""腕带二维码: a sealed code on a patient's wristband. Whoever scans it may pay a deposit in, and learns a masked name and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from server.core.errors import BadInput, NotFound
from server.core.ports import Clock, Sealer
from server.inpatient.admissions import AdmissionService
from server.inpatient.model import Admission, AdmissionState, Stay
from server.patients.model import WRISTBAND
from server.patients.sealed_qr import QrSealer, SealedQr
from server.payments.hospital import Hospital

EXPIRED = "腕带上的二维码已过期，请到护士站重新打印。"
BROKEN = "腕带上的二维码已停用或不完整，请再扫一次。还是打不开，请到护士站重新打印。"
OVER = "这个腕带的住院已经结束，不能再交预交金。"


class WristbandService:
    """``make`` prints, ``opened`` reads; nothing of it is kept."""

    def __init__(
        self, hospitals: Mapping[str, Hospital], admissions: AdmissionService, sealer: Sealer, clock: Clock
    ) -> None:
        self._admissions = admissions
        self._seals = QrSealer(WRISTBAND, "w", hospitals, sealer, clock, broken=BROKEN, expired=EXPIRED)

    def make(self, hospital_id: str, stay: Stay, expires_at: datetime) -> SealedQr:
        """The address that the code carries. Raises NotFound where the hospital does not look after inpatients by our interface."""
        self._admissions.system(hospital_id)
        return self._seals.make(hospital_id, expires_at, stay.admission_no, stay.count)

    def opened(self, sealed: str) -> tuple[str, Stay]:
        """The hospital and the stay. Raises Forged for what we did not seal, LinkExpired after its end."""
        opened = self._seals.open(sealed)
        admission_no, count = opened.facts
        return opened.hospital_id, Stay(admission_no=admission_no, count=count)

    async def admission(self, hospital_id: str, sealed: str) -> Admission:
        """The stay as the HIS knows it now. Raises NotFound for a code of another hospital, BadInput when the stay is over."""
        sealed_for, stay = self.opened(sealed)
        if sealed_for != hospital_id:
            raise NotFound("wristband of another hospital")
        admission = await self._admissions.system(hospital_id).admission(stay.admission_no)
        if admission is None or admission.stay != stay or admission.state is not AdmissionState.ADMITTED:
            raise BadInput("the stay is over", user_message=OVER)
        return admission
