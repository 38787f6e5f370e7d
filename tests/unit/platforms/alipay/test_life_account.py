"""The life account: what people do in it, the signed answer, what is said afterwards, its menu and its messages."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_private_key

from server.core.errors import BadInput, Forged, NotSent, OutcomeUnknown, OutsideRefusal
from server.core.ports import RawReply, RawRequest
from server.patients.contact_ports import ChatReply, OutgoingMessage
from server.patients.model import PayerIdentity
from server.platforms.alipay.life_account.account import LifeAccountConfig, LifeAccountTemplate
from server.platforms.alipay.life_account.gateway import LifeAccountChat
from server.platforms.alipay.life_account.messages import LifeAccountMessenger
from server.platforms.alipay.openapi.account import AlipayApp
from server.storage.memory import memory_stores
from tests.support.chance import FakeClock
from tests.unit.platforms.alipay import vectors
from tests.unit.platforms.alipay.pen import APP_ID, USER, a_client, an_app, biz, failure, form, posted, sent, success
from tests.unit.platforms.played import Answer, ScriptedTransport

SEND, MENU, SINGLE = (
    f"alipay.open.public.{name}" for name in ("message.custom.send", "menu.create", "message.single.send")
)
OPEN_ID = "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5"


def a_chat(
    *answers: Answer, app: AlipayApp | None = None, config: LifeAccountConfig | None = None
) -> tuple[LifeAccountChat, ScriptedTransport]:
    client, transport = a_client(*answers, app=app)
    return LifeAccountChat(client, config or LifeAccountConfig(), FakeClock(), memory_stores().short_lived), transport


def xml(kind: str, event: str = "", param: str = "", text: str = "", **more: str) -> str:
    fields = {
        "AppId": APP_ID,
        "FromUserId": "old-open-id",
        "FromAlipayUserId": USER,
        "CreateTime": "1795397400000",
        "MsgType": kind,
        "EventType": event,
        "ActionParam": param,
        "UserInfo": '{"logon_id":"135****0000","user_name":"*三"}',
        **more,
    }
    said = f"<Text><Content><![CDATA[{text}]]></Content></Text>" if text else ""
    return (
        "<XML>" + "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items()) + said + "</XML>"
    )


def pushed(content: str, service: str = "alipay.mobile.public.message.notify", **fields: str) -> RawRequest:
    told = {"service": service, "charset": "GBK", "sign_type": "RSA2", "biz_content": content, **fields}
    return form(told, left_out=("sign",), charset="gbk")


def opened(reply: RawReply) -> str:
    """The answer's content, once its signature by the app held. Fails otherwise."""
    text = reply.body.decode("gbk")
    found = re.fullmatch(
        r'<\?xml version="1\.0" encoding="GBK"\?><alipay><response>(.*)</response>'
        r"<sign>(.*)</sign><sign_type>RSA2</sign_type></alipay>",
        text,
    )
    assert found, text
    public = load_pem_private_key(vectors.APP_PRIVATE_KEY_PEM.encode(), None).public_key()
    assert isinstance(public, RSAPublicKey)
    public.verify(base64.b64decode(found[2]), found[1].encode("gbk"), PKCS1v15(), SHA256())
    return found[1]


# ---- what comes in ------------------------------------------------------------------------------------------------------------


