"""``GET /w/{sealed}``: the QR on a patient's wristband. A relative sees a masked name and pays in; nothing else is shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from handlers.base import cookies
from handlers.base.addresses import WRISTBAND_PATH
from handlers.base.page import Page
from handlers.patient.paying import Paying, sms_choice
from handlers.patient.scan import ScanHandler
from handlers.patient.views.inpatient import wristband_page
from server.core.errors import BadInput
from server.core.typed import amount_typed
from server.inpatient.model import DEPOSIT
from server.patients.model import WRISTBAND

SEAL_LIFE = timedelta(minutes=30)
"""Long enough to log in, to think and to pay; then the wristband is scanned again."""


class WristbandScanHandler(ScanHandler):
    cookie = cookies.WRISTBAND
    life = SEAL_LIFE
    leads_to = "wristband"

    def hospital_of(self, sealed: str) -> str:
        hospital_id, _ = self.services.wristbands.opened(sealed)
        return hospital_id


class WristbandHandler(Paying):
    async def get(self, hospital: str) -> None:
        session = await self.person()
        admission = await self.services.wristbands.admission(self.hospital.id, self._sealed())
        phone = self.services.payments.phone_hint(session, set())
        self.show("inpatient/wristband", wristband_page(self.base, admission, phone))

    async def post(self, hospital: str) -> None:
        amount_fen = amount_typed(self.get_body_argument("amount", ""))
        sms = sms_choice(self.get_body_argument("sms", ""), self.get_body_argument("phone", ""))
        session = await self.person()
        chosen = [WRISTBAND, self._sealed(), str(amount_fen)]
        self.answer(await self.services.payments.start(DEPOSIT, session, chosen, sms))

    def _sealed(self) -> str:
        sealed = cookies.get(self, self.hospital, cookies.WRISTBAND)
        if not sealed:
            raise BadInput("no wristband", user_message="请重新扫描腕带上的二维码。")
        return sealed

    def way_on(self) -> str:
        return self.request.path


def doors(prefix: str) -> Sequence[tuple[str, str, type[Page]]]:
    """Each door's name for logs and metrics, its pattern, and its handler; ``prefix`` is the hospital's."""
    return (
        ("wristband_scan", WRISTBAND_PATH + r"(?P<sealed>[^/]{1,2000})", WristbandScanHandler),
        ("wristband", rf"{prefix}/wristband", WristbandHandler),
    )
