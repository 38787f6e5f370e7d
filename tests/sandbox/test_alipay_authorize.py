"""Authorisation (docs/protocols/alipay.md section 9): the page, codes good once, tokens, and what they tell."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from sandbox.world.wire import Request, Response
from tests.sandbox.alipay_app import AlipayApp
from tests.sandbox.world import APP, Record

TOKEN, SHARE = "alipay.system.oauth.token", "alipay.user.info.share"


def page(alipay: AlipayApp, number: int | None = 1, **changed: Any) -> Response:
    query = {
        "app_id": alipay.app_id,
        "scope": "auth_base",
        "redirect_uri": f"{APP}/oauth/alipay/demo/return",
        "state": "s1",
    } | changed
    target = f"/oauth2/publicAppAuthorize.htm?{urlencode({name: value for name, value in query.items() if value is not ...})}"
    people = alipay.world.outside.scene.people
    return alipay.world.outside.alipay.authorize(
        Request(method="GET", target=target), people[number - 1] if number else None
    )


def came_back(response: Response) -> dict[str, str]:
    assert response.status == 302
    return dict(parse_qsl(urlsplit(response.headers["Location"]).query))


def granted(alipay: AlipayApp, scope: str = "auth_base") -> Record:
    more = {"sandbox_agreed": "1"} if scope == "auth_user" else {}
    code = came_back(page(alipay, scope=scope, **more))["auth_code"]
    return alipay.ask(TOKEN, grant_type="authorization_code", code=code).told


def test_a_phone_is_sent_back_silently(alipay: AlipayApp) -> None:
    response = page(alipay)
    back = came_back(response)
    assert response.headers["Location"].startswith(f"{APP}/oauth/alipay/demo/return?")
    assert {name: back[name] for name in ("app_id", "scope", "state")} == {
        "app_id": alipay.app_id, "scope": "auth_base", "state": "s1",
    }  # fmt: skip
    assert len(back["auth_code"]) == 32


def test_nobodys_browser_is_offered_the_people(alipay: AlipayApp) -> None:
    offered = unescape(page(alipay, None).body.decode())
    links = re.findall(r'href="([^"]+)">([^<]+)<', offered)
    assert [name for _, name in links] == [person["name"] for person in alipay.world.credentials["people"]]
    response = alipay.world.outside.alipay.authorize(Request(method="GET", target=links[2][0]), None)
    code = came_back(response)["auth_code"]
    assert alipay.ask(TOKEN, grant_type="authorization_code", code=code).told["user_id"] == alipay.user_id(3)


@pytest.mark.parametrize(
    "changed",
    [
        {"app_id": "2021000000000009"},
        {"scope": "auth_everything"},
        {"scope": ...},
        {"redirect_uri": "https://elsewhere.example/"},
        {"redirect_uri": ...},
        {"redirect_uri": "http://[/"},
        {"state": "x" * 101},
    ],
)
def test_the_page_refuses(alipay: AlipayApp, changed: dict[str, Any]) -> None:
    response = page(alipay, **changed)
    assert (response.status, "授权失败" in response.body.decode()) == (400, True)


def test_who_is_asked_agrees_once(alipay: AlipayApp) -> None:
    asked = page(alipay, scope="auth_user")
    assert asked.status == 200
    link = unescape(re.findall(r'href="([^"]+)">同意<', asked.body.decode())[0])
    person = alipay.world.outside.scene.people[0]
    assert alipay.world.outside.alipay.authorize(Request(method="GET", target=link), person).status == 302
    assert page(alipay, scope="auth_user").status == 302
    assert page(alipay, 2, scope="auth_user").status == 200


def test_a_token_has_no_code_and_no_msg(alipay: AlipayApp) -> None:
    told = granted(alipay)
    assert not {"code", "msg"} & told.keys()
    assert (told["user_id"], told["expires_in"], len(told["access_token"]), len(told["refresh_token"])) == (
        alipay.user_id(),
        3600,
        40,
        40,
    )
    assert "open_id" not in told


def test_newer_apps_get_open_id(alipay: AlipayApp) -> None:
    alipay.world.faults(settings={"alipay_identity": "open_id"})
    told = granted(alipay)
    assert (told["open_id"], "user_id" in told) == (alipay.world.credentials["people"][0]["alipay_open_id"], False)


def test_a_code_is_good_once_and_for_a_day(alipay: AlipayApp) -> None:
    first, second = (came_back(page(alipay))["auth_code"] for _ in range(2))
    assert "access_token" in alipay.ask(TOKEN, grant_type="authorization_code", code=first).told
    alipay.world.time.pass_(hours=24)
    for code in (first, second, "nobodys", ""):
        answer = alipay.ask(TOKEN, grant_type="authorization_code", code=code)
        assert (answer.name, answer.code, answer.sign) == ("error_response", "40002 isv.code-invalid", "")


def test_a_refresh_token_is_good_once(alipay: AlipayApp) -> None:
    refresh_token = granted(alipay)["refresh_token"]
    fresh = alipay.ask(TOKEN, grant_type="refresh_token", refresh_token=refresh_token).told
    assert fresh["user_id"] == alipay.user_id()
    again = alipay.ask(TOKEN, grant_type="refresh_token", refresh_token=refresh_token)
    assert again.code == "40002 isv.refresh-token-invalid"
    assert alipay.ask(TOKEN, grant_type="password").code == "40002 isv.grant-type-invalid"


def test_what_a_token_tells_of_a_person(alipay: AlipayApp) -> None:
    told = alipay.ask(SHARE, auth_token=granted(alipay, "auth_user")["access_token"]).told
    assert (told["code"], told["user_id"], told["nick_name"], told["gender"]) == (
        "10000",
        alipay.user_id(),
        "张甜甜",
        "F",
    )


def test_a_token_that_does_not_tell(alipay: AlipayApp) -> None:
    base = granted(alipay)["access_token"]
    assert alipay.ask(SHARE, auth_token=base).code == "40006 isv.insufficient-user-permissions"
    assert alipay.ask(SHARE, auth_token="nobodys").code == "20001 aop.invalid-auth-token"
    user = granted(alipay, "auth_user")["access_token"]
    alipay.world.time.pass_(hours=1)
    assert alipay.ask(SHARE, auth_token=user).code == "20001 aop.auth-token-time-out"
