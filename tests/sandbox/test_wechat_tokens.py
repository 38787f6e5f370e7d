"""Access tokens, OAuth codes and the JS ticket by wechat_official.md sections 4, 6 and 7."""

from __future__ import annotations

import pytest

from sandbox.world.wire import Request
from tests.sandbox.account import Account
from tests.sandbox.world import World


@pytest.fixture
def account(world: World) -> Account:
    return Account(world)


# ---- stable_token ------------------------------------------------------------------------------------------------------------------------


def test_the_same_token_until_its_last_five_minutes(world: World, account: Account) -> None:
    first = account.stable()
    assert first["expires_in"] == 7200
    assert set(first) == {"access_token", "expires_in"}
    world.time.pass_(minutes=114)
    again = account.stable()
    assert again["access_token"] == first["access_token"]
    assert again["expires_in"] == 360
    world.time.pass_(seconds=61)
    renewed = account.stable()
    assert renewed["access_token"] != first["access_token"]
    assert renewed["expires_in"] == 7200
    assert (account.works(first["access_token"]), account.works(renewed["access_token"])) == (0, 0)
    world.time.pass_(minutes=5)
    assert account.works(first["access_token"]) in {40001, 42001}
    assert account.works(renewed["access_token"]) == 0


def test_expires_in_is_never_less_than_five_minutes(world: World, account: Account) -> None:
    for _ in range(60):
        assert account.stable()["expires_in"] >= 300
        world.time.pass_(minutes=7)


def test_a_token_nobody_renewed_ends(world: World, account: Account) -> None:
    token = account.token()
    world.time.pass_(hours=2, seconds=1)
    assert account.works(token) == 42001


def test_forcing_kills_the_one_before_but_not_twice_in_thirty_seconds(world: World, account: Account) -> None:
    first = account.token()
    world.time.pass_(seconds=31)
    forced = account.stable(force_refresh=True)["access_token"]
    assert forced != first
    assert account.works(first) == 40001
    world.time.pass_(seconds=29)
    assert account.stable(force_refresh=True)["access_token"] == forced
    world.time.pass_(seconds=2)
    assert account.stable(force_refresh=True)["access_token"] != forced


def test_twenty_forced_a_day(world: World, account: Account) -> None:
    account.token()
    for _ in range(20):
        world.time.pass_(seconds=31)
        assert "access_token" in account.stable(force_refresh=True)
    world.time.pass_(seconds=31)
    last = account.stable(force_refresh=True)
    assert last.get("errcode") == 45009
    assert "access_token" in account.stable()


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"grant_type": "password"}, 40002),
        ({"appid": "wx0000000000000000"}, 40013),
        ({"secret": "0" * 32}, 40125),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
    ],
)
def test_stable_token_s_refusals(account: Account, changed: dict[str, str], errcode: int) -> None:
    assert account.stable(**changed)["errcode"] == errcode


def test_errors_carry_a_rid(account: Account) -> None:
    told = account.ask("GET", "/cgi-bin/ticket/getticket", access_token="nonsense", type="jsapi")
    assert told["errcode"] == 40001
    assert told["errmsg"].startswith("invalid credential, access_token is invalid or not latest")
    head, _, rid = told["errmsg"].rpartition(" rid: ")
    assert head
    assert [len(part) for part in rid.split("-")] == [8, 8, 8]
    assert account.ask("GET", "/cgi-bin/ticket/getticket", type="jsapi")["errcode"] == 41001


def test_the_classic_token_is_another(world: World, account: Account) -> None:
    query = {"grant_type": "client_credential", "appid": account.appid, "secret": account.secret}
    stable = account.token()
    first = account.ask("GET", "/cgi-bin/token", **query)["access_token"]
    second = account.ask("GET", "/cgi-bin/token", **query)["access_token"]
    assert len({stable, first, second}) == 3
    assert [account.works(token) for token in (stable, first, second)] == [0, 0, 0]
    world.time.pass_(minutes=5, seconds=1)
    assert account.works(first) in {40001, 42001}
    assert [account.works(token) for token in (stable, second)] == [0, 0]


def test_no_new_token_wakes_a_dead_one(world: World, account: Account) -> None:
    query = {"grant_type": "client_credential", "appid": account.appid, "secret": account.secret}
    old = account.ask("GET", "/cgi-bin/token", **query)["access_token"]
    world.time.pass_(hours=2, seconds=1)
    account.ask("GET", "/cgi-bin/token", **query)
    assert account.works(old) in {40001, 42001}


def test_wrong_methods(account: Account) -> None:
    assert account.ask("POST", "/cgi-bin/ticket/getticket", {}, access_token=account.token())["errcode"] == 43001
    assert account.ask("GET", "/cgi-bin/message/template/send", access_token=account.token())["errcode"] == 43002


