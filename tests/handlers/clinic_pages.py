"""The pages of a person with a number that is to be paid at the window, with another one held for them, and before a shift that is full."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from playwright.async_api import Browser

from server.patients.model import BoundCard
from server.patients.visible_cards import card_key
from server.payments.sms_choice import sms_to
from server.registration.model import QueuePlace, QueueState, ShiftSlots
from server.registration.purpose import AT_WINDOW
from server.registration.rules.at_window import WindowRule
from server.registration.rules.being_here import Site
from tests.handlers.browser_phone import Phone, a_phone
from tests.support.builders import CARD, HOSPITAL, PHONE
from tests.support.outside import FaithfulHis
from tests.support.registrations import SHIFT_NO, PlayedRegistrations, a_slot, an_offer

FULL = "D01-20261124-9-pm"
AT_THE_CLINIC = {
    "在线支付或到院支付": f"/registration/shifts/{SHIFT_NO}/{a_slot(2).slot_no}",
    "到院支付的预约和候补": "/appointments",
    "到院支付的结果": "/payments/{reserved}",
    "候诊和签到": "/appointments/{reserved}/queue",
    "扫签到码": "/check-in/A2",
    "没有号的班次": f"/registration/shifts/{FULL}",
}


class TwoShifts(PlayedRegistrations):
    """Beside the one that it has, one whose numbers are all gone."""

    async def slots(self, schedule_no: str) -> ShiftSlots | None:
        if schedule_no == FULL:
            return ShiftSlots(shift=replace(self.shift, schedule_no=FULL, left=0), slots=())
        return await super().slots(schedule_no)


@asynccontextmanager
async def at_the_clinic(chromium: Browser, **context: object) -> AsyncIterator[tuple[Phone, Mapping[str, str]]]:
    his = FaithfulHis()
    system, site = TwoShifts(his), Site(point="MAIN", latitude=39.9, longitude=116.4, metres=300)
    rule = WindowRule(place="门诊楼 1 层收费窗口", before=timedelta(minutes=30))
    offer = replace(an_offer(his, at_window=rule)[HOSPITAL], system=system, sites=(site,))
    async with a_phone(chromium, {"his": his, "registration": {HOSPITAL: offer}}, **context) as phone:
        app = phone.memory_app
        card = BoundCard(hospital=HOSPITAL, owner=phone.session.identity.key, card_no=CARD, name="张测试")
        await app.stores.cards.bind(card)
        chosen = [SHIFT_NO, a_slot(1).slot_no, card_key(app.sealer, HOSPITAL, CARD), AT_WINDOW]
        reserved = (await app.payments.start("registration", phone.session, chosen, sms_to(PHONE))).payment_id
        await app.work()
        system.places[reserved] = QueuePlace(
            state=QueueState.BOOKED, now_number=3, ahead=2, place="门诊楼 2 层 A 区", can_check_in=True
        )
        system.offer(CARD, a_slot(9), app.clock.now() + timedelta(minutes=15))
        yield phone, {name: path.format(reserved=reserved) for name, path in AT_THE_CLINIC.items()}
