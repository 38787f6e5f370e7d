"""The life account (docs/protocols/alipay.md section 10): what is pushed to the app, what the app may answer, its menu and its messages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from sandbox.alipay.life_account import LifeAccount
from tests.sandbox.alipay_app import AlipayApp
from tests.sandbox.world import Record

SINGLE, CUSTOM = "alipay.open.public.message.single.send", "alipay.open.public.message.custom.send"
MENU = "alipay.open.public.menu.create"
BUTTON = {"name": "缴费", "action_type": "link", "action_param": "http://app.invalid/h/demo/bills"}


def account(alipay: AlipayApp) -> LifeAccount:
    return alipay.world.outside.alipay.life_account


def chat(alipay: AlipayApp, number: int = 1) -> list[Record]:
    return alipay.world.outside.alipay.chats.messages(alipay.user_id(number))


# ---- pushed --------------------------------------------------------------------------------------------------------------------------------


def test_words_are_pushed(alipay: AlipayApp) -> None:
    said = account(alipay).say(alipay.user_id(), "缴费 ]]> 😀", None)
    fields = alipay.pushed(account(alipay).outbound(said))
    assert (fields["service"], fields["charset"], fields["sign_type"]) == (
        "alipay.mobile.public.message.notify",
        "GBK",
        "RSA2",
    )
    assert (fields["MsgType"], fields["FromAlipayUserId"], fields["AppId"]) == ("text", alipay.user_id(), alipay.app_id)
    assert fields["Content"].startswith("缴费 ]] > ")
    assert json.loads(fields["UserInfo"]) == {"logon_id": "199****0001", "user_name": "*甜"}
    assert fields["MsgId"]
    assert (chat(alipay)[0]["mine"], chat(alipay)[0]["text"]) == (True, "缴费 ]]> 😀")


@pytest.mark.parametrize(
    ("event", "param"), [("follow", ""), ("unfollow", ""), ("enter", '{"scene":{"sceneId":"1"}}'), ("click", "help")]
)
def test_events_are_pushed(alipay: AlipayApp, event: str, param: str) -> None:
    said = account(alipay).say(alipay.user_id(2), None, {"EventType": event, "ActionParam": param})
    fields = alipay.pushed(account(alipay).outbound(said))
    assert (fields["MsgType"], fields["EventType"], fields["ActionParam"]) == ("event", event, param)
    assert alipay.world.outside.alipay.chats.follows(alipay.user_id(2)) == (event == "follow")


def test_an_answer_with_an_article_stands_in_the_chat(alipay: AlipayApp) -> None:
    said = account(alipay).say(alipay.user_id(), "缴费", None)
    item = "<Item><Title><![CDATA[待缴费]]></Title><Desc><![CDATA[两张]]></Desc><Url><![CDATA[http://app.invalid/]]></Url></Item>"
    xml = (
        f"<XML><ToUserId><![CDATA[{alipay.user_id()}]]></ToUserId><MsgType><![CDATA[image-text]]></MsgType>"
        f"<ArticleCount>1</ArticleCount><Articles>{item}</Articles></XML>"
    )
    shown = account(alipay).answered(said, 200, alipay.reply(xml))
    assert shown is not None
    assert (shown["title"], shown["intro"], shown["url"]) == ("待缴费", "两张", "http://app.invalid/")


def test_what_is_no_signed_answer_shows_nothing(alipay: AlipayApp) -> None:
    said = account(alipay).say(alipay.user_id(), "你好", None)
    ack = alipay.ack(alipay.user_id())
    for status, body in (
        (200, ack),
        (500, ack),
        (200, b"success"),
        (200, alipay.reply("<XML></XML>", "AAAA")),
        (200, b"\xff"),
    ):
        assert account(alipay).answered(said, status, body) is None
    assert len(chat(alipay)) == 1
    assert account(alipay).opened(200, ack) is not None


def test_the_console_checks_the_address(alipay: AlipayApp) -> None:
    fields = alipay.pushed(account(alipay).outbound(account(alipay).check()))
    assert (fields["service"], fields["EventType"], fields["FromUserId"]) == ("alipay.service.check", "verifygw", "")
    key = load_pem_private_key(alipay.world.credentials["alipay"]["app_private_key_pem"].encode(), None).public_key()
    mine = "".join(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode().splitlines()[1:-1])
    right = alipay.reply(f"<success>true</success><biz_content>{mine}</biz_content>")
    assert account(alipay).is_mine(200, right)
    for wrong in (
        alipay.reply(
            f"<success>false</success><error_code>VERIFY_FAILED</error_code><biz_content>{mine}</biz_content>"
        ),
        alipay.reply("<success>true</success><biz_content>MIIB</biz_content>"),
        right.replace(b"RSA2", b"RSA"),
    ):
        assert not account(alipay).is_mine(200, wrong)


def test_a_push_can_be_spoilt(alipay: AlipayApp) -> None:
    said = account(alipay).say(alipay.user_id(), "你好", None)
    with pytest.raises(InvalidSignature):
        alipay.pushed(account(alipay).outbound(said, {"what": "wrong_signature"}))
    assert alipay.pushed(account(alipay).outbound(said, {"what": "garbled"}))["biz_content"] == "no XML"


def test_repeats_are_off_until_they_are_switched_on(alipay: AlipayApp) -> None:
    assert account(alipay).tries == 1
    alipay.world.faults(settings={"alipay_event_retry": True})
    assert account(alipay).tries == 3


# ---- menu ----------------------------------------------------------------------------------------------------------------------------------


def test_a_menu_is_kept_and_shown(alipay: AlipayApp) -> None:
    sub = {"name": "帮助", "action_type": "out", "action_param": "help"}
    buttons = [BUTTON, {"name": "我的", "sub_button": [sub]}]
    assert alipay.ask("alipay.open.public.menu.query", {}).code == "40004 11002"
    assert alipay.ask(MENU, {"button": buttons}).told["menu_key"] == "default"
    assert alipay.world.outside.alipay.menus.shown() == buttons
    told = alipay.ask("alipay.open.public.menu.query", {}).told
    assert json.loads(told["menu_content"]) == {"button": buttons}


@pytest.mark.parametrize(
    ("menu", "code"),
    [
        ({"button": []}, "11002"),
        ({"button": [BUTTON] * 5}, "11005"),
        ({"button": [BUTTON | {"name": "一二三四五六七八九十"}]}, "11003"),
        ({"button": [BUTTON | {"name": ""}]}, "11007"),
        ({"button": [BUTTON | {"action_type": "view"}]}, "11010"),
        ({"button": [BUTTON | {"action_param": "no address"}]}, "11014"),
        ({"button": [BUTTON | {"action_param": "http://x/" + "y" * 250}]}, "11014"),
        ({"button": [{"name": "我的", "sub_button": [BUTTON] * 6}]}, "11006"),
        ({"button": [{"name": "我的", "sub_button": [{"name": "更多", "sub_button": [BUTTON]}]}]}, "11008"),
        ({"button": ["缴费"]}, "11001"),
        ({"button": [BUTTON], "type": "round"}, "11010"),
    ],
)
def test_a_menu_with_something_wrong(alipay: AlipayApp, menu: Record, code: str) -> None:
    assert alipay.ask(MENU, menu).code == f"40004 {code}"


# ---- messages ------------------------------------------------------------------------------------------------------------------------------


def booked(alipay: AlipayApp, **changed: Any) -> Record:
    words = {
        "keyword1": "张**",
        "keyword2": "12.00",
        "keyword3": "2026-03-02 09:00",
        "keyword4": "内科",
        "keyword5": "ZF1",
        "first": "医院",
    }
    context: Record = {name: {"color": "#1677ff", "value": value} for name, value in words.items()}
    context |= {"head_color": "#1677ff", "url": "http://app.invalid/h/demo/payments/ZF1", "action_name": "查看详情"}
    template_id = alipay.world.credentials["alipay"]["templates"]["payment_booked"]["template_id"]
    content = {"to_user_id": alipay.user_id(), "template": {"template_id": template_id, "context": context}}
    return content | changed


def test_a_template_message(alipay: AlipayApp) -> None:
    assert alipay.ask(SINGLE, booked(alipay)).code == "10000"
    (card,) = chat(alipay)
    assert (card["kind"], card["title"], card["intro"], card["action"]) == ("card", "缴费成功通知", "医院", "查看详情")
    assert card["rows"][:2] == [["就诊人", "张**"], ["缴费金额", "12.00"]]


def test_a_template_message_by_open_id(alipay: AlipayApp) -> None:
    open_id = alipay.world.credentials["people"][0]["alipay_open_id"]
    content = booked(alipay, to_open_id=open_id)
    del content["to_user_id"]
    assert alipay.ask(SINGLE, content).code == "10000"
    assert len(chat(alipay)) == 1


def context_with(alipay: AlipayApp, **changed: Any) -> Record:
    content = booked(alipay)
    content["template"]["context"] |= changed
    return content


def test_a_template_message_with_something_wrong(alipay: AlipayApp) -> None:
    broken = [
        booked(alipay, to_user_id="1"),
        booked(alipay, template="TM1"),
        booked(alipay, template={"template_id": "TM1", "context": {}}),
        context_with(alipay, keyword2={"value": ""}),
        context_with(alipay, keyword2="12.00"),
        context_with(alipay, keyword9={"value": "x"}),
        context_with(alipay, url="nowhere"),
        context_with(alipay, action_name="这是一个太长的按钮名称"),
    ]
    assert [alipay.ask(SINGLE, each).code for each in broken] == ["40004 1001"] * len(broken)
    assert alipay.ask(SINGLE, booked(alipay, to_user_id=alipay.user_id(2))).code == "40004 11011"
    assert chat(alipay) == []


def say(alipay: AlipayApp, **more: Any) -> Record:
    return {"to_user_id": alipay.user_id(), "msg_type": "text", "text": {"content": "在一楼"}, **more}


def test_custom_messages_within_48_hours_of_an_action(alipay: AlipayApp) -> None:
    assert alipay.ask(CUSTOM, say(alipay)).code == "40004 11012"
    account(alipay).say(alipay.user_id(), "药房在哪", None)
    assert alipay.ask(CUSTOM, say(alipay)).code == "10000"
    article = {"title": "地图", "desc": "一楼", "url": "http://app.invalid/map", "action_name": "打开"}
    assert alipay.ask(CUSTOM, say(alipay, msg_type="image-text", articles=[article])).code == "10000"
    assert [message["kind"] for message in chat(alipay)] == ["text", "text", "card"]
    alipay.world.time.pass_(hours=48, seconds=1)
    assert alipay.ask(CUSTOM, say(alipay)).code == "40004 11012"


def test_a_hundred_custom_messages_a_day(alipay: AlipayApp) -> None:
    account(alipay).say(alipay.user_id(), "你好", None)
    codes = [alipay.ask(CUSTOM, say(alipay)).code for _ in range(101)]
    assert (codes[:100], codes[100]) == (["10000"] * 100, "40004 11012")
    alipay.world.time.pass_(hours=24)
    assert alipay.ask(CUSTOM, say(alipay)).code == "10000"


@pytest.mark.parametrize(
    "changed",
    [
        {"msg_type": "voice"},
        {"text": {"content": ""}},
        {"text": "在一楼"},
        {"msg_type": "image-text", "articles": []},
        {"msg_type": "image-text", "articles": [{"title": "x", "url": "nowhere"}]},
    ],
)
def test_a_custom_message_with_something_wrong(alipay: AlipayApp, changed: Record) -> None:
    account(alipay).say(alipay.user_id(), "你好", None)
    assert alipay.ask(CUSTOM, say(alipay, **changed)).code == "40004 1001"
