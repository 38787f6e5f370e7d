"""The console's use cases where handler tests do not reach: races, silence, other hospitals."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from server.console import payment_room
from server.core.days import hospital_day
from server.core.errors import NotAllowed, NotFound, StoreUnavailable
from server.payments import sides
from server.payments.model import VIEWED
from server.payments.refund_model import RefundState
from server.payments.rules.search import PaymentSearch
from server.refunds.rules.requests import RefundAsk, window_refund
from server.staff.model import RefundLimits, Role
from server.staff.proofs import Proof
from tests.support.builders import HOSPITAL, a_payment
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp, Unreachable
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.asyncio


async def test_a_channel_and_a_his_that_hang_are_waited_for_so_long_and_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    await memory_app.work()
    cashier = await (await an_employee(memory_app)).now()

    async def hang(*asked: object) -> None:
        await asyncio.Event().wait()

    for module in (payment_room, sides):
        monkeypatch.setattr(module, "ASKED_S_MAX", 0.01)
    monkeypatch.setattr(memory_app.channel, "query", hang)
    monkeypatch.setattr(memory_app.his, "check", hang)
    _, channel = await memory_app.console.payments.ask_channel(cashier, payment.id)
    _, his = await memory_app.console.payments.ask_his(cashier, payment.id)
    assert (channel.trade, his.silent) == (None, True)


async def test_a_look_that_could_not_be_noted_shows_nothing_and_is_noted_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    finance, cashier = [await an_employee(memory_app, number, Role.FINANCE) for number in ("3001", "3002")]
    look = memory_app.console.payments.look
    broken = Unreachable(memory_app.stores.payments, StoreUnavailable(), "save")
    monkeypatch.setattr(memory_app.stores.payments, "save", broken.save)
    with pytest.raises(StoreUnavailable):
        await look(await finance.now(), payment.id)
    monkeypatch.undo()
    for one, minutes in ((finance, 0), (finance, 59), (cashier, 0), (finance, 1)):
        memory_app.clock.forward(minutes=minutes)
        seen = await look(await one.now(), payment.id)
    assert [line.by for line in seen.history if line.what == VIEWED] == ["staff:3001", "staff:3002", "staff:3001"]


async def test_payments_of_another_hospital_are_not_there() -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    stranger = replace(await (await an_employee(memory_app)).now(), hospital="other", version=1, identity=None)
    await memory_app.stores.staff.insert(stranger)
    with pytest.raises(NotFound):
        await memory_app.console.payments.look(stranger, payment.id)
    assert await memory_app.console.payments.on_day(stranger, payment.created_at.date()) == ()


async def test_no_payment_falls_between_two_pages_of_a_day() -> None:
    """A busy morning: several in one millisecond, also where a page ends."""
    memory_app = InMemoryApp()
    finance = await an_employee(memory_app, "3001", Role.FINANCE)
    one, now = a_payment(memory_app.clock.now()), memory_app.clock.now()
    for number in range(60):
        at = now - timedelta(milliseconds=number // 7)
        await memory_app.stores.payments.insert(replace(one, id=f"ZF20261123{number:012}", claims=(), created_at=at))
    seen: list[str] = []
    before = None
    while page := await memory_app.console.payments.on_day(await finance.now(), hospital_day(now), before):
        seen += [payment.id for payment in page]
        before = page[-1].page_cursor
        assert len(page) <= payment_room.DAY_PAGE
    assert sorted(seen) == sorted(set(seen))
    assert len(seen) == 60


async def test_a_stuck_refund_stands_first_however_many_are_newer() -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    await memory_app.work()
    payment = await memory_app.payment(payment.id)
    finance = await (await an_employee(memory_app, "3001", Role.FINANCE)).now()
    for n in range(60):
        at = memory_app.clock.now() + timedelta(minutes=n)
        ask = RefundAsk(
            request_id=f"W{n}",
            amount_fen=1,
            lines=(),
            reason="window",
            note="",
            by="his",
            requested_via="his",
            approval_reasons=(),
        )
        one = window_refund(replace(payment, id=f"{payment.id[:-6]}W{n:05}", claims=(), created_at=at), ask, "W", at)
        stuck = replace(one.refunds[0], state=RefundState.RELEASED if n else RefundState.ABNORMAL)
        await memory_app.stores.payments.insert(replace(one, refunds=(stuck,)))
    under_way = await memory_app.console.payments.under_way(finance)
    assert (len(under_way), under_way[0][1].state) == (60, RefundState.ABNORMAL)


async def test_chat_console_and_window_at_once_never_give_back_more_than_was_paid() -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    await memory_app.work()
    chat, desk = [await an_employee(memory_app, number, name=f"员工{number}") for number in ("1001", "1002")]
    drafts = [await memory_app.refund_desk.draft(await one.now(), payment.id, 700, "other") for one in (chat, desk)]
    memory_app.clock.forward(30)
    now = memory_app.clock.now()
    at_window = RefundAsk(
        request_id="W1",
        amount_fen=700,
        lines=(),
        reason="window",
        note="",
        by="his",
        requested_via="his",
        approval_reasons=(),
    )
    doors = [
        memory_app.refund_desk.confirm(await one.now(), draft.draft.ticket, one.proof(), door)
        for one, draft, door in zip((chat, desk), drafts, ("chat", "console"), strict=True)
    ]
    window = memory_app.transitions.apply(
        HOSPITAL, payment.id, lambda current: window_refund(current, at_window, "HISR-1", now)
    )
    outcomes = await asyncio.gather(*doors, window, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert [type(outcome) for outcome in refused] == [NotAllowed, NotAllowed]
    after = await memory_app.payment(payment.id)
    assert (len(after.refunds), after.refunding_fen) == (1, 700)
    assert after.paid_fen == 1234


async def test_a_search_asks_for_the_role_again_when_it_is_shown() -> None:
    memory_app = InMemoryApp()
    await paid(memory_app)
    cashier = await (await an_employee(memory_app)).now()
    ticket, _ = await memory_app.console.search.begin(cashier, PaymentSearch(words="0001"))
    with pytest.raises(NotAllowed):
        await memory_app.console.search.found(replace(cashier, role=Role.ADMIN), ticket)


async def test_an_admin_s_acts_need_the_proof_and_change_nothing_without_it() -> None:
    memory_app = InMemoryApp()
    admin = await an_employee(memory_app, "9001", Role.ADMIN, name="管理甲")
    await an_employee(memory_app)
    before = await memory_app.staff.get(HOSPITAL, "1001")
    limits = RefundLimits(per_refund_fen=1, per_day_fen=2)
    office, wrong = memory_app.console.office, Proof(pin="908172", totp="000000")
    acts = (
        lambda actor: office.invite(actor, wrong, "1002", "孙收费", Role.CASHIER, limits),
        lambda actor: office.leave(actor, wrong, "1001"),
        lambda actor: office.propose(actor, wrong, "1001", Role.APPROVER, limits),
    )
    for act in acts:
        with pytest.raises(NotAllowed, match="proof"):
            await act(await admin.now())
    assert await memory_app.staff.get(HOSPITAL, "1001") == before
    assert [one.number for one in await memory_app.staff.everybody(HOSPITAL)] == ["1001", "9001"]
