"""A session of the console: how long it lasts, what ends it at once, what is stored of it and how often."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from server.core.errors import LoginNeeded
from server.staff.model import Role, StaffState
from tests.support.builders import HOSPITAL, an_identity
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
MINUTE, HOUR = 60, 3600


async def an_app() -> tuple[InMemoryApp, Employee, str]:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    return memory_app, one, await memory_app.console.sessions.open(await one.now())


async def ended(memory_app: InMemoryApp, session_id: str) -> bool:
    try:
        await memory_app.console.sessions.staff(session_id)
    except LoginNeeded as error:
        return error.user_message == "登录已结束，请重新登录。"
    return False


def stored(memory_app: InMemoryApp) -> dict[str, str]:
    facts = memory_app.stores.short_lived.documents  # type: ignore[attr-defined]
    [text] = [value for (kind, _), (value, _) in facts.items() if kind == "console_session"]
    return dict(json.loads(text))


async def test_it_lasts_for_fifteen_minutes_without_use() -> None:
    memory_app, _, session_id = await an_app()
    assert len(session_id) == 40
    memory_app.clock.forward(15 * MINUTE - 1)
    assert not await ended(memory_app, session_id)
    memory_app.clock.forward(15 * MINUTE - 1)
    assert not await ended(memory_app, session_id), "each use begins the quarter of an hour anew"
    memory_app.clock.forward(15 * MINUTE)
    assert await ended(memory_app, session_id)


async def test_it_lasts_for_eight_hours_in_use() -> None:
    memory_app, _, session_id = await an_app()
    for _ in range(8 * 6 - 1):
        memory_app.clock.forward(10 * MINUTE)
        assert not await ended(memory_app, session_id)
    memory_app.clock.forward(10 * MINUTE - 1)
    assert not await ended(memory_app, session_id)
    memory_app.clock.forward(1)
    assert await ended(memory_app, session_id)


async def test_its_use_is_written_down_every_half_minute() -> None:
    memory_app, _, session_id = await an_app()
    began = stored(memory_app)
    assert (began["hospital"], began["number"], began["began"]) == (HOSPITAL, "1001", began["seen"])
    memory_app.clock.forward(29)
    await memory_app.console.sessions.staff(session_id)
    assert stored(memory_app) == began
    memory_app.clock.forward(1)
    await memory_app.console.sessions.staff(session_id)
    assert stored(memory_app) == {**began, "seen": memory_app.clock.now().isoformat()}


async def test_the_store_has_only_a_hash_of_it() -> None:
    memory_app, _, session_id = await an_app()
    facts = memory_app.stores.short_lived.documents  # type: ignore[attr-defined]
    assert session_id not in repr(facts)
    assert ("console_session", memory_app.sealer.lookup("console_session", session_id)) in facts


@pytest.mark.parametrize(
    "fields",
    [
        {"state": StaffState.LEFT}, {"role": Role.ADMIN}, {"identity": an_identity("openid-other")}, {"identity": None},
        {"pin": "another"}, {"totp": "another"},
    ],
)  # fmt: skip
async def test_who_is_not_who_they_were_is_out_for_good(fields: dict[str, Any]) -> None:
    memory_app, one, session_id = await an_app()
    staff = await one.now()
    changed = replace(staff, version=staff.version + 1, **fields)
    await memory_app.stores.staff.save(staff, changed)
    assert await ended(memory_app, session_id)
    await memory_app.stores.staff.save(changed, replace(staff, version=changed.version + 1))
    assert await ended(memory_app, session_id), "it does not come back with what they were"


async def test_a_name_or_a_limit_that_changes_leaves_it() -> None:
    memory_app, one, session_id = await an_app()
    staff = await one.now()
    await memory_app.stores.staff.save(staff, replace(staff, version=staff.version + 1, name="李改名"))
    assert (await memory_app.console.sessions.staff(session_id)).name == "李改名"


async def test_an_employee_who_is_gone_has_none() -> None:
    memory_app, _, session_id = await an_app()
    memory_app.stores.staff.documents.clear()  # type: ignore[attr-defined]
    assert await ended(memory_app, session_id)


async def test_no_session_is_nobody_s() -> None:
    memory_app, _, session_id = await an_app()
    for nobody in ("", "x", session_id[:-1]):
        assert await ended(memory_app, nobody)
        await memory_app.console.sessions.close(nobody)
    assert not await ended(memory_app, session_id)
    await memory_app.console.sessions.close(session_id)
    assert await ended(memory_app, session_id)


async def test_of_a_long_cookie_sixty_four_characters_are_looked_at() -> None:
    memory_app, one, _ = await an_app()
    memory_app.ids.text = lambda length, alphabet="": "x" * 64  # type: ignore[method-assign]
    sessions = memory_app.console.sessions
    assert await sessions.open(await one.now()) == "x" * 64
    assert not await ended(memory_app, "x" * 9999)
    assert await ended(memory_app, "x" * 63)
    await sessions.close("x" * 9999)
    assert await ended(memory_app, "x" * 64)
