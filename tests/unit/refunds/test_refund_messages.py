"""What patients and staff are told of refunds fits the platforms' templates as the sandbox holds them."""

from __future__ import annotations

import pytest

from sandbox.alipay.templates import TEMPLATES as LIFE_ACCOUNT
from sandbox.alipay.templates import filled as life_account_filled
from sandbox.sms.templates import TEMPLATES as SMS
from sandbox.wechat.templates import TEMPLATES as OFFICIAL_ACCOUNT
from sandbox.wechat.templates import filled as official_account_filled
from server.patients.contact_ports import OutgoingMessage
from server.staff.model import RefundLimits
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.refund_desk import ask, at_the_desk

pytestmark = pytest.mark.asyncio


async def notices() -> dict[str, OutgoingMessage]:
    """All of a refund that a second person agreed to, while none of the staff has written for a long time."""
    memory_app = InMemoryApp()
    payment, _, approver = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", limits=RefundLimits(per_refund_fen=1, per_day_fen=1))
    memory_app.hospital.chats["wechat"].silent = {"openid-2001", "openid-1002"}  # type: ignore[attr-defined]
    refund_id = await ask(memory_app, cashier, payment)
    await memory_app.work()
    drafted = await memory_app.refund_desk.draft_decision(await approver.now(), refund_id, agree=True)
    await memory_app.refund_desk.confirm(await approver.now(), drafted.draft.ticket, approver.proof(), "chat")
    await memory_app.work()
    memory_app.channel.settle_refund(refund_id)
    await memory_app.live_on(120)
    told = {notice.purpose: notice for _, notice, _ in memory_app.messenger.named("send")}
    return told | {f"sms {notice.purpose}": notice for _, notice, _ in memory_app.sms.sent}


async def test_each_is_said_and_fits() -> None:
    told = await notices()
    assert {"refund_accepted", "refund_arrived", "refund_waiting", "refund_result"} <= told.keys()
    for template in OFFICIAL_ACCOUNT:
        if template.purpose.startswith("refund_"):
            values = told[template.purpose].values
            data = {keyword: {"value": values[name]} for keyword, name in template.values.items()}
            _, rows = official_account_filled(template.template_id, data)
            assert all(value for _, value in rows)
    for form in LIFE_ACCOUNT:
        if form.purpose.startswith("refund_"):
            values = told[form.purpose].values
            context = {keyword: {"value": values[name]} for keyword, name in form.values.items()}
            assert life_account_filled(form.template_id, context)
    for short in SMS:
        if short.purpose.startswith("refund_"):
            values = told[f"sms {short.purpose}"].values
            short.check({variable: values[name] for variable, name in short.values.items()}, 35)


async def test_staff_s_hold_no_patient() -> None:
    told = await notices()
    for purpose in ("refund_waiting", "refund_result"):
        assert "张" not in "".join(told[purpose].values.values())
