"""The console's login where handler tests do not reach: two phones, two logins, strangers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from server.console.sessions import ConsoleSessions
from server.core.errors import LinkExpired, LoginNeeded, NotFound
from tests.support.builders import HOSPITAL
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio


async def test_of_two_phones_one_lets_the_computer_in() -> None:
    memory_app = InMemoryApp()
    people = [await (await an_employee(memory_app, number, name=f"员工{number}")).now() for number in ("1001", "1002")]
    asking, _ = memory_app.console.login.begin(HOSPITAL, "here")
    answers = [memory_app.console.login.answer(one, asking.ticket, agrees=True) for one in people]
    outcomes = await asyncio.gather(*answers, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [LinkExpired]


async def test_of_two_logins_with_one_code_one_comes_in() -> None:
    memory_app = InMemoryApp()
    cashier = await an_employee(memory_app)
    asking, cookie = memory_app.console.login.begin(HOSPITAL, "here")
    await memory_app.console.login.answer(await cashier.now(), asking.ticket, agrees=True)
    old, new = cashier.proof(), cashier.proof()
    outcomes = await asyncio.gather(
        *(memory_app.console.login.finish(cookie, proof) for proof in (old, new)), return_exceptions=True
    )
    assert [isinstance(outcome, str) for outcome in outcomes].count(True) == 1
    with pytest.raises(LoginNeeded):
        await memory_app.console.login.finish(cookie, cashier.proof())


async def test_nobody_comes_in_whom_no_phone_has_confirmed() -> None:
    memory_app = InMemoryApp()
    cashier = await an_employee(memory_app)
    _, cookie = memory_app.console.login.begin(HOSPITAL, "here")
    with pytest.raises(LoginNeeded):
        await memory_app.console.login.finish(cookie, cashier.proof())
    assert (await cashier.now()).failures == 0


async def test_a_code_is_of_its_hospital() -> None:
    memory_app = InMemoryApp()
    cashier = await (await an_employee(memory_app)).now()
    asking, _ = memory_app.console.login.begin(HOSPITAL, "here")
    with pytest.raises(LinkExpired):
        await memory_app.console.login.look(replace(cashier, hospital="other"), asking.ticket)
    with pytest.raises(NotFound):
        memory_app.console.login.begin("other", "here")


async def test_strangers_who_open_the_login_page_use_nothing_up() -> None:
    memory_app = InMemoryApp()
    cashier = await an_employee(memory_app)
    for _ in range(1000):
        memory_app.console.login.begin(HOSPITAL, "here")
    asking, cookie = memory_app.console.login.begin(HOSPITAL, "here")
    await memory_app.console.login.answer(await cashier.now(), asking.ticket, agrees=True)
    assert await memory_app.console.login.finish(cookie, cashier.proof())


async def test_a_ticket_alone_or_another_cookie_lets_nobody_in() -> None:
    memory_app = InMemoryApp()
    cashier = await an_employee(memory_app)
    mine, _ = memory_app.console.login.begin(HOSPITAL, "here")
    other, others = memory_app.console.login.begin(HOSPITAL, "here")
    await memory_app.console.login.answer(await cashier.now(), mine.ticket, agrees=True)
    for tried in (mine.ticket, f".{mine.ticket}", f"{others.partition('.')[0]}.{mine.ticket}", others, "", "x.y.z"):
        with pytest.raises(LoginNeeded):
            await memory_app.console.login.finish(tried, cashier.proof())
    with pytest.raises(LinkExpired):
        await memory_app.console.login.look(await cashier.now(), mine.ticket[:-2])
    assert other.code != mine.code


async def test_who_logs_out_while_another_page_loads_stays_out() -> None:
    memory_app = InMemoryApp()
    cashier = await an_employee(memory_app)
    sessions = memory_app.console.sessions
    session_id = await sessions.open(await cashier.now())
    memory_app.clock.forward(minutes=5)

    class LogsOutMeanwhile:
        async def get(self, hospital: str, number: str) -> Any:
            await sessions.close(session_id)
            return await memory_app.stores.staff.get(hospital, number)

    racing = ConsoleSessions(
        memory_app.stores.short_lived,
        LogsOutMeanwhile(),
        memory_app.sealer,
        memory_app.clock,
        memory_app.ids,  # type: ignore[arg-type]
    )
    await racing.staff(session_id)
    with pytest.raises(LoginNeeded):
        await sessions.staff(session_id)