def vector_app() -> AlipayApp:
    """Of the vector, in which the app's own key plays Alipay's."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = load_pem_private_key(vectors.APP_PRIVATE_KEY_PEM.encode(), None).public_key()
    return an_app(alipay_keys=(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),))


def vector_push(**fields: str) -> RawRequest:
    told = {
        "service": "alipay.mobile.public.message.notify",
        "charset": "GBK",
        "sign_type": "RSA2",
        "biz_content": vectors.PUSH_XML,
        "sign": vectors.PUSH_SIGN,
    }
    return posted({**told, **fields}, "gbk")


def test_the_push_of_the_page() -> None:
    chat, _ = a_chat(app=vector_app())
    message = chat.receive(vector_push())
    assert (message.kind, message.event, message.sender.subject) == ("event", "follow", "2088000000000001")
    with pytest.raises(Forged):
        chat.receive(vector_push(charset="UTF-8"))


@pytest.mark.parametrize(
    ("event", "param", "expected"),
    [
        ("follow", "", ("follow", "")),
        ("unfollow", "", ("unfollow", "")),
        ("click", "bills", ("click", "bills")),
        ("enter", '{"scene":{"sceneId":"1"}}', ("other", "")),
        ("invented", "bills", ("other", "")),
    ],
)
def test_events(event: str, param: str, expected: tuple[str, str]) -> None:
    message = a_chat()[0].receive(pushed(xml("event", event, param)))
    assert (message.kind, message.event, message.key, message.text) == ("event", *expected, "")
    assert message.sender == PayerIdentity(channel="alipay", app_id=APP_ID, subject=USER)


def test_chinese_comes_as_it_was_said() -> None:
    message = a_chat()[0].receive(pushed(xml("text", text="缴费（急）", MsgId="m-1")))
    assert (message.kind, message.text, message.account) == ("text", "缴费（急）", APP_ID)


def test_pictures_are_something_said_without_a_word() -> None:
    message = a_chat()[0].receive(pushed(xml("image", MsgId="m-1")))
    assert (message.kind, message.text) == ("text", "")


def test_people_without_user_id() -> None:
    chat, _ = a_chat()
    assert (
        chat.receive(pushed(xml("event", "follow", FromAlipayUserId="", FromOpenId=OPEN_ID))).sender.subject == OPEN_ID
    )
    with pytest.raises(BadInput):
        chat.receive(pushed(xml("event", "follow", FromAlipayUserId="", FromUserId="")))


def test_deliveries_of_one_message_have_one_number_without_a_person_in_it() -> None:
    chat, _ = a_chat()
    numbers = [
        chat.receive(pushed(content)).id
        for content in (
            xml("event", "click", "bills"),
            xml("event", "click", "bills"),
            xml("event", "click", "help"),
            xml("event", "click", "bills", CreateTime="1795397400001"),
            xml("text", text="缴费", MsgId="m-1"),
            xml("text", text="缴费", MsgId="m-1", CreateTime="1795397405000"),
            xml("text", text="缴费", MsgId="m-2"),
        )
    ]
    assert [numbers.index(number) for number in numbers] == [0, 0, 2, 3, 4, 4, 6]
    assert not any(USER in number for number in numbers)


def test_only_what_alipay_signed_by_its_rule() -> None:
    chat, _ = a_chat()
    fields = {"service": "alipay.mobile.public.message.notify", "charset": "GBK", "sign_type": "RSA2"}
    whole = {**fields, "biz_content": xml("event", "follow")}
    for raw in (
        form(whole, left_out=("sign", "sign_type"), charset="gbk"),
        form(whole, left_out=("sign",), key="somebody else", charset="gbk"),
        posted(whole, "gbk"),
        pushed(xml("event", "follow", AppId="2021999999999999")),
    ):
        with pytest.raises(Forged):
            chat.receive(raw)
    with pytest.raises(Forged):
        chat.check_address(RawRequest(method="GET", path="/x", query={"echostr": "1"}, headers={}, body=b""))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no XML",
        "<XML>",
        "<xml></xml>",
        '<!DOCTYPE XML [<!ENTITY a "aaaa">]><XML><AppId>&a;</AppId></XML>',
        "<XML><AppId>&undefined;</AppId></XML>",
        f"<XML><AppId>{APP_ID}</AppId></XML>",
        xml("event", "follow", FromAlipayUserId="<b>"),
        xml("event", "follow", CreateTime="now"),
    ],
)
def test_what_is_genuine_and_unreadable(content: str) -> None:
    with pytest.raises(BadInput):
        a_chat()[0].receive(pushed(content))


def test_too_much_and_another_service() -> None:
    chat, _ = a_chat()
    with pytest.raises(BadInput):
        chat.receive(pushed(xml("text", text="长" * 40_000)))
    with pytest.raises(BadInput):
        chat.receive(pushed(xml("event", "follow"), service="alipay.invented"))


# ---- what goes out ------------------------------------------------------------------------------------------------------------


def test_the_address_proves_itself_with_the_app_s_key() -> None:
    chat, _ = a_chat()
    message = chat.receive(pushed(xml("event", "verifygw", FromUserId="", FromAlipayUserId=""), "alipay.service.check"))
    content = opened(chat.reply(message, ChatReply()))
    found = re.fullmatch(r"<success>true</success><biz_content>([A-Za-z0-9+/=]+)</biz_content>", content)
    assert found
    ours = load_pem_private_key(vectors.APP_PRIVATE_KEY_PEM.encode(), None).public_key()
    assert load_der_public_key(base64.b64decode(found[1])) == ours


def test_everything_else_is_acknowledged() -> None:
    chat, _ = a_chat()
    message = chat.receive(pushed(xml("text", text="缴费", MsgId="m-1")))
    reply = chat.reply(message, ChatReply(text="不在这里说"))
    assert reply.content_type == "text/xml; charset=GBK"
    assert opened(reply) == (
        f"<XML><ToUserId><![CDATA[{USER}]]></ToUserId><AppId><![CDATA[{APP_ID}]]></AppId>"
        "<CreateTime><![CDATA[1795397400000]]></CreateTime><MsgType><![CDATA[ack]]></MsgType></XML>"
    )


@pytest.mark.asyncio
async def test_what_there_is_to_say_is_said_once_and_in_plain_words() -> None:
    chat, transport = a_chat(success(SEND))
    message = chat.receive(pushed(xml("text", text="缴费", MsgId="m-1")))
    reply = ChatReply(text='<a href="https://pay.example.org/h/demo/bills">点这里查看待缴费用</a>\n也可以扫码。')
    for _ in range(3):
        await chat.say(message, reply)
    (request,) = transport.sent
    assert sent(request)["method"] == SEND
    assert biz(request) == {
        "to_user_id": USER,
        "msg_type": "text",
        "text": {"content": "点这里查看待缴费用：https://pay.example.org/h/demo/bills\n也可以扫码。"},
    }


@pytest.mark.asyncio
async def test_two_people_s_messages_with_one_number_are_both_answered() -> None:
    chat, transport = a_chat(success(SEND), success(SEND))
    other = "2088000000000099"
    for person in (USER, other):
        message = chat.receive(pushed(xml("text", text="缴费", MsgId="m-1", FromAlipayUserId=person)))
        await chat.say(message, ChatReply(text="好"))
    assert [biz(request)["to_user_id"] for request in transport.sent] == [USER, other]


@pytest.mark.asyncio
async def test_nothing_to_say_is_nothing_sent() -> None:
    chat, transport = a_chat()
    check = chat.receive(pushed(xml("event", "verifygw"), "alipay.service.check"))
    follow = chat.receive(pushed(xml("event", "follow")))
    await chat.say(check, ChatReply(text="…"))
    await chat.say(follow, ChatReply())
    assert transport.sent == []


# ---- the menu -----------------------------------------------------------------------------------------------------------------

BUTTONS: dict[str, Any] = {
    "button": [
        {"name": "缴费", "type": "view", "url": "https://pay.example.org/h/demo/bills"},
        {"name": "我的", "sub_button": [{"name": "帮助", "type": "click", "key": "help"}]},
    ]
}


@pytest.mark.asyncio
async def test_the_hospital_s_one_menu_in_the_account_s_words() -> None:
    chat, transport = a_chat(success(MENU, menu_key="default"))
    assert await chat.push_menu(BUTTONS)
    assert biz(transport.sent[0]) == {
        "type": "text",
        "button": [
            {"name": "缴费", "action_type": "link", "action_param": "https://pay.example.org/h/demo/bills"},
            {"name": "我的", "sub_button": [{"name": "帮助", "action_type": "out", "action_param": "help"}]},
        ],
    }


@pytest.mark.asyncio
async def test_an_account_without_menu_is_left_alone() -> None:
    chat, transport = a_chat(config=LifeAccountConfig(has_menu=False))
    assert not await chat.push_menu(BUTTONS)
    assert transport.sent == []


@pytest.mark.parametrize(
    "button",
    [
        {"name": "一二三四五六七八九十", "type": "click", "key": "k"},
        {"name": "缴费", "type": "click"},
        {"name": "缴费", "type": "view", "url": "https://" + "a" * 250},
        {"name": "缴费"},
        {"name": "缴费", "type": "scan", "key": "k"},
        {"name": "缴费", "sub_button": [{"name": "帮助", "type": "click", "key": "k"}] * 6},
    ],
)
@pytest.mark.asyncio
async def test_a_menu_that_does_not_fit_is_not_sent(button: dict[str, Any]) -> None:
    chat, transport = a_chat()
    with pytest.raises(BadInput):
        await chat.push_menu({"button": [button]})
    assert transport.sent == []


# ---- messages -----------------------------------------------------------------------------------------------------------------

TEMPLATES = {
    "payment_booked": LifeAccountTemplate(
        template_id="TM000000000000000001", keywords={"first": "guide", "keyword1": "hospital", "keyword2": "amount"}
    )
}
BOOKED = OutgoingMessage(
    purpose="payment_booked",
    values={"guide": "请到\n一楼药房", "hospital": "测试医院", "amount": "12.34"},
    url="https://pay.example.org/h/demo/payments/P1",
)


def a_messenger(*answers: Answer) -> tuple[LifeAccountMessenger, ScriptedTransport]:
    client, transport = a_client(*answers)
    return LifeAccountMessenger(client, LifeAccountConfig(templates=TEMPLATES)), transport


def somebody(subject: str = USER, app_id: str = APP_ID) -> PayerIdentity:
    return PayerIdentity(channel="alipay", app_id=app_id, subject=subject)


@pytest.mark.asyncio
async def test_a_template_message() -> None:
    messenger, transport = a_messenger(success(SINGLE), success(SINGLE))
    assert await messenger.send(somebody(), BOOKED, "P1-payment_booked") == "P1-payment_booked"
    content = biz(transport.sent[0])
    context = content["template"]["context"]
    assert (content["to_user_id"], content["template"]["template_id"]) == (USER, "TM000000000000000001")
    assert {name: part["value"] for name, part in context.items() if isinstance(part, dict)} == {
        "first": "请到 一楼药房",
        "keyword1": "测试医院",
        "keyword2": "12.34",
    }
    assert (context["url"], context["action_name"]) == (BOOKED.url, "查看详情")
    await messenger.send(somebody(OPEN_ID), BOOKED, "x")
    assert biz(transport.sent[1])["to_open_id"] == OPEN_ID


@pytest.mark.asyncio
async def test_who_can_t_be_reached_here() -> None:
    for answers, to, notice in (
        ((), somebody(app_id="2021999999999999"), BOOKED),
        ((), somebody(), OutgoingMessage(purpose="payment_returned", values={})),
        ((failure(SINGLE, "11011"),), somebody(), BOOKED),
        ((failure(SINGLE, "PUB.USER_NOT_FOLLOW"),), somebody(), BOOKED),
    ):
        messenger, _ = a_messenger(*answers)
        assert await messenger.send(to, notice, "x") is None


@pytest.mark.parametrize(
    ("sub_code", "kind"),
    [
        ("isv.invalid-parameter", OutsideRefusal),
        ("PUB.MSG_BATCH_SD_OVER", NotSent),
        ("isp.unknow-error", OutcomeUnknown),
    ],
)
@pytest.mark.asyncio
async def test_other_troubles_of_messages(sub_code: str, kind: type[Exception]) -> None:
    messenger, _ = a_messenger(failure(SINGLE, sub_code))
    with pytest.raises(kind):
        await messenger.send(somebody(), BOOKED, "x")


@pytest.mark.parametrize("char", ["\x00", "\x02", "\x08", "\x0b", "\x1d", "\ufffe", "\uffff", "&#8;"])
def test_who_types_what_xml_forbids_is_heard(char: str) -> None:
    chat, _ = a_chat()
    for content in (
        xml("text", text=f"缴{char}费"),
        xml("text", text="缴费").replace("缴费]]>", f"]]>缴{char}费<![CDATA[]]>"),
    ):
        told = {
            "service": "alipay.mobile.public.message.notify",
            "charset": "GBK",
            "sign_type": "RSA2",
            "biz_content": content,
        }
        text = chat.receive(form(told, left_out=("sign",), charset="gb18030")).text
        assert text.replace(char if char.startswith("&") else "", "") == "缴费"


@pytest.mark.asyncio
@pytest.mark.parametrize("char", ["\x02", "\ufffe", "\ud800"])
async def test_what_is_said_can_be_sent(char: str) -> None:
    chat, transport = a_chat(success(SEND))
    assert await chat.tell(somebody(), f"退费{char}完成")
    assert biz(transport.sent[-1])["text"] == {"content": "退费完成"}
