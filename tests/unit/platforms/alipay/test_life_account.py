"""The life account: what people do in it, and only what Alipay signed."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from server.core.errors import BadInput, Forged
from server.core.ports import RawRequest
from server.patients.model import PayerIdentity
from server.platforms.alipay.openapi.account import AlipayApp
from tests.unit.platforms.alipay import vectors
from tests.unit.platforms.alipay.life_account_pushes import OPEN_ID, a_chat, pushed, xml
from tests.unit.platforms.alipay.pen import APP_ID, USER, an_app, form, posted

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
def test_every_event_is_read(event: str, param: str, expected: tuple[str, str]) -> None:
    message = a_chat()[0].receive(pushed(xml("event", event, param)))
    assert (message.kind, message.event, message.key, message.text) == ("event", *expected, "")
    assert message.sender == PayerIdentity(channel="alipay", app_id=APP_ID, subject=USER)


def test_chinese_comes_as_it_was_said() -> None:
    message = a_chat()[0].receive(pushed(xml("text", text="缴费（急）", MsgId="m-1")))
    assert (message.kind, message.text, message.account) == ("text", "缴费（急）", APP_ID)


def test_of_what_is_said_2048_characters_are_kept() -> None:
    chat, _ = a_chat()
    assert chat.receive(pushed(xml("text", text="长" * 2049, MsgId="m-1"))).text == "长" * 2048
    assert chat.receive(pushed(xml("event", "click", "k" * 2049))).key == "k" * 2048


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
    assert {(number[:5], len(number)) for number in numbers} == {("life-", 5 + 32)}


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
    for length, error in ((64 * 1024 + 1, BadInput), (64 * 1024, Forged)):
        with pytest.raises(error):
            chat.receive(RawRequest(method="POST", path="/x", query={}, headers={}, body=b"x" * length))
    with pytest.raises(BadInput):
        chat.receive(pushed(xml("event", "follow"), service="alipay.invented"))


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
