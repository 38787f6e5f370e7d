"""The pages of registration, inpatient and reports, for a person whose card is bound."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import cast

from playwright.async_api import Browser

from server.patients.visible_cards import card_key
from server.payments.sms_choice import sms_to
from server.registration.model import ClinicChange, QueuePlace, QueueState, ShiftState
from tests.handlers.browser_phone import Phone
from tests.handlers.clinic_pages import at_the_clinic
from tests.handlers.measured_pages import paid, with_a_card, with_reports
from tests.screenshots.sheets import PHONE_LOOKS, sheet
from tests.support.builders import CARD, HOSPITAL, PHONE, a_bill
from tests.support.registrations import SHIFT_NO, PlayedRegistrations, a_slot

NAMES = {
    "首页": "home", "预约挂号": "registration", "选择医生": "registration-department", "找医生": "registration-search",
    "一位医生": "registration-doctor", "选择时间": "registration-shift",
    "确认挂号": "registration-number", "挂号的支付结果": "registration-payment", "我的预约": "appointments", "住院": "inpatient",
    "绑定住院": "inpatient-new", "一次住院": "inpatient-one", "一日清单": "inpatient-day", "预交金记录": "inpatient-deposits",
    "交预交金": "inpatient-deposit", "出院结算": "inpatient-discharge", "腕带交预交金": "inpatient-wristband", "报告列表": "reports", "检验报告": "report-lab", "检查报告": "report-film",
    "验证后查看报告": "report-closed", "报告的验证码": "report-code", "历次结果": "report-trend", "分享的报告": "report-shared",
    "谁绑定了这张卡": "card-bindings", "门诊余额": "balances", "一张卡的余额": "balance",
    "在线支付或到院支付": "clinic-number", "到院支付的预约和候补": "clinic-appointments", "到院支付的结果": "clinic-payment",
    "候诊和签到": "clinic-queue", "扫签到码": "clinic-check-in", "没有号的班次": "clinic-full-shift",
}  # fmt: skip
RELATION = "cards-relation"
Change = Callable[[Phone, Mapping[str, str]], Awaitable[str]]
"""Brings the app into another state; the path of the page that shows it."""


def _slot(phone: Phone, number: int) -> list[str]:
    return [SHIFT_NO, a_slot(number).slot_no, card_key(phone.memory_app.sealer, HOSPITAL, CARD)]


async def waiting(phone: Phone, paths: Mapping[str, str]) -> str:
    await phone.memory_app.payments.start("registration", phone.session, _slot(phone, 2), sms_to(PHONE))
    return paths["我的预约"]


async def closed(phone: Phone, paths: Mapping[str, str]) -> str:
    begun = await phone.memory_app.payments.start("registration", phone.session, _slot(phone, 2), sms_to(PHONE))
    for _ in range(4):
        phone.memory_app.clock.forward(minutes=10)
        await phone.memory_app.work()
    return f"/payments/{begun.payment_id}"


async def cancelled(phone: Phone, paths: Mapping[str, str]) -> str:
    app = phone.memory_app
    number = paths["挂号的支付结果"].rpartition("/")[2]
    await app.registration.cancelling.cancel(phone.session, number)
    for _ in range(4):
        app.clock.forward(minutes=2)
        await app.work()
    return paths["我的预约"]


async def stopped(phone: Phone, paths: Mapping[str, str]) -> str:
    app, number = phone.memory_app, paths["挂号的支付结果"].rpartition("/")[2]
    change = ClinicChange(state=ShiftState.STOPPED, at=app.clock.now(), reason="医生临时会诊")
    await app.registration.clinics.told(HOSPITAL, number, change)
    await app.work()
    return paths["我的预约"]


async def rebooking(phone: Phone, paths: Mapping[str, str]) -> str:
    return f"{paths['选择医生']}?instead"


async def queued(phone: Phone, paths: Mapping[str, str]) -> str:
    app, number = phone.memory_app, paths["挂号的支付结果"].rpartition("/")[2]
    system = cast(PlayedRegistrations, app.offers[HOSPITAL].system)
    system.places[number] = QueuePlace(
        state=QueueState.CHECKED_IN, now_number=3, ahead=2, place="门诊楼 2 层 A 区", can_check_in=False
    )
    return f"/appointments/{number}/queue"


async def deposit(phone: Phone, paths: Mapping[str, str]) -> str:
    key = paths["一次住院"].rpartition("/")[2]
    return f"/payments/{await paid(phone, 'deposit', [key, '20000'])}"


async def paid_out(phone: Phone, paths: Mapping[str, str]) -> str:
    phone.memory_app.his.inpatient.own_fen = 90_000
    return paths["出院结算"]


async def over(phone: Phone, paths: Mapping[str, str]) -> str:
    system = cast(PlayedRegistrations, phone.memory_app.offers[HOSPITAL].system)
    system.shift = replace(system.shift, ends_at=phone.memory_app.clock.now())
    return paths["选择医生"]


async def over_shift(phone: Phone, paths: Mapping[str, str]) -> str:
    await over(phone, paths)
    system = cast(PlayedRegistrations, phone.memory_app.offers[HOSPITAL].system)
    system.held = {slot.slot_no: "of-others" for slot in system.all_slots}
    return paths["选择时间"]


async def of_all(phone: Phone, paths: Mapping[str, str]) -> str:
    bills = phone.memory_app.his.bills
    for number, name in (("B7", "检验科"), ("B8", "医学影像科与放射治疗中心")):
        bills[number] = a_bill(number, 58000, card_no="C0000002", patient_name="张小测", department=name)
    return "/bills"


async def of_one(phone: Phone, paths: Mapping[str, str]) -> str:
    child = card_key(phone.memory_app.sealer, HOSPITAL, "C0000002")
    return f"{await of_all(phone, paths)}?member={child}"


CHANGES: Mapping[str, Change] = {
    "appointments-waiting": waiting, "registration-closed": closed, "appointments-cancelled": cancelled,
    "appointments-stopped": stopped, "registration-rebooking": rebooking, "registration-queue": queued, "inpatient-deposit-paid": deposit,
    "inpatient-discharge-other": paid_out, "registration-over": over, "registration-over-shift": over_shift,
    "bills-of-all": of_all, "bills-of-one": of_one,
}  # fmt: skip


async def of_a_card(chromium: Browser, wanted: set[str]) -> None:
    for opened in (with_a_card, with_reports, at_the_clinic):
        async with opened(chromium) as (phone, paths):
            for page, path in paths.items():
                await _look(phone, NAMES[page], path, wanted)
    if not wanted or RELATION in wanted:
        async with with_a_card(chromium) as (phone, _):
            await sheet(phone.page, RELATION, partial(_unfolded, phone, "/cards"), PHONE_LOOKS)
            print(RELATION, flush=True)
    for name, change in CHANGES.items():
        if not wanted or name in wanted:
            async with with_a_card(chromium) as (phone, paths):
                await _look(phone, name, await change(phone, paths), wanted)


async def _unfolded(phone: Phone, path: str) -> None:
    await phone.open(path)
    await phone.page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")


async def _look(phone: Phone, name: str, path: str, wanted: set[str]) -> None:
    if not wanted or name in wanted:
        await sheet(phone.page, name, partial(phone.open, path), PHONE_LOOKS)
        print(name, flush=True)