# ---- OAuth -------------------------------------------------------------------------------------------------------------------------------


def test_a_code_says_who_it_is_once(world: World, account: Account) -> None:
    code = account.code(2)
    told = account.exchange(code)
    assert told["openid"] == world.openid(2)
    assert (told["scope"], told["expires_in"]) == ("snsapi_base", 7200)
    assert "unionid" not in told
    assert {"access_token", "refresh_token"} <= told.keys()
    assert account.exchange(code)["errcode"] == 40163


def test_a_code_lives_five_minutes(world: World, account: Account) -> None:
    old, young = account.code(), account.code()
    world.time.pass_(minutes=4, seconds=59)
    assert "openid" in account.exchange(young)
    world.time.pass_(seconds=2)
    assert account.exchange(old)["errcode"] in {40029, 42003}


def test_a_code_refused_for_another_reason_is_not_used_up(account: Account) -> None:
    code = account.code()
    assert account.exchange(code, secret="0" * 32)["errcode"] == 40125
    assert account.exchange(code, grant_type="client_credential")["errcode"] == 40002
    assert "openid" in account.exchange(code)


def test_nonsense_codes(account: Account) -> None:
    assert account.exchange("nonsense")["errcode"] == 40029
    assert account.exchange("")["errcode"] == 41008


def test_userinfo_needs_its_scope(world: World, account: Account) -> None:
    base, full = account.exchange(account.code()), account.exchange(account.code(scope="snsapi_userinfo"))
    assert full["unionid"] == world.credentials["people"][0]["unionid"]
    refused = account.ask(
        "GET", "/sns/userinfo", access_token=base["access_token"], openid=base["openid"], lang="zh_CN"
    )
    assert refused["errcode"] == 48001
    told = account.ask("GET", "/sns/userinfo", access_token=full["access_token"], openid=full["openid"], lang="zh_CN")
    assert {"openid", "nickname", "headimgurl", "privilege"} <= told.keys()
    assert (told["sex"], told["province"], told["city"]) == (0, "", "")


@pytest.mark.parametrize(
    "target",
    [
        "appid=wx0&redirect_uri={back}&response_type=code&scope=snsapi_base&state=S",
        "appid={appid}&redirect_uri=http%3A%2F%2Felsewhere.invalid%2Fr&response_type=code&scope=snsapi_base&state=S",
        "appid={appid}&redirect_uri=http%3A%2F%2Fapp.invalid.elsewhere.invalid%2Fr&response_type=code&scope=snsapi_base&state=S",
        "appid={appid}&redirect_uri=javascript%3Aalert(1)&response_type=code&scope=snsapi_base&state=S",
        "appid={appid}&redirect_uri={back}&response_type=token&scope=snsapi_base&state=S",
        "appid={appid}&redirect_uri={back}&response_type=code&scope=snsapi_login&state=S",
        "appid={appid}&redirect_uri={back}&response_type=code&scope=snsapi_base&state=" + "x" * 129,
        "appid={appid}&redirect_uri={back}&response_type=code&scope=snsapi_base&state=a-b",
        "redirect_uri={back}&appid={appid}&response_type=code&scope=snsapi_base&state=S",
    ],
    ids=["appid", "host", "host that begins so", "scheme", "response_type", "scope", "long state", "state", "order"],
)
def test_the_authorize_page_refuses(world: World, account: Account, target: str) -> None:
    asked = target.format(appid=account.appid, back="http%3A%2F%2Fapp.invalid%3A8888%2Freturn")
    request = Request(method="GET", target=f"/connect/oauth2/authorize?{asked}")
    response = world.outside.authorize(request, world.openid())
    assert response.status != 302
    assert "Location" not in response.headers


# ---- JS ticket -----------------------------------------------------------------------------------------------------------------------------


def test_the_ticket_stays_until_it_ends(world: World, account: Account) -> None:
    first = account.ask("GET", "/cgi-bin/ticket/getticket", access_token=account.token(), type="jsapi")
    assert (first["errcode"], first["errmsg"], first["expires_in"]) == (0, "ok", 7200)
    world.time.pass_(minutes=60)
    again = account.ask("GET", "/cgi-bin/ticket/getticket", access_token=account.token(), type="jsapi")
    assert (again["ticket"], again["expires_in"]) == (first["ticket"], 3600)
    world.time.pass_(minutes=61)
    later = account.ask("GET", "/cgi-bin/ticket/getticket", access_token=account.token(), type="jsapi")
    assert later["ticket"] != first["ticket"]
