"""The page of /connect/oauth2/authorize (wechat_official.md section 6): silent, asking, or without a phone."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from sandbox.world.wire import Request, Response
from tests.sandbox.account import Account
from tests.sandbox.world import APP, World

FOLLOWER, STRANGER = 1, 2
BACK = quote(f"{APP}/oauth/wechat/demo/return", safe="")


@pytest.fixture
def account(world: World) -> Account:
    return Account(world)


def opened(world: World, query: str, openid: str | None) -> Response:
    return world.outside.authorize(Request(method="GET", target=f"/connect/oauth2/authorize?{query}"), openid)


def query(account: Account, scope: str = "snsapi_base", more: str = "") -> str:
    return f"appid={account.appid}&redirect_uri={BACK}&response_type=code&scope={scope}&state=S1{more}"


def links(page: Response) -> list[str]:
    assert page.status == 200
    return [unescape(target).partition("?")[2] for target in re.findall(r'href="([^"]+)"', page.body.decode())]


def returned(page: Response) -> dict[str, list[str]]:
    assert page.status == 302
    location = page.headers["Location"]
    assert location.startswith(f"{APP}/oauth/wechat/demo/return?code=")
    return parse_qs(urlsplit(location).query)


@pytest.mark.parametrize("number", [FOLLOWER, STRANGER])
def test_the_base_scope_asks_nobody(world: World, account: Account, number: int) -> None:
    told = returned(opened(world, query(account), world.openid(number)))
    assert told["state"] == ["S1"]
    assert account.exchange(told["code"][0])["openid"] == world.openid(number)


def test_who_follows_is_known_without_asking(world: World, account: Account) -> None:
    returned(opened(world, query(account, "snsapi_userinfo"), world.openid(FOLLOWER)))


def test_who_does_not_follow_is_asked_first(world: World, account: Account) -> None:
    (agree,) = links(opened(world, query(account, "snsapi_userinfo"), world.openid(STRANGER)))
    told = returned(opened(world, agree, world.openid(STRANGER)))
    assert account.exchange(told["code"][0])["scope"] == "snsapi_userinfo"


def test_without_a_phone_everybody_is_offered(world: World, account: Account) -> None:
    offered = links(opened(world, query(account), None))
    people = [person["openid"] for person in world.credentials["people"]]
    codes = [returned(opened(world, each, None))["code"][0] for each in offered]
    assert [account.exchange(code)["openid"] for code in codes] == people


def test_a_phone_is_its_owner_s_whatever_the_address_says(world: World, account: Account) -> None:
    someone = f"&sandbox_openid={world.openid(STRANGER)}"
    code = returned(opened(world, query(account, more=someone), world.openid(FOLLOWER)))["code"][0]
    assert account.exchange(code)["openid"] == world.openid(FOLLOWER)


def test_parameters_of_the_client_may_follow(world: World, account: Account) -> None:
    returned(opened(world, query(account, more="&connect_redirect=1&forcePopup=true"), world.openid()))


def test_a_page_never_carries_a_name_that_was_not_escaped(world: World, account: Account) -> None:
    page = opened(world, query(account).replace("S1", "%22%3E%3Cscript%3E"), None)
    assert page.status == 400
    assert b"<script>" not in page.body
