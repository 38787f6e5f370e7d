"""Scan, login, and what a browser may do without either."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.handlers.conftest import Browser, place, text_of
from tests.support.builders import CARD, HOSPITAL, PHONE, a_scan
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test


def sealed_by(memory_app: InMemoryApp, *bill_nos: str) -> str:
    return "/s/" + memory_app.scans.make(HOSPITAL, a_scan(*bill_nos)).url.rpartition("/")[2]


async def test_a_scan_ends_at_its_bills_after_a_login_nobody_notices(memory_app: InMemoryApp, browser: Browser) -> None:
    scanned = await browser.get(sealed_by(memory_app, "B1"))
    assert (scanned.code, place(scanned)) == (302, "/h/demo/bills")
    assert scanned.headers["Referrer-Policy"] == "no-referrer"
    away = await browser.get("/h/demo/bills")
    platform = urlsplit(away.headers["Location"])
    assert (away.code, platform.hostname) == (302, "platform.example")
    state = parse_qs(platform.query)["state"][0]
    back = await browser.get(f"/oauth/wechat/demo/return?code=code-of-zhang&state={state}")
    assert (back.code, place(back)) == (302, "/h/demo/bills")
    page = await browser.get("/h/demo/bills")
    assert page.code == 200
    assert "¥37.20" in text_of(page)
    assert "张*试" in text_of(page)
    assert CARD not in text_of(page)
    assert PHONE not in text_of(page)
    assert "__Host-scan-demo" not in browser.cookies, "the seal has been given to the session"


async def test_cookies_are_locked_to_this_host_and_hidden_from_scripts(
    memory_app: InMemoryApp, browser: Browser
) -> None:
    await browser.get(sealed_by(memory_app, "B1"))
    away = await browser.get("/h/demo/bills")
    state = parse_qs(urlsplit(away.headers["Location"]).query)["state"][0]
    await browser.get(f"/oauth/wechat/demo/return?code=code-of-zhang&state={state}")
    await browser.get("/h/demo/bills")
    kept = [header for header in browser.set_cookie_headers if "expires" not in header]
    assert {header.partition("=")[0] for header in kept} == {
        "__Host-scan-demo", "__Host-login-demo", "__Host-session-demo", "__Host-xsrf", "__Host-known-demo",
    }  # fmt: skip
    for header in kept:
        attributes = {part.strip().lower() for part in header.split(";")[1:]}
        assert {"httponly", "secure", "samesite=lax", "path=/"} <= attributes
        assert not any(part.startswith("domain") for part in attributes)


async def test_a_login_gives_a_new_session_whatever_cookie_came_in(memory_app: InMemoryApp, browser: Browser) -> None:
    browser.cookies["__Host-session-demo"] = "planted-by-somebody"
    away = await browser.get("/h/demo/cards")
    state = parse_qs(urlsplit(away.headers["Location"]).query)["state"][0]
    back = await browser.get(f"/oauth/wechat/demo/return?code=code-of-zhang&state={state}")
    assert place(back) == "/h/demo/cards"
    assert browser.cookies["__Host-session-demo"] != "planted-by-somebody"


@pytest.mark.parametrize(
    "query", ["", "code=code-of-zhang&state=guessed", "code=&state=right", "code=wrong&state=right", "state=right"]
)
async def test_a_login_that_fails_says_so_and_offers_to_try_again(browser: Browser, query: str) -> None:
    away = await browser.get("/oauth/wechat/demo/start?to=/h/demo/payments")
    state = parse_qs(urlsplit(away.headers["Location"]).query)["state"][0]
    back = await browser.get(f"/oauth/wechat/demo/return?{query.replace('right', state)}")
    assert back.code == 401
    assert "登录没有完成" in text_of(back)
    asked = "payments" if "right" in query else "bills"  # of a login that this browser did not begin nothing is known
    assert f'href="/oauth/wechat/demo/start?to=/h/demo/{asked}"' in text_of(back)
    assert "__Host-session-demo" not in browser.cookies


async def test_a_state_works_once_and_going_back_leads_to_the_bills(browser: Browser) -> None:
    away = await browser.get("/h/demo/bills")
    state = parse_qs(urlsplit(away.headers["Location"]).query)["state"][0]
    address = f"/oauth/wechat/demo/return?code=code-of-zhang&state={state}"
    await browser.get(address)
    again = await browser.get(address)
    assert (again.code, place(again)) == (302, "/h/demo/bills")
    browser.cookies.clear()
    assert (await browser.get(address)).code == 401


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/h/other/bills", "/h/demo/\\evil", "/"])
async def test_the_login_is_no_open_redirect(browser: Browser, to: str) -> None:
    answer = await browser.get(f"/oauth/wechat/demo/start?to={to}")
    assert answer.code == 400
    assert "Location" not in answer.headers


async def test_forged_and_expired_codes_say_what_to_do(memory_app: InMemoryApp, browser: Browser) -> None:
    forged = await browser.get("/s/AAAAforged")
    assert forged.code == 403
    assert "请再扫一次。还是打不开，请到收费窗口重新打印" in text_of(forged)
    good = sealed_by(memory_app, "B1")
    memory_app.clock.forward(days=2)
    expired = await browser.get(good)
    assert expired.code == 410
    assert "二维码已过期" in text_of(expired)
    assert browser.cookies == {}


async def test_an_ordinary_browser_is_told_which_client_to_use(browser: Browser) -> None:
    browser.user_agent = "Mozilla/5.0 Safari/605.1"
    page = await browser.get("/h/demo/bills")
    assert page.code == 200
    assert "请用微信扫一扫打开" in text_of(page)
    assert 'src="data:image/png;base64,' in text_of(page)


async def test_a_script_without_login_gets_401_and_no_redirect(browser: Browser) -> None:
    answer = await browser.get("/h/demo/payments/ZF1/state")
    assert answer.code == 401
    assert answer.headers["Content-Type"].startswith("application/json")


async def test_an_unknown_hospital_is_not_found(browser: Browser) -> None:
    for path in ("/h/nowhere/bills", "/oauth/wechat/nowhere/start", "/h/demo/nothing", "/nothing"):
        assert (await browser.get(path)).code == 404
    assert (await browser.get("/oauth/other/demo/start")).code == 404


async def test_an_address_that_is_no_door_is_told_to_a_person_as_a_page(browser: Browser) -> None:
    page = await browser.get("/h/demo/nothing")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "没有找到您要的内容" in text_of(page)


async def test_the_bare_address_leads_to_the_only_hospital(browser: Browser) -> None:
    answer = await browser.get("/")
    assert (answer.code, place(answer)) == (302, "/h/demo/")


async def test_a_second_scan_in_a_session_adds_its_bills(memory_app: InMemoryApp, browser: Browser, enter: Any) -> None:
    await enter("B1")
    await browser.get(sealed_by(memory_app, "B3"))
    page = await browser.get("/h/demo/bills")
    assert "¥37.20" in text_of(page)
    assert "¥0.50" in text_of(page)


WXWORK = "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 wxwork/4.1.20 MicroMessenger/7.0.1 Language/zh"


async def test_a_client_that_only_looks_like_ours_is_told_what_to_do(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    """企业微信 has MicroMessenger in its name, and neither login nor cashier of the account."""
    page = await browser.get("/h/demo/bills", User_Agent=WXWORK)
    assert page.code == 200
    assert "企业微信里不能缴费" in text_of(page)
    assert "data:image/png" in text_of(page)
    await enter("B1")
    page = await browser.get("/h/demo/bills/B1", User_Agent=WXWORK)
    assert "企业微信里不能缴费" in text_of(page)
    assert "立即支付" not in text_of(page)
    answer = await browser.get("/h/demo/bills", User_Agent=WXWORK, Accept="application/json")
    assert (answer.code, "企业微信" in text_of(answer)) == (403, True)
