"""Waiting for a number of a full shift, in the name of a bound card."""

from __future__ import annotations

from pydantic import BaseModel

from handlers.api import registration_models as models
from handlers.api.door import ApiHandler
from handlers.api.operation import Operation, operation
from handlers.api.registration import shift_told
from handlers.patient.views import registration_words as words
from server.patients.model import mask_card, mask_name
from server.patients.visible_cards import missing_words
from server.registration.waiting import OwnWait


def _wait(own: OwnWait) -> models.WaitTold:
    text, look = words.wait_state(own.wait)
    offered = own.wait.offered
    told = {
        "shift": shift_told(own.wait.shift, has_waiting_lists=True),
        "card_key": own.card_key,
        "name_masked": mask_name(own.card.name),
        "card_masked": mask_card(own.card.card_no),
        "text": text,
        "look": look,
        "slot_no": None if offered is None else offered.slot.slot_no,
        "time": "" if offered is None else words.span(offered.slot),
    }
    return models.WaitTold.model_validate(told)


class WaitsHandler(ApiHandler):
    @operation(Operation(summary="For which numbers my cards wait, those to confirm first", answer=models.WaitPage))
    async def get(self, asked: None) -> BaseModel:
        """All of them at once, so always one page."""
        own, failed = await self.services.registration.waiting.mine_and_failed(self.session)
        return models.WaitPage(items=[_wait(one) for one in own], next=None, note=missing_words(failed))

    @operation(
        Operation(
            summary="Wait for a number of a full shift; repeatable",
            body=models.WaitAsked,
            answer=models.WaitingTold,
            refuses=(403,),
        )
    )
    async def post(self, asked: models.WaitAsked) -> models.WaitingTold:
        await self.services.registration.waiting.join(self.session, asked.schedule_no, asked.card_key)
        return models.WaitingTold(text=words.WAITING)


class WaitHandler(ApiHandler):
    @operation(Operation(summary="Wait no longer; repeatable", answer=models.WaitingTold))
    async def delete(self, asked: None) -> models.WaitingTold:
        schedule_no, card_key = (self.path_kwargs[name] or "" for name in ("schedule_no", "card_key"))
        await self.services.registration.waiting.leave(self.session, schedule_no, card_key)
        return models.WaitingTold(text=words.NOT_WAITING)
