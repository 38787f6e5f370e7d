"""The small rooms of the console: who enters, what a list shows and where it ends, what is kept under which name."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from server.alerts.model import Alert
from server.console.rules import Room, rooms_of
from server.core.errors import BadInput, LinkExpired, NotAllowed, NotFound, NotSent, Refusal
from server.payments.rules.search import PaymentSearch
from server.staff.model import Role, Staff
from tests.support.builders import CARD, HOSPITAL, PHONE
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.asyncio


async def said(asked: Awaitable[object], kind: type[Refusal]) -> str:
    with pytest.raises(Refusal) as raised:
        await asked
    assert type(raised.value) is kind
    return raised.value.user_message


async def finance(memory_app: InMemoryApp, number: str = "3001") -> Employee:
    return await an_employee(memory_app, number, Role.FINANCE, name="钱财务")


@pytest.mark.parametrize(
    ("role", "rooms"),
    [
        (Role.CASHIER, {Room.PAYMENTS, Room.MANUAL}),
        (Role.APPROVER, {Room.PAYMENTS, Room.MANUAL}),
        (Role.FINANCE, set(Room) - {Room.STAFF}),
        (Role.ADMIN, {Room.ALERTS, Room.STAFF, Room.AUDIT, Room.MANUAL}),
    ],
)
async def test_each_role_has_its_rooms(role: Role, rooms: set[Room]) -> None:
    one = await an_employee(InMemoryApp(), "1001", role)
    assert set(rooms_of(await one.now())) == rooms


class TestAlerts:
    async def room_with(self, count: int) -> tuple[InMemoryApp, Staff, list[str]]:
        memory_app = InMemoryApp()
        names = [f"unclaimed:wechat:{number:03}" for number in range(count)]
        for name in names:
            memory_app.clock.forward(1)
            alert = Alert(hospital=HOSPITAL, id=name, kind="unclaimed_money", text=name, at=memory_app.clock.now())
            await memory_app.stores.alerts.raise_alert(alert)
        return memory_app, await (await finance(memory_app)).now(), names

    async def test_a_hundred_are_shown_and_acted_on_at_once(self) -> None:
        memory_app, actor, names = await self.room_with(102)
        room = memory_app.console.alerts
        assert [alert.id for alert in await room.of_kind(actor, "unclaimed_money")] == names[:100]
        assert await room.take(actor, names) == 100
        assert await room.take(actor, [names[0], names[0]]) == 1

    async def test_the_newest_twenty_that_are_closed_are_shown_with_what_was_written(self) -> None:
        memory_app, actor, names = await self.room_with(24)
        room = memory_app.console.alerts
        assert await room.close(actor, names[:22], "handled", f"  {'记' * 201} ") == 22
        closed = await room.closed(actor)
        assert len(closed) == 20
        assert {note for _, note in closed} == {"记" * 200}
        assert {alert.why for alert, _ in closed} == {"handled"}
        [standing] = await room.standing(actor)
        assert (standing.open, standing.taken) == (2, 0)

    async def test_a_note_is_only_what_a_person_wrote(self) -> None:
        memory_app, actor, names = await self.room_with(1)
        await memory_app.stores.alerts.change(
            HOSPITAL,
            names[0],
            lambda alert: replace(alert, state="closed", version=alert.version + 1),  # type: ignore[arg-type]
        )
        assert [note for _, note in await memory_app.console.alerts.closed(actor)] == [""]

    async def test_what_is_asked_for_is_whole(self) -> None:
        memory_app, actor, names = await self.room_with(1)
        room, why = memory_app.console.alerts, "请选择原因，并写明怎么处理的。"
        for reason, note in (("", "已处理"), ("cause_gone", "已处理"), ("handled", " ")):
            assert await said(room.close(actor, names, reason, note), BadInput) == why
        assert await said(room.take(actor, []), BadInput) == "请先选择告警。"
        assert await said(room.close(actor, [], "handled", "已处理"), BadInput) == "请先选择告警。"
        assert [alert.live for alert in await memory_app.alerts()] == [True]

    async def test_one_that_is_closed_meanwhile_is_left_alone(self) -> None:
        memory_app, actor, names = await self.room_with(1)
        room = memory_app.console.alerts
        await room.close(actor, names, "handled", "已处理")
        [before] = await memory_app.alerts()
        assert await room.take(actor, names) == 1
        assert await memory_app.alerts() == [before]
        assert before.audited_lines == 1

    async def test_an_act_is_sealed_at_once_or_by_the_next_round(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        memory_app, actor, names = await self.room_with(1)

        async def fail(entry: object) -> None:
            raise NotSent("audit", "the machine stopped here")

        monkeypatch.setattr(memory_app.stores.audit, "append", fail)
        with caplog.at_level(logging.WARNING, "zhenfu.alerts"):
            await memory_app.console.alerts.take(actor, names)
        assert [line.getMessage() for line in caplog.records] == ["alert not sealed yet hospital=demo why=NotSent"]
        assert [(alert.audited_lines, len(alert.acts)) for alert in await memory_app.alerts()] == [(0, 1)]

    async def test_only_finance_and_admins_come_in(self) -> None:
        memory_app, _, names = await self.room_with(1)
        room, actor = memory_app.console.alerts, await (await an_employee(memory_app)).now()
        asked: list[Awaitable[object]] = [
            room.standing(actor), room.of_kind(actor, "unclaimed_money"), room.closed(actor), room.take(actor, names),
            room.close(actor, names, "handled", "已处理"),
        ]  # fmt: skip
        for one in asked:
            await said(one, NotAllowed)
        assert [alert.live for alert in await memory_app.alerts()] == [True]


class TestSearching:
    async def test_what_is_typed_is_a_number_or_a_filter(self) -> None:
        memory_app = InMemoryApp()
        search, actor = memory_app.console.search, await (await finance(memory_app)).now()
        nothing = "请输入单号、手机号或就诊卡号，或选择条件。"
        assert await said(search.begin(actor, PaymentSearch(words=" ")), BadInput) == nothing
        long = "输入的内容太长，请只输入一个号码。"
        assert await said(search.begin(actor, PaymentSearch(words="9" * 65)), BadInput) == long
        ticket, _ = await search.begin(actor, PaymentSearch(words="9" * 64))
        assert len(ticket) == 16
        assert (await search.begin(actor, PaymentSearch(department="测试内科")))[0]

    async def test_one_s_own_number_leads_to_the_payment_and_a_person_s_to_the_list(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        await memory_app.work()
        search, actor = memory_app.console.search, await (await finance(memory_app)).now()
        for words in (payment.id, payment.id[-6:]):
            assert await search.begin(actor, PaymentSearch(words=words)) == ("", payment.id)
        for words in (CARD, PHONE[-4:]):
            ticket, there = await search.begin(actor, PaymentSearch(words=words))
            assert (bool(ticket), there) == (True, "")
            assert [one.id for one in (await search.found(actor, ticket))[1].payments] == [payment.id]

    async def test_a_search_is_whoever_typed_it_s_for_half_an_hour(self) -> None:
        memory_app = InMemoryApp()
        search = memory_app.console.search
        actor, other = [await (await finance(memory_app, number)).now() for number in ("3001", "3002")]
        ticket, _ = await search.begin(actor, PaymentSearch(words=CARD))
        gone = "搜索已过期，请重新搜索。"
        for asked in (search.found(other, ticket), search.export(other, ticket), search.found(actor, "x")):
            assert await said(asked, LinkExpired) == gone
        assert await said(search.found(replace(actor, hospital="other"), ticket), LinkExpired) == gone
        memory_app.clock.forward(minutes=30, seconds=-1)
        assert (await search.found(actor, ticket))[0].words == CARD
        memory_app.clock.forward(1)
        assert await said(search.found(actor, ticket), LinkExpired) == gone

    async def test_what_is_picked_is_exported(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        await memory_app.work()
        search, actor = memory_app.console.search, await (await finance(memory_app)).now()
        ticket, _ = await search.begin(actor, PaymentSearch(words=CARD))
        for picked, found in (((), 1), ((payment.id,), 1), (("ZF1",), 0)):
            told, answer = await search.export(actor, ticket, picked)
            assert (told.words, len(answer.payments)) == (CARD, found)

    async def test_a_view_has_no_words_and_no_days(self) -> None:
        memory_app = InMemoryApp()
        search, one = memory_app.console.search, await finance(memory_app)
        day = date(2026, 11, 23)
        asked = PaymentSearch(words=CARD, since=day, until=day, department="测试内科")
        ticket, _ = await search.begin(await one.now(), asked)
        await search.save(await one.now(), ticket, "内科")
        assert search.view(await one.now(), "内科") == PaymentSearch(department="测试内科")


class TestViews:
    async def test_have_a_name_of_twenty_characters_and_are_twenty(self) -> None:
        memory_app = InMemoryApp()
        views, one = memory_app.console.search.views, await finance(memory_app)
        words = "请给常用查询起个名字，最多 20 字。"
        for name in ("", " ", "名" * 21):
            assert await said(views.keep(await one.now(), name, {}), BadInput) == words
        for number in range(20):
            await views.keep(await one.now(), f"{'名' * 18}{number:02}", {"n": number})
        most = "常用查询最多 20 个，请先删掉不用的。"
        assert await said(views.keep(await one.now(), "又一个", {}), BadInput) == most
        await views.keep(await one.now(), f"{'名' * 18}00", {"n": 99})
        assert views.facts(await one.now(), f"{'名' * 18}00") == {"n": 99}, "in place of the one of that name"
        assert len(views.names(await one.now())) == 20
        await memory_app.console.differences.views.keep(await one.now(), "又一个", {"n": 1})

    async def test_are_of_their_room(self) -> None:
        memory_app = InMemoryApp()
        mine, others, one = (
            memory_app.console.search.views, memory_app.console.differences.views, await finance(memory_app),
        )  # fmt: skip
        await mine.keep(await one.now(), "甲", {"n": 1})
        await others.keep(await one.now(), "甲", {"n": 2})
        assert [views.facts(await one.now(), "甲") for views in (mine, others)] == [{"n": 1}, {"n": 2}]
        await others.drop(await one.now(), "甲")
        assert (mine.names(await one.now()), others.names(await one.now())) == (["甲"], [])
        with pytest.raises(NotFound) as refused:
            others.facts(await one.now(), "甲")
        assert refused.value.user_message == "没有这个常用查询。"
        before = await one.now()
        old = replace(before, version=before.version + 1, views=(("旧", '{"n": 3}'),))
        await memory_app.stores.staff.save(before, old)
        assert (mine.names(old), others.names(old)) == (["旧"], []), "from before rooms were written down"


async def test_figures_are_of_this_month_and_of_the_one_before() -> None:
    memory_app = InMemoryApp()
    room = memory_app.console.figures
    assert room.usual() == (date(2026, 11, 1), date(2026, 11, 23))
    assert room.month_before() == (date(2026, 10, 1), date(2026, 10, 31))
    memory_app.clock.forward(timedelta(days=8).total_seconds())
    assert room.usual() == (date(2026, 12, 1), date(2026, 12, 1))
    assert room.month_before() == (date(2026, 11, 1), date(2026, 11, 30))


async def test_who_looks_at_the_books_stands_in_the_chain() -> None:
    memory_app = InMemoryApp()
    one = await finance(memory_app)
    first, last = date(2026, 11, 1), date(2026, 11, 2)
    await memory_app.console.figures.books(await one.now(), first, last)
    [entry] = await memory_app.stores.audit.latest(HOSPITAL, 1)
    assert (entry.what, dict(entry.detail)) == (
        "staff_listed", {"door": "console", "list": "2026-11-01/2026-11-02"},
    )  # fmt: skip
    cashier = await (await an_employee(memory_app)).now()
    await said(memory_app.console.figures.books(cashier, first, last), NotAllowed)
