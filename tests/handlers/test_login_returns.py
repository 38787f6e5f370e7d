"""A login's return that comes twice, beside another one, or with a second code; what the old session leaves to the new one."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tornado.httpclient import HTTPResponse

from server.core.errors import NotSent, OutcomeUnknown, OutsideError, OutsideRefusal
from server.patients.login import LoginRepeated
from server.platforms.alipay.openapi.account import LIFE_ACCOUNT
from server.platforms.wechat.api.codes import SYSTEM as WECHAT_LOGIN
from server.storage.memory import MemorySessions
from tests.handlers.conftest import Browser, place, text_of
from tests.support.builders import HOSPITAL, a_scan
from tests.support.in_memory_app import InMemoryApp
from tests.support.played import Gate

pytestmark = pytest.mark.gen_test
ASKED = "/h/demo/bills?from=menu"


async def begun(browser: Browser, path: str = ASKED) -> str:
    """The state of a login for the page ``path``."""
    return state_of(await browser.get(path))


def state_of(away: HTTPResponse) -> str:
    return parse_qs(urlsplit(away.headers["Location"]).query)["state"][0]


def back(state: str, code: str = "code-of-zhang") -> str:
    return f"/oauth/wechat/demo/return?code={code}&state={state}"


def exchanges(memory_app: InMemoryApp) -> int:
    identity: Any = memory_app.hospital.identities["wechat"]
    return len(identity.named("identify"))


@pytest.mark.parametrize("second_code", ["code-of-zhang", "another-code"])
async def test_a_second_return_shares_the_first_result(
    memory_app: InMemoryApp, browser: Browser, second_code: str
) -> None:
    state = await begun(browser)
    first = await browser.get(back(state))
    session = browser.cookies["__Host-session-demo"]
    second = await browser.get(back(state, second_code))
    assert (place(first), place(second)) == (ASKED, ASKED)
    assert browser.cookies["__Host-session-demo"] == session
    assert exchanges(memory_app) == 1, "a code is good once, and one state asks the platform once"


async def test_two_returns_at_once_end_at_the_page_that_was_asked_for(
    memory_app: InMemoryApp, browser: Browser
) -> None:
    """The second begins again without a question while the first is still waiting for the platform."""
    state = await begun(browser)
    identity: Any = memory_app.hospital.identities["wechat"]
    gate = Gate()
    identity.will("identify", gate.passed)
    first = asyncio.ensure_future(browser.get(back(state)))
    await gate.reached.wait()
    second = await browser.get(back(state))
    assert urlsplit(second.headers["Location"]).hostname == "platform.example"
    again = state_of(second)
    gate.opened.set()
    assert place(await first) == ASKED
    assert place(await browser.get(back(again))) == ASKED


async def test_a_login_is_begun_again_only_once(memory_app: InMemoryApp, browser: Browser) -> None:
    state = await begun(browser)
    assert (await browser.get(back(state, "wrong"))).code == 401
    again = state_of(await browser.get(back(state, "wrong")))
    assert (await browser.get(back(again, "wrong"))).code == 401
    page = await browser.get(back(again, "wrong"))
    assert page.code == 401
    assert 'href="/oauth/wechat/demo/start?to=/h/demo/bills%3Ffrom%3Dmenu"' in text_of(page)


async def test_a_forged_state_is_refused_whatever_was_finished(memory_app: InMemoryApp, browser: Browser) -> None:
    state = await begun(browser)
    await browser.get(back(state))
    stranger = browser.another()
    for forged in (state, "guessed", ""):
        refused = await stranger.get(back(forged))
        assert (refused.code, "Location" in refused.headers) == (401, False)
        assert "__Host-session-demo" not in stranger.cookies


async def test_two_tabs_of_one_browser_both_end_where_they_wanted(browser: Browser) -> None:
    one, two = await begun(browser), await begun(browser, "/h/demo/cards")
    assert place(await browser.get(back(one))) == ASKED
    assert place(await browser.get(back(two))) == "/h/demo/cards"


async def test_a_platform_that_fails_keeps_the_page_that_was_asked_for(
    memory_app: InMemoryApp, browser: Browser
) -> None:
    identity: Any = memory_app.hospital.identities["wechat"]
    identity.will("identify", OutcomeUnknown("wechat"))
    page = await browser.get(back(await begun(browser)))
    assert page.code == 503
    assert "start?to=/h/demo/bills%3Ffrom%3Dmenu" in text_of(page)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OutcomeUnknown(WECHAT_LOGIN), "微信暂时没有响应，登录没有完成，这次没有扣款。"),
        (NotSent(LIFE_ACCOUNT, "circuit breaker open"), "支付宝暂时没有响应，登录没有完成，这次没有扣款。"),
        (OutsideRefusal(WECHAT_LOGIN, "40125"), "微信没有接受这次登录，这次没有扣款。"),
        (OutsideRefusal(LIFE_ACCOUNT, "X", user_message="别的话"), "支付宝没有接受这次登录，这次没有扣款。"),
    ],
)
async def test_who_can_t_log_in_reads_which_system_is_down_and_that_nothing_was_taken(
    memory_app: InMemoryApp, browser: Browser, error: OutsideError, told: str
) -> None:
    identity: Any = memory_app.hospital.identities["wechat"]
    identity.will("identify", error)
    page = text_of(await browser.get(back(await begun(browser))))
    assert f"{told}请稍后再试，或到收费窗口办理。如之前已付款，款项不会丢失。" in page


async def test_a_code_that_was_not_sent_is_still_good(memory_app: InMemoryApp, browser: Browser) -> None:
    identity: Any = memory_app.hospital.identities["wechat"]
    identity.will("identify", NotSent("wechat"))
    state = await begun(browser)
    assert (await browser.get(back(state))).code == 503
    assert place(await browser.get(back(state))) == ASKED


async def test_the_old_session_ends_at_a_new_login(memory_app: InMemoryApp, browser: Browser) -> None:
    await browser.get(back(await begun(browser)))
    old = browser.cookies["__Host-session-demo"]
    await memory_app.login.session(HOSPITAL, old)
    away = await browser.get("/oauth/wechat/demo/start?to=/h/demo/cards")
    await browser.get(back(state_of(away), "code-of-li"))
    assert browser.cookies["__Host-session-demo"] != old
    browser.cookies["__Host-session-demo"] = old
    assert (await browser.get("/h/demo/cards", Accept="application/json")).code == 401


@pytest.mark.parametrize(("who", "kept"), [("zhang-ceshi", True), ("li-ceshi", False)])
async def test_scanned_bills_go_over_to_the_same_person_only(
    memory_app: InMemoryApp, browser: Browser, enter: Any, who: str, kept: bool
) -> None:
    await enter("B1", subject="zhang-ceshi")
    away = await browser.get("/oauth/wechat/demo/start?to=/h/demo/bills")
    await browser.get(back(state_of(away), f"code-of-{who}"))
    session = await memory_app.login.session(HOSPITAL, browser.cookies["__Host-session-demo"])
    assert session.scans == ((a_scan("B1"),) if kept else ())


async def scanned(memory_app: InMemoryApp, browser: Browser, hospital: str = HOSPITAL) -> str:
    """The state of the login that a scan leads to."""
    await browser.get("/s/" + memory_app.scans.make(hospital, a_scan("B1")).url.rpartition("/")[2])
    return await begun(browser, "/h/demo/bills")


async def test_a_login_takes_what_was_scanned_into_its_session_with_one_write(
    memory_app: InMemoryApp, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = await scanned(memory_app, browser)
    monkeypatch.delattr(MemorySessions, "change")
    await browser.get(back(state))
    assert "__Host-scan-demo" not in browser.cookies
    assert "¥37.20" in text_of(await browser.get("/h/demo/bills"))


async def test_a_code_that_ended_before_the_login_is_told_of_by_the_page_behind_it(
    memory_app: InMemoryApp, browser: Browser
) -> None:
    state = await scanned(memory_app, browser)
    memory_app.clock.forward((a_scan("B1").expires_at - memory_app.clock.now()).total_seconds())
    away = await browser.get("/oauth/wechat/demo/start?to=/h/demo/bills")
    assert place(await browser.get(back(state_of(away)))) == "/h/demo/bills"
    assert state_of(away) != state
    page = await browser.get("/h/demo/bills")
    assert (page.code, "二维码已过期" in text_of(page)) == (410, True)


async def test_what_another_tab_scanned_after_a_login_is_not_lost_with_its_repeated_return(
    memory_app: InMemoryApp, browser: Browser
) -> None:
    state = await begun(browser, "/h/demo/bills")
    await browser.get(back(state))
    await browser.get("/s/" + memory_app.scans.make(HOSPITAL, a_scan("B1")).url.rpartition("/")[2])
    await browser.get(back(state))
    assert "¥37.20" in text_of(await browser.get("/h/demo/bills"))


async def test_a_repeated_login_is_said_as_a_login_that_is_needed() -> None:
    assert LoginRepeated("x").code == "login_needed"


async def test_logging_out_ends_the_session_and_what_was_scanned(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    session = await enter("B1")
    page = await browser.get("/h/demo/cards")
    assert (await browser.post("/h/demo/logout", {})).code == 403, "only by the form"
    done = await browser.submit(page, "/h/demo/logout", {})
    assert (done.code, "已退出登录" in text_of(done)) == (200, True)
    assert "__Host-session-demo" not in browser.cookies
    assert await memory_app.stores.sessions.get(session.id, memory_app.clock.now()) is None
    assert (await browser.submit(page, "/h/demo/logout", {})).code == 200, "twice is no error"
