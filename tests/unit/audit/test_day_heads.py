"""Each day's head of the audit chain is told to finance, until somebody holds it."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.alipay.templates import TEMPLATES as LIFE_ACCOUNT
from sandbox.alipay.templates import filled as life_account_filled
from sandbox.wechat.templates import TEMPLATES as OFFICIAL_ACCOUNT
from sandbox.wechat.templates import filled as official_account_filled
from server.audit.model import DAY_CLOSED, SHOWN_CHARS
from server.audit.service import AuditService
from server.core.errors import NotSent, OutsideRefusal
from server.platforms.wechat.api.keywords import data_of
from server.staff.audit_days import AuditDays
from server.staff.model import Role
from tests.support.audit_chain import chain, checked, refunded
from tests.support.builders import HOSPITAL
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import RecordingMessenger, a_hospital
from tests.support.recurring import WholeTask

pytestmark = pytest.mark.asyncio


def days(memory_app: InMemoryApp) -> WholeTask:
    """As one process of several has it: with a chain service of its own."""
    audit = AuditService(memory_app.stores.audit, memory_app.stores.alerts, memory_app.sealer, memory_app.clock)
    task = AuditDays(
        hospitals=memory_app.hospitals,
        alerts=memory_app.stores.alerts,
        short_lived=memory_app.stores.short_lived,
        employees=memory_app.stores.staff,
        entries=memory_app.stores.audit,
        audit=audit,
        staff_audit=memory_app.staff_audit,
        clock=memory_app.clock,
    )
    return WholeTask(memory_app.hospitals, task.piece)


async def test_each_day_s_head_is_told_to_finance_once_and_finds_a_cut_end() -> None:
    memory_app = InMemoryApp()
    await an_employee(memory_app, "5001", Role.FINANCE, name="钱财务")
    await refunded(memory_app)
    await days(memory_app).once()
    assert memory_app.chat_told("openid-5001") == [], "the day is not over"
    head = (await memory_app.stores.audit.latest(HOSPITAL, 1))[0]
    memory_app.clock.forward(24 * 3600)
    workers = [days(memory_app) for _ in range(3)]
    await asyncio.gather(*(worker.once() for worker in workers))
    told = [text for _, text in memory_app.chat_told("openid-5001")]
    assert len(told) == 1
    shown = told[0].split("校验码 ")[1].split("\n")[0]
    assert shown.replace(" ", "") == head.mac[:SHOWN_CHARS]
    closed = [entry for entry in chain(memory_app).values() if entry.what == DAY_CLOSED]
    assert [(entry.detail["head"], entry.day > head.day) for entry in closed] == [(head.mac, True)]
    assert (await checked(memory_app, head=shown, day=head.day)).problems == []
    del chain(memory_app)[(HOSPITAL, closed[0].number)]
    del chain(memory_app)[(HOSPITAL, head.number)]
    assert [p for p in (await checked(memory_app, head=shown)).problems if "cut off" in p]


async def test_when_nobody_holds_the_head_a_person_is_alerted_and_the_day_is_closed_all_the_same() -> None:
    memory_app = InMemoryApp()
    await refunded(memory_app)
    memory_app.clock.forward(24 * 3600)
    for _ in range(3):
        await days(memory_app).once()
    assert [alert.kind for alert in await memory_app.alerts()] == ["audit_head_unheld"]
    assert len([entry for entry in chain(memory_app).values() if entry.what == DAY_CLOSED]) == 1


async def test_a_closed_day_looked_at_again_every_minute_is_no_difference() -> None:
    memory_app = InMemoryApp()
    await refunded(memory_app)
    await an_employee(memory_app, "5001", Role.FINANCE)
    memory_app.clock.forward(24 * 3600)
    for _ in range(3):
        await days(memory_app).once()
        memory_app.clock.forward(60)
    assert await memory_app.alerts() == []
    assert len([entry for entry in chain(memory_app).values() if entry.what == DAY_CLOSED]) == 1


async def test_finance_who_has_long_been_silent_gets_the_head_by_template_once() -> None:
    memory_app = InMemoryApp()
    await an_employee(memory_app, "5001", Role.FINANCE)
    await refunded(memory_app)
    memory_app.hospital.chats["wechat"].silent = {"openid-5001"}  # type: ignore[attr-defined]
    head = (await memory_app.stores.audit.latest(HOSPITAL, 1))[0]
    memory_app.clock.forward(24 * 3600)
    for _ in range(3):
        await days(memory_app).once()
    [(to, notice, number)] = [sent for sent in memory_app.messenger.named("send") if sent[1].purpose == "audit_head"]
    assert (to.subject, number) == ("openid-5001", f"audit_head-{head.day}-5001")
    shown = notice.values["head"]
    assert (notice.values["day"], notice.values["last"]) == (head.day.isoformat(), str(head.number))
    assert (await checked(memory_app, head=shown)).problems == []
    assert await memory_app.alerts() == []
    template = next(one for one in OFFICIAL_ACCOUNT if one.purpose == "audit_head")
    rows = official_account_filled(template.template_id, data_of(template.values, notice.values))[1]
    assert [value for _, value in rows][2] == shown
    form = next(one for one in LIFE_ACCOUNT if one.purpose == "audit_head")
    assert life_account_filled(
        form.template_id, {word: {"value": notice.values[name]} for word, name in form.values.items()}
    )


@pytest.mark.parametrize("follows", [True, False])
async def test_where_neither_chat_nor_template_reaches_finance_a_person_is_alerted(follows: bool) -> None:
    """Not following, or a template that the platform refuses for good."""
    memory_app = InMemoryApp(a_hospital(messengers={"wechat": RecordingMessenger(follows=follows)}))
    await an_employee(memory_app, "5001", Role.FINANCE)
    await refunded(memory_app)
    memory_app.hospital.chats["wechat"].silent = {"openid-5001"}  # type: ignore[attr-defined]
    memory_app.clock.forward(24 * 3600)
    if follows:
        memory_app.messenger.will("send", OutsideRefusal("wechat", "40037"))
    for _ in range(3):
        await days(memory_app).once()
        memory_app.clock.forward(3600)
    assert [alert.kind for alert in await memory_app.alerts()] == ["audit_head_unheld"]


async def test_an_unclear_answer_is_tried_again_until_the_head_is_held() -> None:
    memory_app = InMemoryApp()
    await an_employee(memory_app, "5001", Role.FINANCE)
    await refunded(memory_app)
    memory_app.hospital.chats["wechat"].silent = {"openid-5001"}  # type: ignore[attr-defined]
    memory_app.clock.forward(24 * 3600)
    memory_app.messenger.will("send", NotSent("wechat"))
    for _ in range(4):
        await days(memory_app).once()
        memory_app.clock.forward(660)
    assert [notice.purpose for _, notice, _ in memory_app.messenger.named("send")].count("audit_head") == 2
    assert await memory_app.alerts() == []
