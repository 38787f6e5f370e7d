"""One payment in the console: which are listed, who looks, what channel and HIS say of it, and every no in its words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from server.alerts.model import Alert
from server.console import payment_room
from server.console.live_room import StandingMoney
from server.console.payment_room import HisSays
from server.core.days import HOSPITAL_ZONE
from server.core.errors import BadInput, NotAllowed, NotFound, OutcomeUnknown, Refusal
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.trades import Trade, TradeState
from server.payments.unclaimed_model import UnclaimedMoney, UnclaimedState
from server.staff.model import Role, Staff
from tests.support.builders import HOSPITAL, a_payment
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.asyncio


async def said(asked: Awaitable[object], kind: type[Refusal]) -> str:
    with pytest.raises(Refusal) as raised:
        await asked
    assert type(raised.value) is kind
    return raised.value.user_message


async def finance(memory_app: InMemoryApp) -> Staff:
    return await (await an_employee(memory_app, "3001", Role.FINANCE, name="钱财务")).now()


async def booked(memory_app: InMemoryApp) -> str:
    payment = await paid(memory_app)
    await memory_app.work()
    return payment.id


class TestADay:
    async def test_is_the_hospital_s(self) -> None:
        memory_app = InMemoryApp()
        actor, begins = await finance(memory_app), datetime(2026, 11, 23, tzinfo=HOSPITAL_ZONE)
        moments = (-timedelta(milliseconds=1), timedelta(), timedelta(days=1, milliseconds=-1), timedelta(days=1))
        for number, after in enumerate(moments):
            payment = replace(a_payment(), id=f"Z{number}", claims=(), created_at=begins + after)
            await memory_app.stores.payments.insert(payment)
        room = memory_app.console.payments
        assert [one.id for one in await room.on_day(actor, date(2026, 11, 23))] == ["Z2", "Z1"]
        later = begins + timedelta(days=3), ""
        assert [one.id for one in await room.on_day(actor, date(2026, 11, 23), later)] == ["Z2", "Z1"], "no later page"

    async def test_is_one_of_two_centuries(self) -> None:
        memory_app = InMemoryApp()
        room, actor = memory_app.console.payments, await finance(memory_app)
        for year in (1999, 2200):
            assert await said(room.on_day(actor, date(year, 6, 1)), BadInput) == "日期不正确。"
        for year in (2000, 2199):
            assert await room.on_day(actor, date(year, 6, 1)) == ()


async def test_what_is_not_there_and_who_may_not_look() -> None:
    memory_app = InMemoryApp()
    room, actor = memory_app.console.payments, await finance(memory_app)
    admin = await (await an_employee(memory_app, "9001", Role.ADMIN, name="管理甲")).now()
    cashier = await (await an_employee(memory_app)).now()
    payment_id = await booked(memory_app)
    assert await said(room.look(actor, "nothing"), NotFound) == "没有找到这笔支付。"
    for asked in (
        room.look(admin, payment_id), room.open(admin, payment_id), room.on_day(admin, date(2026, 11, 23)),
        room.ask_channel(admin, payment_id), room.ask_his(admin, payment_id), room.under_way(cashier),
    ):  # fmt: skip
        assert await said(asked, NotAllowed) == "您的岗位不能进行这个操作。"


async def test_a_payment_that_was_changed_in_the_database_is_looked_at_without_a_line() -> None:
    memory_app = InMemoryApp()
    payment_id, actor = await booked(memory_app), await finance(memory_app)
    stored = memory_app.stores.payments.documents  # type: ignore[attr-defined]
    stored[payment_id] = replace(stored[payment_id], return_reason="other")
    seen = await memory_app.console.payments.look(actor, payment_id)
    assert seen.tampered
    assert await memory_app.payment(payment_id) == seen


async def test_what_is_under_way_has_the_stuck_ones_first_and_nothing_that_is_over() -> None:
    memory_app = InMemoryApp()
    payment_id, actor = await booked(memory_app), await finance(memory_app)
    payment = await memory_app.payment(payment_id)
    states = (RefundState.RELEASED, RefundState.SUCCEEDED, RefundState.ABNORMAL, RefundState.REQUESTED)
    refunds = tuple(
        Refund(
            id=f"{payment.id}R{number:02}", amount_fen=1, origin=RefundOrigin.STAFF, reason="other", state=state,
            at=memory_app.clock.now(),
        )
        for number, state in enumerate(states, 1)
    )  # fmt: skip
    await memory_app.stores.payments.save(payment, replace(payment, refunds=refunds, version=payment.version + 1))
    found = await memory_app.console.payments.under_way(actor)
    assert [refund.state for _, refund in found] == [RefundState.ABNORMAL, RefundState.RELEASED]


async def test_what_was_written_beside_a_refund_is_opened_for_the_page() -> None:
    memory_app = InMemoryApp()
    payment = await memory_app.payment(await booked(memory_app))
    refunds = tuple(
        Refund(
            id=f"R{number}", amount_fen=1, origin=RefundOrigin.STAFF, reason="other", state=RefundState.REQUESTED,
            at=memory_app.clock.now(),
            note=memory_app.sealer.seal(f"refund_note:{payment.id}", note.encode()) if note else "",
            his_words=memory_app.sealer.seal(f"his_words:{payment.id}", words.encode()) if words else "",
        )
        for number, (note, words) in enumerate((("张测试重复", ""), ("", "已发药")))
    )  # fmt: skip
    said_of = memory_app.console.payments.said(replace(payment, refunds=refunds))
    assert said_of == {"R0": ("张测试重复", ""), "R1": ("", "已发药")}


class TestAsking:
    async def test_the_channel_says_what_it_has(self, monkeypatch: pytest.MonkeyPatch) -> None:
        memory_app = InMemoryApp()
        payment_id, actor = await booked(memory_app), await finance(memory_app)
        payment, says = await memory_app.console.payments.ask_channel(actor, payment_id)
        assert (payment.id, says.differs, says.refunds) == (payment_id, (), ())
        assert says.trade is not None
        told = replace(says.trade, amount_fen=1235)

        async def another(*asked: object) -> Trade:
            return told

        monkeypatch.setattr(memory_app.channel, "query", another)
        _, says = await memory_app.console.payments.ask_channel(actor, payment_id)
        assert (says.trade, len(says.differs)) == (told, 1)
        told = replace(told, state=TradeState.CLOSED)
        _, says = await memory_app.console.payments.ask_channel(actor, payment_id)
        assert says.differs == (), "of a trade without money nothing is compared"
        monkeypatch.undo()
        memory_app.channel.will("query", OutcomeUnknown("wechatpay", "silent"))
        _, says = await memory_app.console.payments.ask_channel(actor, payment_id)
        assert (says.trade, says.differs) == (None, ())

    async def test_a_payment_without_a_channel_has_none_to_ask(self) -> None:
        memory_app = InMemoryApp()
        payment = await memory_app.payment(await booked(memory_app))
        free = replace(payment, id="ZF20261123FREE00000000", parts=(), claims=())
        await memory_app.stores.payments.insert(free)
        asked = memory_app.console.payments.ask_channel(await finance(memory_app), free.id)
        assert await said(asked, NotFound) == "这笔支付没有经过支付渠道。"

    async def test_the_his_says_what_it_has(self, monkeypatch: pytest.MonkeyPatch) -> None:
        memory_app = InMemoryApp()
        payment_id, actor = await booked(memory_app), await finance(memory_app)
        room = memory_app.console.payments
        _, says = await room.ask_his(actor, payment_id)
        assert says.booking is not None
        assert not says.silent
        memory_app.his.booked.clear()
        assert (await room.ask_his(actor, payment_id))[1] == HisSays(booking=None)
        memory_app.his.will("check", OutcomeUnknown("his", "silent"))
        assert (await room.ask_his(actor, payment_id))[1] == HisSays(booking=None, silent=True)

        async def hang(*asked: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(payment_room, "ASKED_S_MAX", 0.01)
        monkeypatch.setattr(memory_app.his, "check", hang)
        assert (await room.ask_his(actor, payment_id))[1] == HisSays(booking=None, silent=True)


async def test_money_that_waits_and_money_that_people_have_ended() -> None:
    memory_app = InMemoryApp()
    actor = await finance(memory_app)
    for number in range(24):
        state = UnclaimedState.SETTLED if number < 22 else UnclaimedState.OPEN
        money = UnclaimedMoney(
            hospital=HOSPITAL, id=f"wechat:{number:02}", channel="wechat", out_trade_no="X", transaction_id="4",
            kind="payment", amount_fen=1, reason="no_payment", at=memory_app.clock.now() + timedelta(minutes=number),
            state=state,
        )  # fmt: skip
        await memory_app.stores.unclaimed.insert(money)
    room = memory_app.console.money
    assert [one.id for one in await room.unclaimed(actor)] == ["wechat:23", "wechat:22"]
    settled = await room.settled(actor)
    assert (len(settled), settled[0].id) == (20, "wechat:21")
    cashier = await (await an_employee(memory_app)).now()
    for asked in (room.unclaimed(cashier), room.settled(cashier)):
        await said(asked, NotAllowed)


async def test_money_on_one_side_is_shown_the_oldest_first() -> None:
    memory_app = InMemoryApp()
    actor, now = await finance(memory_app), memory_app.clock.now()
    for number, minutes in ((1, 5), (2, 1)):
        alert = Alert(
            hospital=HOSPITAL, id=f"ZF{number}:one_sided:not_booked", kind="one_sided",
            text=f"ZF{number} not_booked:x {number}00", at=now + timedelta(minutes=minutes),
        )  # fmt: skip
        await memory_app.stores.alerts.raise_alert(alert)
    standing = await memory_app.services.console.live.standing(actor)
    assert standing == (
        StandingMoney(payment_id="ZF2", what="not_booked", fen=200, since=now + timedelta(minutes=1)),
        StandingMoney(payment_id="ZF1", what="not_booked", fen=100, since=now + timedelta(minutes=5)),
    )
    cashier = await (await an_employee(memory_app)).now()
    await said(memory_app.services.console.live.standing(cashier), NotAllowed)
