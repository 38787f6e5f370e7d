"""The console's login line by line: how long a code is good, what each side is told, every no in its words."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import LinkExpired, LoginNeeded, NotAllowed, NotFound, Refusal, StoreUnavailable
from server.staff.model import Staff
from tests.support.builders import HOSPITAL
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
EXPIRED = "登录码已过期或已使用，请在电脑上重新打开登录页。"


async def said(asked: Awaitable[object], kind: type[Refusal]) -> str:
    with pytest.raises(Refusal) as raised:
        await asked
    assert type(raised.value) is kind
    return raised.value.user_message


async def an_app() -> tuple[InMemoryApp, Employee, Staff]:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    return memory_app, one, await one.now()


async def test_what_a_computer_asks_with() -> None:
    memory_app, _, actor = await an_app()
    login = memory_app.console.login
    asking, cookie = login.begin(HOSPITAL, "网" * 81)
    secret, _, ticket = cookie.partition(".")
    assert (len(asking.code), len(secret), ticket) == (8, 32, asking.ticket)
    assert (asking.hospital, asking.place, asking.number) == (HOSPITAL, "网" * 80, "")
    assert asking.asked_at == memory_app.clock.now()
    assert asking.ends_at == memory_app.clock.now() + timedelta(minutes=3)
    assert asking.secret == memory_app.sealer.lookup("console_secret", secret)[:32], "a keyed hash of its own purpose"
    assert await login.look(actor, ticket) == await login.waiting(cookie) == asking
    with pytest.raises(NotFound) as refused:
        login.begin("other", "here")
    assert refused.value.user_message == "没有找到这家医院。"


async def test_a_code_is_good_for_three_minutes() -> None:
    memory_app, one, actor = await an_app()
    login = memory_app.console.login
    asking, cookie = login.begin(HOSPITAL, "here")
    memory_app.clock.forward(179)
    assert await login.look(actor, asking.ticket) == asking
    assert await login.waiting(cookie) == asking
    memory_app.clock.forward(1)
    assert await said(login.look(actor, asking.ticket), LinkExpired) == EXPIRED
    assert await login.waiting(cookie) is None
    assert await said(login.finish(cookie, one.proof()), LoginNeeded) == EXPIRED


async def test_a_yes_is_said_once_and_holds_as_long_as_the_code() -> None:
    memory_app, _, actor = await an_app()
    login = memory_app.console.login
    asking, cookie = login.begin(HOSPITAL, "here")
    lines = await memory_app.stores.audit.latest(HOSPITAL, 9)
    await login.answer(actor, asking.ticket, agrees=True)
    assert await memory_app.stores.audit.latest(HOSPITAL, 9) == lines, "the proof that follows is the line"
    assert await login.waiting(cookie) == replace(asking, number="1001")
    for again in (True, False):
        assert await said(login.answer(actor, asking.ticket, agrees=again), LinkExpired) == EXPIRED
    memory_app.clock.forward(179)
    assert await login.waiting(cookie) == replace(asking, number="1001")


async def test_a_no_is_for_good() -> None:
    memory_app, one, actor = await an_app()
    login = memory_app.console.login
    asking, cookie = login.begin(HOSPITAL, "here")
    await login.answer(actor, asking.ticket, agrees=False)
    [entry] = await memory_app.stores.audit.latest(HOSPITAL, 1)
    assert (entry.what, entry.by) == ("staff_login_declined", "staff:1001")
    assert await login.waiting(cookie) is None
    assert await said(login.answer(await one.now(), asking.ticket, agrees=True), LinkExpired) == EXPIRED


async def test_of_two_answers_at_once_the_second_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app, _, actor = await an_app()
    login = memory_app.console.login
    asking, _ = login.begin(HOSPITAL, "here")

    async def taken(*given: object) -> bool:
        return False

    monkeypatch.setattr(memory_app.stores.short_lived, "put_once", taken)
    before = await memory_app.staff.get(HOSPITAL, "1001")
    assert await said(login.answer(actor, asking.ticket, agrees=False), LinkExpired) == EXPIRED
    assert await memory_app.staff.get(HOSPITAL, "1001") == before, "a no that did not count is no line"


async def test_every_no_of_the_code_has_its_words() -> None:
    memory_app, one, actor = await an_app()
    login = memory_app.console.login
    asking, cookie = login.begin(HOSPITAL, "here")
    assert await said(login.look(actor, "forged"), LinkExpired) == EXPIRED
    assert await said(login.look(replace(actor, hospital="other"), asking.ticket), LinkExpired) == EXPIRED
    assert await said(login.finish(cookie, one.proof()), LoginNeeded) == EXPIRED
    assert await said(login.finish("forged", one.proof()), LoginNeeded) == EXPIRED


async def test_who_comes_in_ends_the_session_that_the_browser_had() -> None:
    memory_app, one, actor = await an_app()
    login, sessions = memory_app.console.login, memory_app.console.sessions
    old = await sessions.open(actor)
    asking, cookie = login.begin(HOSPITAL, "here")
    await login.answer(actor, asking.ticket, agrees=True)
    new = await login.finish(cookie, one.proof(), old)
    assert (await sessions.staff(new)).number == "1001"
    with pytest.raises(LoginNeeded):
        await sessions.staff(old)
    assert await login.waiting(cookie) is None
    assert await said(login.look(actor, asking.ticket), LinkExpired) == EXPIRED, "used, and still used"


async def test_a_wrong_proof_leaves_the_code_as_it_was() -> None:
    memory_app, one, actor = await an_app()
    login = memory_app.console.login
    asking, cookie = login.begin(HOSPITAL, "here")
    await login.answer(actor, asking.ticket, agrees=True)
    with pytest.raises(NotAllowed):
        await login.finish(cookie, one.proof(pin="908172"))
    assert await login.finish(cookie, one.proof())


async def test_who_is_let_in_by_two_logins_at_once_is_in_once(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app, one, actor = await an_app()
    login = memory_app.console.login
    asking, cookie = login.begin(HOSPITAL, "here")
    await login.answer(actor, asking.ticket, agrees=True)

    async def used(*given: object) -> bool:
        return False

    monkeypatch.setattr(memory_app.stores.short_lived, "swap", used)
    assert await said(login.finish(cookie, one.proof()), LoginNeeded) == EXPIRED


@pytest.mark.parametrize("why", ["LoginNeeded", "StoreUnavailable"])
async def test_a_session_ends_whatever_can_not_be_written_down(
    why: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    memory_app, _, actor = await an_app()
    login, sessions = memory_app.console.login, memory_app.console.sessions
    session_id = await sessions.open(actor)
    if why == "LoginNeeded":
        memory_app.clock.forward(minutes=15)
    else:

        async def down(*given: object, **named: object) -> None:
            raise StoreUnavailable("down")

        monkeypatch.setattr(memory_app.stores.staff, "save", down)
    with caplog.at_level(logging.INFO, "zhenfu.console"):
        await login.leave(session_id)
    assert [line.getMessage() for line in caplog.records] == [f"logout not told why={why}"]
    with pytest.raises(LoginNeeded):
        await sessions.staff(session_id)
