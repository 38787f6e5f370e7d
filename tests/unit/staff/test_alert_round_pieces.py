"""The rounds piece by piece: where one ends and goes on, what is left standing, and what the worker's log says."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from server.alerts.model import Alert, AlertState
from server.core.errors import NotSent, OutsideRefusal
from server.effects.model import EffectKind
from server.effects.recurring import Piece
from server.staff import alert_rounds
from server.staff.model import Role
from tests.support.builders import HOSPITAL
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import RecordingMessenger, a_hospital
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.asyncio


async def raise_one(memory_app: InMemoryApp, name: str, kind: str = "unclaimed_money") -> None:
    alert = Alert(hospital=HOSPITAL, id=name, kind=kind, text=name, at=memory_app.clock.now())
    await memory_app.stores.alerts.raise_alert(alert)


async def piece(memory_app: InMemoryApp, place: str = "") -> Piece:
    return await memory_app.composition.timetables.tasks[EffectKind.ALERT_ROUND].piece(HOSPITAL, place)


async def test_a_piece_looks_at_page_after_page_until_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app = InMemoryApp()
    for number in range(3):
        await raise_one(memory_app, f"unclaimed:wechat:{number}")
    monkeypatch.setattr(alert_rounds, "PAGE", 1)
    assert await piece(memory_app) == Piece()
    monkeypatch.setattr(alert_rounds, "PIECE", timedelta())
    first = await piece(memory_app)
    assert first == Piece("unclaimed:wechat:0", more=True), "its last moment is over"
    assert await piece(memory_app, first.place) == Piece("unclaimed:wechat:1", more=True)


async def test_of_a_payment_that_is_not_there_nothing_is_known_and_its_alert_stands() -> None:
    memory_app = InMemoryApp()
    await raise_one(memory_app, "ZF1:refund_abnormal:ZF1R01", "refund_abnormal")
    memory_app.clock.forward(3600)
    await piece(memory_app)
    [alert] = await memory_app.alerts()
    assert alert.live


async def test_what_has_no_lasting_cause_stays_closed_once_a_person_has_closed_it() -> None:
    memory_app = InMemoryApp()
    finance = await an_employee(memory_app, "5001", Role.FINANCE)
    payment = await paid(memory_app)
    name = f"{payment.id}:refund_in_merchant_console:503"
    await raise_one(memory_app, name, "refund_in_merchant_console")
    await memory_app.console.alerts.close(await finance.now(), [name], "known", "已核对")
    memory_app.clock.forward(days=1)
    await piece(memory_app)
    [alert] = await memory_app.alerts()
    assert (alert.state, alert.opened, alert.due_at) == (AlertState.CLOSED, 1, None)


async def test_an_alert_that_is_raised_between_the_look_and_the_write_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    name = f"{payment.id}:payment_unreadable"
    await raise_one(memory_app, name, "payment_unreadable")
    memory_app.clock.forward(3600)
    real = memory_app.stores.payments.get

    async def raised_meanwhile(hospital: str, payment_id: str) -> object:
        await raise_one(memory_app, name, "payment_unreadable")
        return await real(hospital, payment_id)

    monkeypatch.setattr(memory_app.stores.payments, "get", raised_meanwhile, raising=False)
    await piece(memory_app)
    [alert] = await memory_app.alerts()
    assert (alert.live, alert.raised_at) == (True, memory_app.clock.now())


async def test_what_another_worker_has_just_told_is_not_told_again() -> None:
    memory_app = InMemoryApp()
    await an_employee(memory_app, "5001", Role.FINANCE)
    await raise_one(memory_app, "unclaimed:wechat:1")
    now = memory_app.clock.now()
    await memory_app.stores.short_lived.put_once("alerts_told", HOSPITAL, "", now, now + timedelta(minutes=10))
    await piece(memory_app)
    assert memory_app.chat_told("openid-5001") == []
    memory_app.clock.forward(minutes=10)
    await piece(memory_app)
    assert len(memory_app.chat_told("openid-5001")) == 1


async def test_what_comes_within_ten_minutes_of_a_message_stands_in_the_next_one() -> None:
    memory_app = InMemoryApp()
    await an_employee(memory_app, "5001", Role.FINANCE)
    await raise_one(memory_app, "unclaimed:wechat:1")
    await piece(memory_app)
    await raise_one(memory_app, "unclaimed:wechat:2")
    for seconds, messages in ((599, 1), (1, 2)):
        memory_app.clock.forward(seconds)
        await piece(memory_app)
        assert len(memory_app.chat_told("openid-5001")) == messages


async def test_the_log_says_what_stands_and_who_could_not_be_told(caplog: pytest.LogCaptureFixture) -> None:
    memory_app = InMemoryApp(a_hospital(messengers={"wechat": RecordingMessenger(follows=False)}))
    for number in ("5001", "5002"):
        await an_employee(memory_app, number, Role.FINANCE)
    memory_app.hospital.chats["wechat"].silent = {"openid-5001", "openid-5002"}  # type: ignore[attr-defined]
    memory_app.messenger.will("send", OutsideRefusal("wechat", "40037"), NotSent("wechat"))
    await raise_one(memory_app, "unclaimed:wechat:1")
    with caplog.at_level(logging.WARNING, "zhenfu.alerts"):
        await piece(memory_app)
        memory_app.clock.forward(minutes=10)
        await piece(memory_app)
    assert [line.getMessage() for line in caplog.records] == [
        "alerts hospital=demo standing=1 said=1 over=0",
        "alerts refused hospital=demo code=40037",
        "alerts not told hospital=demo why=NotSent",
        "alerts hospital=demo standing=1 said=1 over=0",
        "alerts hospital=demo nobody can be told: they stand in the console",
    ]
