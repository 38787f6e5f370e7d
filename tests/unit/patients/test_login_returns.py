"""Bounds of a login and its session, and what a browser's second return leads to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from server.core.errors import BadInput, LoginNeeded, NotFound, NotSent, OutcomeUnknown
from server.patients.login import LOGIN_LIFE, SESSION_LIFE, LoggedIn, LoginBegun, LoginRepeated
from server.patients.model import PayerIdentity, Session
from tests.support.builders import CARD, HOSPITAL, a_scan, an_identity
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio
HOME = "/h/demo/bills"


def begun(memory_app: InMemoryApp, page: str = HOME, cookie: str = "", *, again: bool = False) -> LoginBegun:
    return memory_app.login.begin(HOSPITAL, "wechat", page, cookie, again=again)


def state(login: LoginBegun) -> str:
    return parse_qs(urlsplit(login.url).query)["state"][0]


async def finished(
    memory_app: InMemoryApp, login: LoginBegun, cookie: str = "", code: str = "code-of-zhang", old: str = ""
) -> LoggedIn:
    return await memory_app.login.finish(HOSPITAL, "wechat", code, state(login), cookie or login.cookie, old)


class TestBounds:
    async def test_a_login_lives_ten_minutes_to_the_last_second(self) -> None:
        memory_app = InMemoryApp()
        login = begun(memory_app)
        memory_app.clock.forward(600)
        assert timedelta(minutes=10) == LOGIN_LIFE
        assert (await finished(memory_app, login)).return_to == HOME
        late = begun(memory_app)
        memory_app.clock.forward(600.001)
        with pytest.raises(LoginNeeded):
            await finished(memory_app, late)

    async def test_a_session_lives_two_hours_and_not_at_that_moment(self) -> None:
        memory_app = InMemoryApp()
        session = (await finished(memory_app, begun(memory_app))).session
        assert (session.expires_at, SESSION_LIFE) == (MORNING + timedelta(hours=2), timedelta(hours=2))
        memory_app.clock.forward(7199)
        assert await memory_app.login.session(HOSPITAL, session.id)
        memory_app.clock.forward(1)
        with pytest.raises(LoginNeeded):
            await memory_app.login.session(HOSPITAL, session.id)

    async def test_its_state_and_the_session_s_name_can_not_be_guessed(self) -> None:
        memory_app = InMemoryApp()
        login = begun(memory_app)
        session = (await finished(memory_app, login)).session
        assert (len(state(login)), len(session.id)) == (32, 32)
        assert state(login) != session.id

    @pytest.mark.parametrize(("length", "fine"), [(500, True), (501, False)])
    async def test_a_page_has_so_many_characters_at_most(self, length: int, fine: bool) -> None:
        page = HOME + "?a=".ljust(length - len(HOME), "x")
        if fine:
            assert begun(InMemoryApp(), page).cookie
        else:
            with pytest.raises(BadInput):
                begun(InMemoryApp(), page)

    @pytest.mark.parametrize(
        ("odd", "fine"), [("!", True), (" ", False), ("~", True), ("\x7f", False), ("\x1f", False)]
    )
    async def test_a_page_has_no_character_that_a_browser_may_read_otherwise(self, odd: str, fine: bool) -> None:
        if fine:
            assert begun(InMemoryApp(), f"{HOME}/{odd}").cookie
        else:
            with pytest.raises(BadInput):
                begun(InMemoryApp(), f"{HOME}/{odd}")

    async def test_a_way_up_in_what_follows_the_question_mark_is_none(self) -> None:
        assert begun(InMemoryApp(), f"{HOME}?back=/../x").cookie

    async def test_it_goes_back_to_the_hospital_s_own_address(self) -> None:
        url = begun(InMemoryApp()).url
        assert "redirect_uri=https://pay.hospital.example/oauth/wechat/demo/return&" in url

    @pytest.mark.parametrize(("hospital", "channel"), [("nothing", "wechat"), (HOSPITAL, "alipay")])
    async def test_of_a_door_that_is_not_there_nothing_is_finished(self, hospital: str, channel: str) -> None:
        memory_app = InMemoryApp()
        login = begun(memory_app)
        with pytest.raises(NotFound):
            await memory_app.login.finish(hospital, channel, "code-of-zhang", state(login), login.cookie)


class TestTabs:
    async def test_three_tabs_of_a_browser_log_in_at_once_and_the_oldest_of_four_is_forgotten(self) -> None:
        memory_app = InMemoryApp()
        logins = [begun(memory_app, f"{HOME}?tab=0")]
        for tab in (1, 2, 3):
            logins.append(begun(memory_app, f"{HOME}?tab={tab}", logins[-1].cookie))
        cookie = logins[-1].cookie
        with pytest.raises(LoginNeeded):
            await finished(memory_app, logins[0], cookie)
        for tab in (1, 2, 3):
            assert (await finished(memory_app, logins[tab], cookie)).return_to == f"{HOME}?tab={tab}"

    async def test_the_page_of_a_login_is_known_to_the_browser_that_began_it(self) -> None:
        memory_app = InMemoryApp(a_hospital(), a_hospital("other"))
        login = begun(memory_app, f"{HOME}?tab=7")
        asked_for = memory_app.login.asked_for
        assert asked_for(HOSPITAL, "wechat", state(login), login.cookie) == f"{HOME}?tab=7"
        for hospital, channel, known in (
            ("other", "wechat", state(login)),
            (HOSPITAL, "alipay", state(login)),
            (HOSPITAL, "wechat", "another"),
        ):
            assert asked_for(hospital, channel, known, login.cookie) == ""
        assert asked_for(HOSPITAL, "wechat", state(login), "") == ""

    @pytest.mark.parametrize(("bytes_long", "kept"), [(500, True), (503, False)])
    async def test_a_page_that_takes_much_room_is_kept_for_its_own_tab_only(self, bytes_long: int, kept: bool) -> None:
        """The cookie of three tabs must not grow beyond what a browser keeps."""
        memory_app = InMemoryApp()
        page = f"{HOME}?q=".ljust(bytes_long - 3 * ((bytes_long - len(HOME) - 3) // 3), "x")
        page += "字" * ((bytes_long - len(page.encode())) // 3)
        assert len(page.encode()) == bytes_long
        long = begun(memory_app, page)
        assert memory_app.login.asked_for(HOSPITAL, "wechat", state(long), long.cookie) == page
        cookie = begun(memory_app, HOME, long.cookie).cookie
        assert memory_app.login.asked_for(HOSPITAL, "wechat", state(long), cookie) == (page if kept else "")


class TestTheSecondReturn:
    async def test_gets_the_same_session(self) -> None:
        memory_app = InMemoryApp()
        login = begun(memory_app, f"{HOME}?tab=1")
        first = await finished(memory_app, login)
        second = await finished(memory_app, login, code="code-of-nobody-else")
        assert (second.session.id, second.return_to) == (first.session.id, f"{HOME}?tab=1")
        assert memory_app.hospital.identities["wechat"].named("identify") == ["code-of-zhang"]  # type: ignore[attr-defined]

    @pytest.mark.parametrize("again", [False, True])
    async def test_while_nothing_has_come_of_the_first_begins_again_once(self, again: bool) -> None:
        memory_app = InMemoryApp()
        login = begun(memory_app, again=again)
        memory_app.hospital.identities["wechat"].will("identify", OutcomeUnknown("wechat"))  # type: ignore[attr-defined]
        with pytest.raises(OutcomeUnknown):
            await finished(memory_app, login)
        with pytest.raises(LoginNeeded) as second:
            await finished(memory_app, login)
        assert isinstance(second.value, LoginRepeated) is not again

    async def test_after_a_logout_begins_again(self) -> None:
        memory_app = InMemoryApp()
        login = begun(memory_app)
        await memory_app.login.logout((await finished(memory_app, login)).session)
        with pytest.raises(LoginRepeated):
            await finished(memory_app, login)

    async def test_of_a_code_that_was_not_sent_is_a_first_one(self) -> None:
        memory_app = InMemoryApp()
        login = begun(memory_app)
        memory_app.hospital.identities["wechat"].will("identify", NotSent("wechat"))  # type: ignore[attr-defined]
        with pytest.raises(NotSent):
            await finished(memory_app, login)
        assert (await finished(memory_app, login)).session.identity.subject == "zhang"

    async def test_a_state_is_good_once_for_ten_minutes(self) -> None:
        memory_app = InMemoryApp()
        login = begun(memory_app)
        await finished(memory_app, login)
        key = memory_app.sealer.lookup("login_returned", f"{HOSPITAL}:{state(login)}")
        short_lived, now = memory_app.stores.short_lived, memory_app.clock.now()
        assert await short_lived.get("login_returned", key, now + timedelta(seconds=599)) is not None
        assert await short_lived.get("login_returned", key, now + timedelta(seconds=600)) is None


class TestTheSessionOfBefore:
    async def old(self, memory_app: InMemoryApp, **fields: Any) -> Session:
        facts: dict[str, Any] = {
            "id": "old-session",
            "hospital": HOSPITAL,
            "identity": an_identity("zhang"),
            "expires_at": MORNING + timedelta(hours=1),
            "scans": (a_scan(),),
            "phone": "13900000002",
            "card_phones": ((CARD, "13900000003"),),
        }
        session = Session(**{**facts, **fields})
        await memory_app.stores.sessions.put(session)
        return session

    async def test_ends_and_what_the_same_person_scanned_stays_theirs(self) -> None:
        memory_app = InMemoryApp()
        old = await self.old(memory_app)
        new = (await finished(memory_app, begun(memory_app), old=old.id)).session
        assert (new.scans, new.phone, new.card_phones) == (old.scans, old.phone, old.card_phones)
        assert await memory_app.stores.sessions.get(new.id, memory_app.clock.now()) == new
        assert await memory_app.stores.sessions.get(old.id, memory_app.clock.now()) is None

    @pytest.mark.parametrize("fields", [{"identity": an_identity("li")}, {"hospital": "other"}])
    async def test_of_somebody_else_ends_and_leaves_nothing(self, fields: dict[str, Any]) -> None:
        memory_app = InMemoryApp()
        old = await self.old(memory_app, **fields)
        new = (await finished(memory_app, begun(memory_app), old=old.id)).session
        assert (new.scans, new.phone, new.card_phones) == ((), "", ())
        assert await memory_app.stores.sessions.get(old.id, memory_app.clock.now()) is None

    async def test_a_session_that_is_over_leaves_no_scans(self) -> None:
        memory_app = InMemoryApp()
        old = await self.old(memory_app, expires_at=MORNING)
        assert (await finished(memory_app, begun(memory_app), old=old.id)).session.scans == ()


async def test_who_has_logged_in_is_known_as_the_platform_knows_them() -> None:
    """One unionid at two entrances is one person."""
    memory_app = InMemoryApp()
    identity = memory_app.hospital.identities["wechat"]

    async def identify(code: str) -> PayerIdentity:
        return replace(an_identity("zhang"), union_id="union-1")

    identity.identify = identify  # type: ignore[method-assign]
    other = an_identity("zhang-elsewhere", app_id="wxother", union_id="union-1")
    await memory_app.people.met(HOSPITAL, other)
    session = (await finished(memory_app, begun(memory_app))).session
    whole = await memory_app.login.session(HOSPITAL, session.id)
    assert other.key in whole.owners
