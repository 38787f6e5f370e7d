"""腕带: whoever scans a patient's wristband sees a masked name, and may pay a deposit in."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

from handlers.api import inpatient_models as models
from handlers.api.bill_models import StartedTold
from handlers.api.door import ApiHandler
from handlers.api.operation import Operation, operation
from handlers.api.payments import started_told
from server.core.errors import Forged
from server.core.typed import amount_typed
from server.inpatient.model import DEPOSIT
from server.inpatient.wristbands import WRISTBAND
from server.patients.model import mask_name
from server.payments.sms_choice import sms_to

PATH = "/w/"


def sealed_of(content: str) -> str:
    """What is sealed in the address that a wristband carries. Raises Forged for any other text; whether we sealed it is asked later."""
    path = ""
    with suppress(ValueError):
        path = urlsplit(content.strip()).path
    _, found, sealed = path.rpartition(PATH)
    if not found:
        raise Forged("no address of ours", user_message="这不是腕带上的二维码。")
    return sealed


class WristbandHandler(ApiHandler):
    @operation(
        Operation(
            summary="Read the code of a wristband: whose it is, masked",
            body=models.WristbandAsked,
            answer=models.WristbandTold,
            refuses=(403, 410),
        )
    )
    async def post(self, asked: models.WristbandAsked) -> models.WristbandTold:
        """Nothing of the stay is told, and nothing is kept of the scan."""
        sealed = sealed_of(asked.content)
        admission = await self.services.wristbands.admission(self.hospital.id, sealed)
        return models.WristbandTold(name_masked=mask_name(admission.patient_name))


class WristbandDepositHandler(ApiHandler):
    @operation(
        Operation(
            summary="Begin to pay in for whose wristband was scanned; call goes to wx.requestPayment",
            body=models.WristbandDepositAsked,
            answer=StartedTold,
            status=201,
            creates=True,
            refuses=(403, 409, 410),
        )
    )
    async def post(self, asked: models.WristbandDepositAsked) -> StartedTold:
        chosen = [WRISTBAND, sealed_of(asked.content), str(amount_typed(asked.amount))]
        begun = await self.services.payments.start(DEPOSIT, self.session, chosen, sms_to(asked.phone or ""))
        return await started_told(self, begun)
