"""Template and customer-service messages, and the menu, by wechat_official.md sections 8 to 10."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto

from sandbox.alipay import templates as alipay_templates
from sandbox.wechat import templates as wechat_templates
from sandbox.wechat.callback import BLOCKED
from tests.sandbox.account import Account
from tests.sandbox.world import Record, World

FOLLOWER, STRANGER = 1, 2


@pytest.fixture
def account(world: World) -> Account:
    return Account(world)


def say(world: World, number: int, text: str | None, event: dict[str, str] | None = None) -> None:
    world.outside.callback.say(world.openid(number), text, event)


# ---- template ----------------------------------------------------------------------------------------------------------------------------


def test_a_follower_gets_the_card(account: Account) -> None:
    told = account.template()
    assert (told["errcode"], told["errmsg"]) == (0, "ok")
    assert isinstance(told["msgid"], int)
    card = account.chat()[-1]
    assert card["kind"] == "card"
    assert ["就诊人", "张**"] in card["rows"]


def test_nobody_else_does(account: Account) -> None:
    assert account.template(STRANGER)["errcode"] == 43004
    assert account.chat(STRANGER) == []


@pytest.mark.parametrize(
    "value", [{"thing": "字" * 20}, {"amount": "¥1234567890.12"}, {"amount": "12元"}, {"time": "09:05"}, {"time": "2026-03-02 09:05:59"},
              {"time": "2026年3月2日 09:00~10:00"}, {"character_string": "x" * 32}, {"character_string": "ZF-2026/03_02*#"}],
    ids=str,
)  # fmt: skip
def test_values_that_the_keywords_allow(account: Account, value: dict[str, str]) -> None:
    assert account.template(**value)["errcode"] == 0


@pytest.mark.parametrize(
    "value", [{"thing": "字" * 21}, {"thing": "a\nb"}, {"thing": "a\tb"}, {"amount": "12345678901"}, {"amount": "十二元"}, {"amount": "¥¥12"},
              {"amount": "12.00元整"}, {"time": "2026-03-02"}, {"time": "25:00"}, {"time": "2026年02月30日 09:00"}, {"time": "2026-04-31 09:00"},
              {"time": "2026年13月01日 09:00"}, {"time": "09:60"}, {"time": "now"}, {"time": "9点"},
              {"character_string": "x" * 33}, {"character_string": "单号"}, {"character_string": "a\nb"}],
    ids=str,
)  # fmt: skip
def test_values_that_they_do_not(account: Account, value: dict[str, str]) -> None:
    told = account.template(**value)
    kind = next(iter(value))
    assert told["errcode"] == 47003
    assert told["errmsg"].startswith(f"argument invalid! data.{kind}")
    assert ".value invalid rid: " in told["errmsg"]
    assert account.chat() == []


def test_empty_and_missing_values(account: Account) -> None:
    for told in (account.template(thing=""), account.template(thing=...)):  # type: ignore[arg-type]
        assert told["errcode"] == 47003
        assert ".value is empty rid: " in told["errmsg"]


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [({"touser": "oNobody"}, 40003), ({"touser": ""}, 40003), ({"template_id": "none"}, 40037), ({"data": []}, 47001)],
)
def test_template_refusals(world: World, account: Account, changed: Record, errcode: int) -> None:
    template_id = account.templates["payment_returned"]["template_id"]
    good = {
        "touser": world.openid(), "template_id": template_id,
        "data": {"thing1": {"value": "张**"}, "amount2": {"value": "1元"}, "character_string3": {"value": "ZF1"}, "thing4": {"value": "医院系统未能入账"}},
    }  # fmt: skip
    assert account.send("/cgi-bin/message/template/send", good)["errcode"] == 0
    assert account.send("/cgi-bin/message/template/send", good | changed)["errcode"] == errcode


def test_bodies_that_are_none(account: Account) -> None:
    path, token = "/cgi-bin/message/template/send", account.token()
    assert account.ask("POST", path, b"", access_token=token)["errcode"] == 44002
    for body in (b"{", b"[]", b"null"):
        assert account.ask("POST", path, body, access_token=token)["errcode"] == 47001


def test_the_same_client_msg_id_is_sent_once_in_ten_minutes(world: World, account: Account) -> None:
    template_id = account.templates["payment_returned"]["template_id"]
    body = {
        "touser": world.openid(), "template_id": template_id, "client_msg_id": "m1",
        "data": {"thing1": {"value": "张**"}, "amount2": {"value": "1元"}, "character_string3": {"value": "ZF1"}, "thing4": {"value": "医院系统未能入账"}},
    }  # fmt: skip
    assert account.send("/cgi-bin/message/template/send", body)["errcode"] == 0
    account.send("/cgi-bin/message/template/send", body)
    assert len(account.chat()) == 1
    world.time.pass_(minutes=10, seconds=1)
    account.send("/cgi-bin/message/template/send", body)
    assert len(account.chat()) == 2


def test_the_app_hears_that_it_arrived(world: World, account: Account) -> None:
    msgid = account.template()["msgid"]
    (event,) = world.bring(200, b"success")
    assert event.url.startswith("http://app.invalid:8888/wechat/demo/callback?")
    assert msgid > 0
    assert world.bring() == []


@pytest.mark.parametrize("status", ["failed:user block", "failed: system failed"])
def test_one_that_does_not_arrive(world: World, account: Account, status: str) -> None:
    """It is taken like any other; only the event says what became of it."""
    code = {} if status == BLOCKED else {"code": status}
    world.faults({"where": "wechat.template", "what": "undelivered", "times": 1, **code})
    assert (account.template()["errcode"], account.chat()) == (0, [])
    world.time.pass_(seconds=2)
    (event,) = world.bring(200, b"success")
    given = world.credentials["wechat"]
    crypto, query = (
        WeChatCrypto(given["token"], given["encoding_aes_key"], given["appid"]),
        dict(parse_qsl(event.url.partition("?")[2])),
    )
    opened = crypto.decrypt_message(event.body, query["msg_signature"], query["timestamp"], query["nonce"])
    assert parse_message(opened).status == status
    assert account.template()["errcode"] == 0
    assert len(account.chat()) == 1


# ---- customer service ----------------------------------------------------------------------------------------------------------------------


def test_five_answers_to_a_person_who_spoke_within_two_days(world: World, account: Account) -> None:
    say(world, FOLLOWER, "你好")
    assert [account.custom() for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    say(world, FOLLOWER, "还在吗")
    world.time.pass_(hours=47, minutes=59)
    assert account.custom() == 0
    world.time.pass_(minutes=2)
    assert account.custom() == 45015


@pytest.mark.parametrize(
    "event", [{"Event": "CLICK", "EventKey": "help"}, {"Event": "subscribe", "EventKey": ""}, {"Event": "SCAN", "EventKey": "7"}],
    ids=lambda event: event["Event"],
)  # fmt: skip
def test_three_answers_within_a_minute_of_a_tap(world: World, account: Account, event: dict[str, str]) -> None:
    say(world, FOLLOWER, None, event)
    assert [account.custom() for _ in range(4)] == [0, 0, 0, 45047]
    say(world, FOLLOWER, None, event)
    world.time.pass_(seconds=61)
    assert account.custom() == 45015


def test_nobody_is_spoken_to_who_did_nothing(account: Account) -> None:
    assert account.custom(FOLLOWER) == 45015
    assert account.custom(STRANGER) == 45015


def test_who_left_is_left_alone(world: World, account: Account) -> None:
    say(world, FOLLOWER, "你好")
    say(world, FOLLOWER, None, {"Event": "unsubscribe"})
    assert account.custom() == 45015
    assert account.template()["errcode"] == 43004


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"touser": "oNobody", "msgtype": "text", "text": {"content": "x"}}, {40003}),
        ({"msgtype": "video9"}, {40008}),
        ({"msgtype": "text", "text": {"content": ""}}, {44004}),
        ({"msgtype": "text"}, {44004, 47001}),
        ({"msgtype": "text", "text": {"content": "字" * 700}}, {45002}),
    ],
)
def test_custom_refusals(world: World, account: Account, body: Record, errcode: set[int]) -> None:
    say(world, FOLLOWER, "你好")
    asked = {"touser": world.openid()} | body
    assert account.send("/cgi-bin/message/custom/send", asked)["errcode"] in errcode


# ---- menu ------------------------------------------------------------------------------------------------------------------------------------

VIEW = {"type": "view", "name": "缴费", "url": "http://app.invalid:8888/h/demo/bills"}
CLICK = {"type": "click", "name": "帮助", "key": "help"}


def group(*subs: Record) -> Record:
    return {"name": "更多", "sub_button": list(subs)}


def test_the_menu_is_shown_as_it_was_pushed(account: Account) -> None:
    menu = {"button": [VIEW, CLICK, group(VIEW, CLICK | {"name": "字" * 20})]}
    assert account.send("/cgi-bin/menu/create", menu)["errcode"] == 0
    told = account.ask("GET", "/cgi-bin/menu/get", access_token=account.token())
    assert [button["name"] for button in told["menu"]["button"]] == ["缴费", "帮助", "更多"]
    assert account.ask("GET", "/cgi-bin/menu/delete", access_token=account.token())["errcode"] == 0
    assert account.ask("GET", "/cgi-bin/menu/get", access_token=account.token())["errcode"] == 46003


@pytest.mark.parametrize(
    "menu",
    [
        {}, {"button": []}, {"button": [VIEW] * 4}, {"button": [group(*[CLICK] * 6)]}, {"button": [CLICK | {"name": "一二三四五六"}]},
        {"button": [CLICK | {"name": ""}]}, {"button": [group(CLICK | {"name": "字" * 21})]}, {"button": [CLICK | {"key": "k" * 129}]},
        {"button": [CLICK | {"key": ""}]}, {"button": [CLICK | {"key": None}]}, {"button": [{"type": "click", "name": "帮助"}]}, {"button": [VIEW | {"url": "app.invalid"}]},
        {"button": [VIEW | {"url": "http://a.invalid/" + "x" * 1024}]}, {"button": [VIEW | {"type": "dance"}]},
        {"button": [{"name": "无事"}]}, {"button": [group(group(CLICK))]}, {"button": ["缴费"]},
        {"button": [{"type": "miniprogram", "name": "小程序", "url": "http://a.invalid/"}]},
    ],
    ids=lambda menu: str(menu)[:50],
)  # fmt: skip
def test_menus_that_are_refused(account: Account, menu: Record) -> None:
    assert account.send("/cgi-bin/menu/create", menu)["errcode"] > 40000
    assert account.ask("GET", "/cgi-bin/menu/get", access_token=account.token())["errcode"] == 46003


def test_no_two_templates_share_an_id() -> None:
    """Two branches had given one number to two purposes, and the second answered for the first."""
    for templates in (wechat_templates.TEMPLATES, alipay_templates.TEMPLATES):
        ids = [template.template_id for template in templates]
        purposes = [template.purpose for template in templates]
        assert (len(set(ids)), len(set(purposes))) == (len(ids), len(purposes))
