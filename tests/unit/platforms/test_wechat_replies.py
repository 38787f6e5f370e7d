"""The official account's replies, and what people type that XML forbids."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.patients.contact_ports import ChatMessage, ChatReply
from tests.support.builders import an_identity
from tests.support.clock_and_ids import FakeClock
from tests.unit.platforms.official_account_messages import (
    CONFIG,
    TEXT,
    a_chat,
    encrypted,
    in_clear,
    opened,
    sha1,
    xml_of,
)
from tests.unit.platforms.played import raw_request

# ---- replies ---------------------------------------------------------------------------------------------------------------

MESSAGE = ChatMessage(id="1", sender=an_identity(), account="gh_demo", kind="text", text="缴费")


def test_a_text_reply_goes_back_encrypted() -> None:
    reply = a_chat().reply(MESSAGE, ChatReply(text='<a href="https://x">点这里</a>'))
    xml = opened(reply.body)
    assert (reply.status, reply.content_type.partition(";")[0]) == (200, "application/xml")
    assert {child.tag: child.text for child in xml} == {
        "MsgType": "text",
        "FromUserName": "gh_demo",
        "ToUserName": "openid-zhang-ceshi",
        "CreateTime": str(int(FakeClock().now().timestamp())),
        "Content": '<a href="https://x">点这里</a>',
    }


def test_a_text_that_would_break_the_xml_does_not() -> None:
    xml = opened(a_chat().reply(MESSAGE, ChatReply(text="]]></Content><MsgType>news</MsgType>" + "长" * 1000)).body)
    assert xml.findtext("MsgType") == "text"
    assert len((xml.findtext("Content") or "").encode()) <= 2048


def test_handing_over_to_staff() -> None:
    assert (
        opened(a_chat().reply(MESSAGE, ChatReply(to_staff=True)).body).findtext("MsgType")
        == "transfer_customer_service"
    )


def test_nothing_to_say() -> None:
    reply = a_chat().reply(MESSAGE, ChatReply())
    assert (reply.status, reply.body) == (200, b"success")


def test_a_reply_s_nonce_has_sixteen_characters() -> None:
    outside = ElementTree.fromstring(a_chat().reply(MESSAGE, ChatReply(text="好")).body)
    assert len(outside.findtext("Nonce") or "") == 16


def test_plain_mode_answers_in_clear() -> None:
    reply = a_chat(replace(CONFIG, mode="plain")).reply(MESSAGE, ChatReply(text="好"))
    assert ElementTree.fromstring(reply.body).findtext("Content") == "好"


# ---- characters that XML forbids (Corrections) ------------------------------------------------------------------------------


FORBIDDEN = ["\x00", "\x02", "\x08", "\x0b", "\x1d", "\x7f", "\ufffe", "\uffff", "&#8;", "&#xFFFE;"]


@pytest.mark.parametrize("char", FORBIDDEN)
@pytest.mark.parametrize("mode", ["safe", "plain"])
def test_who_types_what_xml_forbids_is_heard(char: str, mode: str) -> None:
    xml = xml_of(TEXT.replace("缴费", f"缴{char}费"))
    chat = a_chat(replace(CONFIG, mode=mode))
    text = chat.receive(in_clear(xml) if mode == "plain" else encrypted(xml)).text
    assert text.replace("\x7f", "").replace(char if char.startswith("&") else "", "") == "缴费"


@pytest.mark.parametrize("broken", [b"\xed\xa0\x80", b"\xff", b"\xe7\xbc"])
def test_bytes_that_are_no_utf_8_keep_the_rest_from_nobody(broken: bytes) -> None:
    query = {"timestamp": "1764063000", "nonce": "415670741"}
    body = xml_of(TEXT).encode().replace("缴".encode(), "缴".encode() + broken)
    raw = raw_request(body, query={**query, "signature": sha1(CONFIG.token, *query.values())})
    assert a_chat(replace(CONFIG, mode="plain")).receive(raw).text.replace("\ufffd", "") == "缴费"


@given(said=st.text(alphabet=st.characters(codec=None), max_size=60))
def test_whatever_is_answered_can_be_parsed_and_encoded(said: str) -> None:
    for mode in ("safe", "plain"):
        chat = a_chat(replace(CONFIG, mode=mode))
        message = chat.receive(in_clear(xml_of(TEXT)) if mode == "plain" else encrypted(xml_of(TEXT)))
        answered = chat.reply(message, ChatReply(text=f"退费：{said}"))
        ElementTree.fromstring(answered.body)
        if mode == "plain":
            assert (ElementTree.fromstring(answered.body).findtext("Content") or "").startswith("退费：")


@given(said=st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_whatever_is_said_is_heard(said: str) -> None:
    xml = xml_of(TEXT.replace("缴费", said.replace("]]>", "")))
    for raw, mode in ((encrypted(xml), "safe"), (in_clear(xml), "plain")):
        assert a_chat(replace(CONFIG, mode=mode)).receive(raw).kind == "text"
