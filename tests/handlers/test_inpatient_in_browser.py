"""The pages about inpatients as they are seen on a small phone, with large text, and by axe."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.inpatient.model import AdmissionState
from server.patients.model import BoundCard
from tests.handlers import page_measures as measures
from tests.handlers.test_in_browser import PHONE_SIZE, SMALL, Phone, a_phone
from tests.support.builders import CARD, HOSPITAL, a_bill
from tests.support.chance import MORNING
from tests.support.inpatients import FaithfulInpatients, an_admission
from tests.support.outside import FaithfulHis
from tests.support.screenshots import shot

PAGES = {
    "待缴费": ("/bills", "first"),
    "住院": ("/inpatient", "list"),
    "绑定住院": ("/inpatient/new", "bind"),
    "一次住院": ("{own}", "one"),
    "一日清单": ("{own}/day?date=2026-11-21", "day"),
    "预交金记录": ("{own}/deposits", "deposits"),
    "交预交金": ("{own}/deposit", "top-up"),
}


@pytest.mark.asyncio
async def test_pages_fit_a_small_phone_with_large_text_and_axe_finds_nothing(chromium_path: Path) -> None:
    his = FaithfulHis(a_bill("B1"))
    his.inpatient = FaithfulInpatients(an_admission(low_reason="预交金余额不足，请尽快续交"))
    async with a_phone(chromium_path, {"his": his}, bypass_csp=True) as phone:
        owner = phone.session.identity.key
        await phone.memory_app.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=owner, card_no=CARD, name="张测试"))
        begun = await phone.memory_app.payments.start("deposit", phone.session, [await key_of(phone), "50000"], None)
        await phone.memory_app.notifications.apply(HOSPITAL, phone.memory_app.channel.pay(begun.payment_id))
        await phone.memory_app.work()
        own = f"/inpatient/{await key_of(phone)}"
        for name, (path, picture) in PAGES.items():
            await look(phone, name, path.format(own=own), picture)
        his.inpatient.own_fen = 70_000
        his.inpatient.changes(state=AdmissionState.DISCHARGED, discharged_at=MORNING)
        await look(phone, "出院结算", f"{own}/discharge", "discharge")
        assert phone.troubles == []


async def key_of(phone: Phone) -> str:
    [known] = await phone.memory_app.admissions.mine(phone.session)
    return known.key


async def look(phone: Phone, name: str, path: str, picture: str) -> None:
    page = phone.page
    await page.set_viewport_size(PHONE_SIZE)
    await phone.open(path)
    findings = await measures.axe_findings(page)
    assert findings == [], (name, findings)
    await page.set_viewport_size(SMALL)
    for scale in (1.0, 1.5):
        await phone.open(path)
        await measures.scale_text(page, scale)
        assert await measures.beyond_the_screen(page) == [], f"{name} at {scale}"
        assert await measures.broken_dates(page) == [], f"{name} at {scale}"
        await shot(page, f"inpatient-{picture}-{scale}", full_page=True)
