"""首页: what this patient needs now, each in its place."""

from __future__ import annotations

import re
from typing import Any

import pytest

from server.core.errors import NotSent
from server.inpatient.model import AdmissionState
from server.patients.visible_cards import card_key
from server.payments.sms_choice import sms_to
from server.registration.model import ClinicChange, QueueState, ShiftState
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.home.conftest import HOME, a_place, registered, titles
from tests.support.builders import CARD, HOSPITAL, PHONE
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import FaithfulInpatients
from tests.support.registrations import SHIFT_NO, PlayedRegistrations, a_slot
from tests.support.reports import FaithfulReports

pytestmark = pytest.mark.gen_test


async def test_the_page_has_what_is_needed_by_urgency(
    memory_app: InMemoryApp, browser: Browser, bound: Any, system: PlayedRegistrations
) -> None:
    session = await bound()
    payment_id = await registered(memory_app, session)
    system.places[payment_id] = a_place(QueueState.CHECKED_IN, ahead=2)
    page = text_of(await browser.get(HOME))
    assert titles(page) == ["今天 08:00–08:10 就诊", "预交金不足", "2 张待缴费，共 47.20 元", "有 2 份新报告"]
    for shown in (
        "测试内科 1 号 门诊楼 2 层 已签到，请候诊，前面还有 2 人",
        "预交金余额不足，请尽快续交",
        "测试内科、检验科",
        f'href="/h/demo/appointments/{payment_id}/queue"',
        "张*试 就诊卡\u00a0****0001",
        'href="/h/demo/registration"',
        'href="/h/demo/reports"',
        'href="/h/demo/inpatient"',
    ):
        assert shown in page, shown
    assert "血脂" not in page, "what a report is about is nobody's business on a first page"
    assert "张测试" not in page
    for link in re.findall(r'<a class="line" href="([^"]+)"', page):
        assert (await browser.get(link)).code == 200, link


async def test_what_is_paid_and_not_booked_is_told_once_and_is_no_bill_any_more(
    memory_app: InMemoryApp, browser: Browser, bound: Any
) -> None:
    session = await bound()
    memory_app.his.will("confirm", *(NotSent("his", "down") for _ in range(20)))
    begun = await memory_app.payments.start("bills", session, ["B1"], sms_to(PHONE))
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun.payment_id))
    page = text_of(await browser.get(HOME))
    assert titles(page)[:2] == ["已付款，医院正在入账", "预交金不足"]
    assert titles(page)[2] == "1 张待缴费，10.00 元"
    assert "门诊缴费 37.20 元，请不要重复付款。" in page
    memory_app.his.next_calls.clear()
    await memory_app.live_on(3600)
    assert "已付款，医院正在入账" not in text_of(await browser.get(HOME))


async def test_a_number_to_be_paid_stands_first(memory_app: InMemoryApp, browser: Browser, bound: Any) -> None:
    session = await bound()
    chosen = [SHIFT_NO, a_slot(1).slot_no, card_key(memory_app.sealer, HOSPITAL, CARD)]
    begun = await memory_app.payments.start("registration", session, chosen, sms_to(PHONE))
    page = text_of(await browser.get(HOME))
    assert titles(page)[0] == "挂号待支付，过时不保留"
    assert f'href="/h/demo/payments/{begun.payment_id}"' in page


async def test_the_number_stays_while_the_patient_waits_and_goes_when_they_were_seen(
    memory_app: InMemoryApp, browser: Browser, bound: Any, system: PlayedRegistrations
) -> None:
    payment_id = await registered(memory_app, await bound())
    memory_app.clock.forward(hours=9)
    assert "今天 08:00" not in text_of(await browser.get(HOME)), "its time is over and the HIS says nothing"
    for state, words in (
        (QueueState.CHECKED_IN, "已签到，请候诊，前面还有 4 人"),
        (QueueState.CALLED, "轮到您了，请就诊"),
        (QueueState.MISSED, "已过号，请到分诊台"),
    ):
        system.places[payment_id] = a_place(state, ahead=4)
        assert words in text_of(await browser.get(HOME))
    system.places[payment_id] = a_place(QueueState.USED)
    assert "今天 08:00" not in text_of(await browser.get(HOME))


async def test_a_stopped_clinic_of_today_is_said(memory_app: InMemoryApp, browser: Browser, bound: Any) -> None:
    payment_id = await registered(memory_app, await bound())
    stopped = ClinicChange(state=ShiftState.STOPPED, at=memory_app.clock.now())
    await memory_app.registration.clinics.told(HOSPITAL, payment_id, stopped)
    assert titles(text_of(await browser.get(HOME)))[0] == "停诊，请取消或改约"


async def test_a_scan_shows_its_bills_before_any_card_is_bound(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter("B1")
    page = text_of(await browser.get(HOME))
    assert titles(page) == ["1 张待缴费，37.20 元"]
    assert 'href="/h/demo/bills/B1"' in page


async def test_who_has_nothing_is_told_what_to_do(browser: Browser, enter: Any) -> None:
    await enter()
    page = text_of(await browser.get(HOME))
    assert 'href="/h/demo/cards/new"' in page
    assert titles(page) == []


async def test_who_needs_nothing_reads_it(
    memory_app: InMemoryApp, browser: Browser, bound: Any, inpatients: FaithfulInpatients, reports: FaithfulReports
) -> None:
    await bound()
    memory_app.his.bills.clear()
    inpatients.changes(low_reason="")
    reports.known.clear()
    page = text_of(await browser.get(HOME))
    assert "现在没有要办的事。" in page
    inpatients.changes(state=AdmissionState.DISCHARGED, discharged_at=MORNING)
    assert titles(text_of(await browser.get(HOME))) == ["已出院，待结算"]


async def test_the_bare_address_leads_to_it(browser: Browser) -> None:
    assert place(await browser.get("/")) == HOME
