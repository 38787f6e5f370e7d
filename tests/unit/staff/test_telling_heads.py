"""The head of a closed day as finance reads it, when the day is closed, and what the worker's log says."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from server.audit.model import DAY_CLOSED, AuditEntry
from server.core.days import hospital_day
from server.core.errors import NotSent, OutsideRefusal
from server.effects.model import EffectKind
from server.effects.recurring import Piece
from server.staff.model import Role
from tests.support.audit_chain import chain
from tests.support.builders import HOSPITAL
from tests.support.employees import an_employee, staff_that_cannot_seal
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import RecordingMessenger, a_hospital

pytestmark = pytest.mark.asyncio


async def piece(memory_app: InMemoryApp) -> Piece:
    return await memory_app.composition.timetables.tasks[EffectKind.AUDIT_DAY].piece(HOSPITAL, "")


async def finance(memory_app: InMemoryApp, *silent: str) -> AuditEntry:
    """Two of finance, of whom these can't be reached in the chat; the newest entry of the chain, a day later."""
    for number in ("5001", "5002"):
        await an_employee(memory_app, number, Role.FINANCE, name=f"财务{number}")
    memory_app.hospital.chats["wechat"].silent = {f"openid-{number}" for number in silent}  # type: ignore[attr-defined]
    [head] = await memory_app.stores.audit.latest(HOSPITAL, 1)
    memory_app.clock.forward(days=1)
    return head


def told(memory_app: InMemoryApp, number: str) -> list[str]:
    return [text for _, text in memory_app.chat_told(f"openid-{number}")]


async def test_what_finance_reads(caplog: pytest.LogCaptureFixture) -> None:
    memory_app = InMemoryApp()
    head = await finance(memory_app)
    with caplog.at_level(logging.INFO, "zhenfu.audit"):
        assert await piece(memory_app) == Piece()
    mark = f"{head.mac[:4]} {head.mac[4:8]} {head.mac[8:12]} {head.mac[12:16]}"
    text = f"审计日终 2026-11-23\n截至第{head.number}条\n校验码 {mark}\n请保存，核对时使用。"
    assert told(memory_app, "5001") == told(memory_app, "5002") == [text]
    assert [line.getMessage() for line in caplog.records] == [
        f"audit head hospital=demo day=2026-11-23 entries={head.number} head={head.mac}"
    ]


async def test_a_day_is_closed_ten_minutes_after_midnight() -> None:
    memory_app = InMemoryApp()
    await finance(memory_app)
    memory_app.clock.forward(hours=-24)
    memory_app.clock.forward(hours=14, minutes=40, seconds=-1)  # 00:09:59 in Shanghai
    assert hospital_day(memory_app.clock.now()).day == 24
    await piece(memory_app)
    assert told(memory_app, "5001") == []
    memory_app.clock.forward(seconds=1)
    await piece(memory_app)
    assert len(told(memory_app, "5001")) == 1
    assert [entry.what for entry in chain(memory_app).values()][-1] == DAY_CLOSED


async def test_a_head_that_one_person_holds_is_told() -> None:
    """Another one who could not be asked just now is not waited for."""
    memory_app = InMemoryApp()
    await finance(memory_app, "5001")
    memory_app.messenger.will("send", NotSent("wechat"))
    await piece(memory_app)
    memory_app.clock.forward(hours=1)
    await piece(memory_app)
    assert (len(told(memory_app, "5001")), len(told(memory_app, "5002"))) == (0, 1)
    assert len(memory_app.messenger.named("send")) == 1


async def test_what_another_worker_tells_now_is_left_to_it_for_ten_minutes() -> None:
    memory_app = InMemoryApp()
    await finance(memory_app)
    now = memory_app.clock.now()
    key = f"{HOSPITAL}:2026-11-23"
    await memory_app.stores.short_lived.put_once("audit_head", key, "telling", now, now + timedelta(minutes=10))
    await piece(memory_app)
    assert told(memory_app, "5001") == []
    memory_app.clock.forward(minutes=10)
    await piece(memory_app)
    assert len(told(memory_app, "5001")) == 1
    assert await memory_app.stores.short_lived.get("audit_head", key, memory_app.clock.now()) == "told"


async def test_what_a_crash_left_of_staff_is_sealed_first() -> None:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    await staff_that_cannot_seal(memory_app).leave(HOSPITAL, one.number, "staff:9001")
    await piece(memory_app)
    assert [entry.what for entry in chain(memory_app).values()][-1] == "staff_left"


async def test_where_nobody_holds_it_a_person_is_alerted_once_a_month(caplog: pytest.LogCaptureFixture) -> None:
    memory_app = InMemoryApp(a_hospital(messengers={"wechat": RecordingMessenger(follows=False)}))
    await finance(memory_app, "5001", "5002")
    memory_app.messenger.will("send", OutsideRefusal("wechat", "40037"))
    with caplog.at_level(logging.WARNING, "zhenfu.audit"):
        await piece(memory_app)
    [alert] = await memory_app.alerts()
    assert (alert.id, alert.kind) == ("audit_head_unheld:2026-11", "audit_head_unheld")
    assert alert.text == "no finance staff could be told the audit head of 2026-11-23; it is in the worker's log"
    assert [line.getMessage() for line in caplog.records] == ["audit head refused hospital=demo code=40037"]


async def test_who_may_be_told_later_is_tried_again_and_nobody_is_alerted(caplog: pytest.LogCaptureFixture) -> None:
    memory_app = InMemoryApp(a_hospital(messengers={"wechat": RecordingMessenger(follows=False)}))
    await finance(memory_app, "5001", "5002")
    memory_app.messenger.will("send", NotSent("wechat"))
    with caplog.at_level(logging.WARNING, "zhenfu.audit"):
        await piece(memory_app)
    assert await memory_app.alerts() == []
    assert [line.getMessage() for line in caplog.records] == ["audit head not told hospital=demo why=NotSent"]
    memory_app.clock.forward(minutes=10)
    await piece(memory_app)
    assert len(memory_app.messenger.named("send")) == 4, "both are asked again"
