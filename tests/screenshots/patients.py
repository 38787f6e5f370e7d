"""The pages of patients, in the states in which they are met."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from server.core.errors import NotSent, OutsideRefusal
from server.payments.methods import MethodRow, Way
from server.payments.purposes.bills.model import BillStatus
from server.payments.sms_choice import sms_to
from server.payments.subject import ChargeItem
from tests.handlers.browser_phone import Phone, a_paid_one
from tests.handlers.doors import CodeChannel
from tests.support.builders import HOSPITAL, PHONE, a_bill, a_scan, a_session
from tests.support.employees import an_employee

Scene = Callable[[Phone], Awaitable[str]]
"""Brings the app into a state; the path of the page that shows it."""
LONG_NAME = "甲胎蛋白定量测定（化学发光法）与癌胚抗原联合检测"
NATIVE = MethodRow(login="wechat", way=Way("wechat", "native"))
HOSPITALS: Mapping[str, Mapping[str, object]] = {
    "payment-code": {"channels": {"wechat": CodeChannel()}, "methods": (NATIVE,)},
}
"""What a scene needs of its hospital beside the usual."""


def at(path: str) -> Scene:
    async def scene(phone: Phone) -> str:
        return path

    return scene


async def insured(phone: Phone) -> str:
    item = ChargeItem(item_no="1", name=LONG_NAME, category="检验", spec="每项", unit="项", quantity="2.50",
                      unit_price_fen=58000, amount_fen=145000)  # fmt: skip
    phone.memory_app.his.bills["B2"] = a_bill(
        "B2", 58000, department="医学影像科与放射治疗中心", total_fen=145000, fund_fen=67000, account_fen=20000,
        items=(item, replace(item, item_no="2", name="氯化钠注射液")),
    )  # fmt: skip
    return "/bills/B2"


async def begun(phone: Phone) -> str:
    answer = await phone.memory_app.payments.start("bills", phone.session, ["B1"], sms_to(PHONE))
    return answer.payment_id


async def waiting(phone: Phone) -> str:
    return f"/payments/{await begun(phone)}"


async def confirming(phone: Phone) -> str:
    return f"/payments/{await begun(phone)}?paid=1"


async def money(phone: Phone, amount_fen: int | None = None) -> str:
    number = await begun(phone)
    await phone.memory_app.notifications.apply(HOSPITAL, phone.memory_app.channel.pay(number, amount_fen))
    return number


async def not_booked(phone: Phone) -> str:
    phone.memory_app.his.will("confirm", NotSent("his"))
    return f"/payments/{await money(phone)}"


async def not_booked_list(phone: Phone) -> str:
    await not_booked(phone)
    return "/bills"


async def not_booked_bill(phone: Phone) -> str:
    await not_booked(phone)
    return "/bills/B1"


async def booked(phone: Phone) -> str:
    return f"/payments/{await a_paid_one(phone)}"


async def two_booked(phone: Phone) -> str:
    answer = await phone.memory_app.payments.start("bills", phone.session, ["B1", "B2"], sms_to(PHONE))
    await phone.memory_app.notifications.apply(HOSPITAL, phone.memory_app.channel.pay(answer.payment_id))
    await phone.memory_app.work()
    return f"/payments/{answer.payment_id}"


async def refused(phone: Phone) -> str:
    phone.memory_app.his.will("confirm", OutsideRefusal("his", "REFUSED", "该缴费单已作废"))
    number = await money(phone)
    await phone.memory_app.work()
    return f"/payments/{number}"


async def returned(phone: Phone) -> str:
    path = await refused(phone)
    for _ in range(6):
        phone.memory_app.clock.forward(minutes=5)
        await phone.memory_app.work()
    return path


async def closed(phone: Phone) -> str:
    number = await begun(phone)
    for _ in range(4):
        phone.memory_app.clock.forward(minutes=10)
        await phone.memory_app.work()
    return f"/payments/{number}"


async def free(phone: Phone) -> str:
    phone.memory_app.his.bills["B1"] = a_bill("B1", 0, total_fen=2000, fund_fen=2000, account_fen=0)
    answer = await phone.memory_app.payments.start("bills", phone.session, ["B1"], sms_to(PHONE))
    await phone.memory_app.work()
    return f"/payments/{answer.payment_id}"


async def refunded(phone: Phone) -> str:
    memory_app, number = phone.memory_app, await money(phone)
    await memory_app.work()
    cashier = await an_employee(memory_app)
    asked = await memory_app.refund_desk.draft(await cashier.now(), number, 1500, "other", "重复检查")
    await memory_app.refund_desk.confirm(await cashier.now(), asked.draft.ticket, cashier.proof(), "chat")
    for _ in range(4):
        memory_app.clock.forward(minutes=2)
        await memory_app.work()
    return f"/payments/{number}"


async def history(phone: Phone) -> str:
    await refunded(phone)
    phone.memory_app.his.bills["B3"] = a_bill("B3", 990, settle_group="")
    return "/payments"


async def paid_by_another(phone: Phone) -> str:
    memory_app, other = phone.memory_app, a_session("openid-li-ceshi", a_scan("B1"))
    await memory_app.stores.sessions.put(other)
    answer = await memory_app.payments.start("bills", other, ["B1"], sms_to(PHONE))
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(answer.payment_id))
    return "/bills/B1"


async def his_down(phone: Phone) -> str:
    phone.memory_app.his.will("bill", *[NotSent("his")] * 40)
    phone.memory_app.his.will("unpaid_bills", *[NotSent("his")] * 40)
    return "/bills/B1"


async def bill_cancelled(phone: Phone) -> str:
    phone.memory_app.his.bills["B1"] = a_bill("B1", 3720, status=BillStatus.CANCELLED)
    return "/bills/B1"


async def apart(phone: Phone) -> str:
    for number, group in (("B1", "G"), ("B2", "G"), ("B3", "")):
        phone.memory_app.his.bills[number] = a_bill(number, 3720, settle_group=group, department=f"第{number[1]}诊室")
    session = replace(phone.session, scans=(a_scan("B1", "B2", "B3"),))
    await phone.memory_app.stores.sessions.drop(session.id)
    await phone.memory_app.stores.sessions.put(session)
    return "/bills"


async def code(phone: Phone) -> str:
    return f"/payments/{await begun(phone)}/code"


SCENES: Mapping[str, Scene] = {
    "bills": at("/bills"), "bills-apart": apart, "bills-not-booked": not_booked_list, "bill": at("/bills/B1"), "bill-insured": insured,
    "bill-not-booked": not_booked_bill, "bill-paid-by-another": paid_by_another, "bill-cancelled": bill_cancelled, "bill-his-down": his_down,
    "payment-waiting": waiting, "payment-confirming": confirming, "payment-not-booked": not_booked, "payment-booked": booked,
    "payment-two-booked": two_booked, "payment-refused": refused, "payment-returned": returned, "payment-closed": closed,
    "payment-free": free, "payment-refunded": refunded, "payments": history, "payment-code": code, "cards": at("/cards"),
    "cards-new": at("/cards/new"), "privacy": at("/privacy"), "open-elsewhere": at("/open"), "nothing-here": at("/payments/ZF20260101000000000000"),
}  # fmt: skip
