"""腕带: whoever scans a patient's wristband sees a masked name, and may pay a deposit in."""

from __future__ import annotations

from handlers.api import inpatient_models as models
from handlers.api.bill_models import StartedTold
from handlers.api.door import ApiHandler
from handlers.api.operation import Operation, operation
from handlers.api.payments import started_told
from handlers.base.addresses import sealed_of_wristband
from server.core.typed import amount_typed
from server.inpatient.model import DEPOSIT
from server.patients.model import WRISTBAND, mask_name
from server.payments.sms_choice import sms_to


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
        sealed = sealed_of_wristband(asked.content)
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
        chosen = [WRISTBAND, sealed_of_wristband(asked.content), str(amount_typed(asked.amount))]
        begun = await self.services.payments.start(DEPOSIT, self.session, chosen, sms_to(asked.phone or ""))
        return started_told(self, begun)
