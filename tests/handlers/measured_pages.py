"""The patients' pages that are measured: those that a scan opens, those of a person whose card is bound, those at a
clinic, and those of reports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from playwright.async_api import Browser

from server.inpatient.model import AdmissionState, Stay
from server.patients.model import BoundCard
from server.patients.relations import Relation
from server.patients.visible_cards import card_key
from server.payments.model import Payment
from server.payments.sms_choice import sms_to
from tests.handlers.browser_phone import Phone, a_paid_one, a_phone
from tests.handlers.clinic_pages import at_the_clinic
from tests.support import reports
from tests.support.builders import CARD, HOSPITAL, PHONE, a_bill
from tests.support.clock_and_ids import MORNING
from tests.support.inpatients import STAY, FaithfulInpatients, an_admission
from tests.support.old_balances import FaithfulOldBalances, moved
from tests.support.outside import FaithfulHis
from tests.support.registrations import SHIFT_NO, a_slot, an_offer

Paths = Mapping[str, str]
"""Each page's name and its path below the hospital's, as `Phone.open` takes it."""
OF_A_SCAN = {
    "待缴费": "/bills",
    "缴费单": "/bills/B2",
    "支付结果": "/payments/{paid}",
    "缴费记录": "/payments",
    "就诊卡": "/cards",
    "绑定就诊卡": "/cards/new",
    "填写验证码": "/bills > 绑定就诊卡",
    "个人信息说明": "/privacy",
    "打不开收银台": "/open",
    "无法继续": "/payments/ZF20260101000000000000",
}
WITH_A_CARD = {
    "首页": "/",
    "预约挂号": "/registration",
    "选择医生": "/registration/departments/D01",
    "找医生": "/registration?q=李",
    "一位医生": "/registration/departments/D01/doctors/1001",
    "选择时间": f"/registration/shifts/{SHIFT_NO}",
    "确认挂号": f"/registration/shifts/{SHIFT_NO}/{a_slot(2).slot_no}",
    "挂号的支付结果": "/payments/{registered}",
    "我的预约": "/appointments",
    "住院": "/inpatient",
    "绑定住院": "/inpatient/new",
    "一次住院": "/inpatient/{here}",
    "一日清单": "/inpatient/{here}/day?date=2026-11-21",
    "预交金记录": "/inpatient/{here}/deposits",
    "交预交金": "/inpatient/{here}/deposit",
    "出院结算": "/inpatient/{left}/discharge",
    "腕带交预交金": "/wristband",
    "门诊余额": "/balances",
    "一张卡的余额": "/balances/{card}",
    "谁绑定了这张卡": "/cards/{card}",
}
OF_REPORTS = {
    "报告列表": "/reports",
    "检验报告": "{lab}",
    "检查报告": "{film}",
    "验证后查看报告": "{closed}",
    "报告的验证码": "{closed} > 获取验证码",
    "历次结果": "{lab}/values/LDL",
    "分享的报告": "/shared/{shared}",
}
LEFT = Stay(admission_no="ZY20261101", count=1)


@asynccontextmanager
async def after_a_scan(chromium: Browser, **context: object) -> AsyncIterator[tuple[Phone, Paths]]:
    """A scan of two bills, of which one is paid; no card is bound."""
    async with a_phone(chromium, **context) as phone:
        paid = await a_paid_one(phone)
        yield phone, {name: path.format(paid=paid) for name, path in OF_A_SCAN.items()}


@asynccontextmanager
async def with_a_card(chromium: Browser, **context: object) -> AsyncIterator[tuple[Phone, Paths]]:
    """Two bound cards, of one of them with a registration that is booked, a stay whose deposit runs low, a stay that is to be settled, and reports."""
    async with a_phone(chromium, of_everything(), **context) as phone:
        app = phone.memory_app
        owner = phone.session.identity.key
        mine = BoundCard(
            hospital=HOSPITAL, owner=owner, card_no=CARD, name="张测试", identity_proofs=("own:1", "self:1")
        )
        child = replace(mine, card_no="C0000002", name="张小测", identity_proofs=(), family=Relation.CHILD)
        for card in (mine, child, replace(mine, owner="wechat:app:openid-li-ceshi", identity_proofs=())):
            await app.stores.cards.bind(card)
        chosen = [SHIFT_NO, a_slot(1).slot_no, card_key(app.sealer, HOSPITAL, CARD)]
        registered = await paid(phone, "registration", chosen)
        keys = {known.admission.stay: known.key for known in await app.admissions.mine(phone.session)}
        [here] = [key for stay, key in keys.items() if stay != LEFT]
        await paid(phone, "deposit", [here, "50000"])
        _on_the_card(phone, await app.payment(registered))
        band = app.wristbands.make(HOSPITAL, STAY, app.clock.now() + timedelta(days=1)).url.rpartition("/")[2]
        await phone.context.add_cookies([{"name": f"wristband-{HOSPITAL}", "value": band, "url": phone.address}])
        known = {"registered": registered, "here": here, "left": keys[LEFT], "card": chosen[-1]}
        yield phone, {name: path.format(**known) for name, path in WITH_A_CARD.items()}


@asynccontextmanager
async def with_reports(chromium: Browser, **context: object) -> AsyncIterator[tuple[Phone, Paths]]:
    """A bound card with long reports of each kind, one of which needs a code first and one of which is shared."""
    async with a_phone(chromium, {"reports": {HOSPITAL: reports.an_offer(reports.long_reports())}}, **context) as phone:
        app = phone.memory_app
        card = BoundCard(hospital=HOSPITAL, owner=phone.session.identity.key, card_no=CARD, name="张测试")
        await app.stores.cards.bind(card)
        keys = {one.head.report_no: one.key for one in await app.reports.own.mine(phone.session)}
        await app.reports.sharing.share(phone.session, keys["R2"])
        shared = await app.reports.sharing.of(phone.session, keys["R2"])
        assert shared is not None
        own = {name: f"/reports/{keys[number]}" for name, number in (("lab", "R1"), ("film", "R2"), ("closed", "R3"))}
        yield phone, {name: path.format(shared=shared.sealed, **own) for name, path in OF_REPORTS.items()}


def of_everything() -> dict[str, Any]:
    """A hospital that also takes registrations and has wards."""
    gone = an_admission(stay=LEFT, state=AdmissionState.DISCHARGED, discharged_at=MORNING)
    inpatients = FaithfulInpatients(an_admission(low_reason="预交金余额不足，请尽快续交"), gone)
    inpatients.own_fen = 70_000
    bills = (a_bill("B1", 3720), a_bill("B2", 128000, department="医学影像科与放射治疗中心"))
    his = FaithfulHis(*bills, inpatient=inpatients, old_balances=FaithfulOldBalances())
    return {
        "his": his,
        "registration": an_offer(his),
        "reports": {HOSPITAL: reports.an_offer(reports.FaithfulReports())},
    }


def _on_the_card(phone: Phone, payment: Payment) -> None:
    """The window has put this payment's money onto the card, beside what was paid there in cash."""
    known, lot = phone.memory_app.his.old_balances.known, moved(payment)
    balance_fen = known[CARD].balance_fen + lot.amount_fen
    known[CARD] = replace(known[CARD], balance_fen=balance_fen, lots=(*known[CARD].lots, lot))


async def paid(phone: Phone, purpose: str, chosen: list[str]) -> str:
    """The number of a payment for ``purpose`` that the HIS has booked."""
    app = phone.memory_app
    begun = await app.payments.start(purpose, phone.session, chosen, sms_to(PHONE))
    await app.notifications.apply(HOSPITAL, app.channel.pay(begun.payment_id))
    await app.work()
    return begun.payment_id


Opened = Callable[..., AbstractAsyncContextManager[tuple[Phone, Paths]]]
EVERY_PAGE: tuple[Opened, ...] = (after_a_scan, with_a_card, at_the_clinic, with_reports)
