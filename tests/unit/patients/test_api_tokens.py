"""How long the API's tokens are good, what they open, and what stays of a session that has ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.errors import LoginNeeded, NotFound
from server.patients.api_sessions import ACCESS_LIFE, ApiSessionService
from server.patients.login import SESSION_LIFE
from tests.support.builders import HOSPITAL, PHONE, an_identity
from tests.support.in_memory_app import InMemoryApp
from tests.support.mini_program import MINI_APP, ObligingMiniProgram
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio
SECOND = timedelta(seconds=1)
WHO = an_identity("zhang", app_id=MINI_APP)


def an_app() -> InMemoryApp:
    mini = ObligingMiniProgram()
    mini.unions = {"zhang": "union-zhang"}
    other = a_hospital("other", mini_program=ObligingMiniProgram())
    return InMemoryApp(a_hospital(mini_program=mini), other, a_hospital("without"))


def forward(memory_app: InMemoryApp, time: timedelta) -> None:
    memory_app.clock.forward(time.total_seconds())


async def refused(sessions: ApiSessionService, access: str, hospital: str = HOSPITAL) -> bool:
    try:
        await sessions.session(hospital, access)
    except LoginNeeded:
        return True
    return False


async def test_a_login_is_the_person_whom_the_platform_joins_with_other_entrances() -> None:
    memory_app = an_app()
    page = an_identity("zhang-page", union_id="union-zhang")
    await memory_app.people.met(HOSPITAL, page)
    tokens = await memory_app.api.sessions.login(HOSPITAL, "code-of-zhang")
    session = await memory_app.api.sessions.session(HOSPITAL, tokens.access)
    assert session.owners == (WHO.key, page.key)
    assert tokens.expires_in == 600


@pytest.mark.parametrize("hospital", ["without", "nowhere"])
async def test_a_hospital_without_a_mini_program_says_so(hospital: str) -> None:
    with pytest.raises(NotFound) as said:
        await an_app().api.sessions.login(hospital, "code-of-zhang")
    assert said.value.user_message == "医院暂未开通小程序。"


async def test_an_access_token_is_good_for_ten_minutes_and_for_its_hospital_alone() -> None:
    memory_app = an_app()
    sessions = memory_app.api.sessions
    tokens = await sessions.login(HOSPITAL, "code-of-zhang")
    assert await refused(sessions, tokens.access, "other")
    with pytest.raises(LoginNeeded):
        await sessions.rotate("other", tokens.refresh)
    with pytest.raises(LoginNeeded):
        sessions.named("other", tokens.refresh)
    assert await refused(sessions, tokens.access[:-4] + "AAAA")
    forward(memory_app, ACCESS_LIFE - SECOND)
    assert not await refused(sessions, tokens.access)
    forward(memory_app, SECOND)
    assert await refused(sessions, tokens.access)


async def test_a_session_lives_on_from_rotation_to_rotation() -> None:
    memory_app = an_app()
    sessions = memory_app.api.sessions
    tokens = await sessions.login(HOSPITAL, "code-of-zhang")
    for _ in range(3):
        forward(memory_app, SESSION_LIFE - SECOND)
        tokens = await sessions.rotate(HOSPITAL, tokens.refresh)
        session = await sessions.session(HOSPITAL, tokens.access)
        assert session.expires_at == memory_app.clock.now() + SESSION_LIFE
    forward(memory_app, SESSION_LIFE)
    with pytest.raises(LoginNeeded):
        await sessions.rotate(HOSPITAL, tokens.refresh)


async def test_a_proven_phone_is_the_session_s_and_the_person_s() -> None:
    memory_app = an_app()
    sessions = memory_app.api.sessions
    tokens = await sessions.login(HOSPITAL, "code-of-zhang")
    await sessions.phone_proven(await sessions.session(HOSPITAL, tokens.access), PHONE)
    assert (await sessions.session(HOSPITAL, tokens.access)).phone == PHONE
    assert await memory_app.people.proven_phone(HOSPITAL, WHO) == PHONE
    later = await sessions.login(HOSPITAL, "code-of-zhang")
    assert (await sessions.session(HOSPITAL, later.access)).phone == PHONE


async def test_nothing_stays_of_a_session_that_was_logged_out() -> None:
    memory_app = an_app()
    sessions = memory_app.api.sessions
    tokens = await sessions.login(HOSPITAL, "code-of-zhang")
    session = await sessions.session(HOSPITAL, tokens.access)
    assert sessions.named(HOSPITAL, tokens.refresh) == session.id
    rotation = memory_app.stores.short_lived
    assert await rotation.get("api_rotation", session.id, memory_app.clock.now()) == "0"
    await sessions.logout(session)
    assert await rotation.get("api_rotation", session.id, memory_app.clock.now()) is None
    with pytest.raises(LoginNeeded):
        await sessions.rotate(HOSPITAL, tokens.refresh)
