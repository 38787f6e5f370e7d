"""The official account's callback: official vectors, and every kind of message."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from wechatpy.crypto import PrpCrypto, WeChatCrypto

from server.core.errors import BadInput, Forged
from server.core.ports import RawRequest
from server.patients.contact_ports import BLOCKED, FAILED, ChatMessage
from server.platforms.wechat.official_account.envelope import Envelope
from tests.support.builders import an_identity
from tests.support.clock_and_ids import FakeClock
from tests.unit.platforms.official_account_messages import (
    CONFIG,
    KEY,
    TEXT,
    a_chat,
    encrypted,
    in_clear,
    sha1,
    xml_of,
)
from tests.unit.platforms.played import raw_request

# ---- official vectors (wechat_official.md section 14) -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "timestamp", "nonce", "signature"),
    [
        ("AAAAA", "1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        ("AAAAA", "1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
        ("test", "1410685589", "test", "f21891de399b4e33a1a93c9a7b8a8fffb5a443ff"),
    ],
)
def test_vectors_1_and_2_the_address_is_ours(token: str, timestamp: str, nonce: str, signature: str) -> None:
    clock = FakeClock(datetime.fromtimestamp(int(timestamp), UTC))
    chat = a_chat(replace(CONFIG, token=token), clock)
    query = {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": "4375120948345356249"}
    assert chat.check_address(raw_request(b"", query=query)) == "4375120948345356249"
    for name in ("signature", "timestamp", "nonce", "echostr"):
        with pytest.raises(Forged):
            chat.check_address(raw_request(b"", query={**query, name: ""}))
    with pytest.raises(Forged):
        chat.check_address(raw_request(b"", query={**query, "signature": signature[:-1] + "x"}))
    for seconds, fits in ((300, True), (1, False), (-602, False), (1, True)):
        clock.forward(seconds)
        if fits:
            assert chat.check_address(raw_request(b"", query=query))
            continue
        with pytest.raises(Forged):
            chat.check_address(raw_request(b"", query=query))


@pytest.mark.parametrize("timestamp", ["now", "12345678901234567890123", "-5", "１７１４０３６５０４"])
def test_an_address_check_at_no_time_is_forged(timestamp: str) -> None:
    query = {"timestamp": timestamp, "nonce": "n", "echostr": "1"}
    query["signature"] = sha1(CONFIG.token, timestamp, "n")
    with pytest.raises(Forged):
        a_chat().check_address(raw_request(b"", query=query))


OFFICIAL = replace(CONFIG, token="AAAAA", encoding_aes_key="A" * 43, app_id="wxba5fad812f8e6fb9")
V3_CIPHER = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8X"
    "GT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIj"
    "df8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
V3_QUERY = {
    "signature": "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
    "timestamp": "1714112445",
    "nonce": "415670741",
    "msg_signature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
}


def test_vector_3_holds_and_opens() -> None:
    """Its content is JSON, which an official account never gets: so it is genuine, and unreadable to us."""
    body = f"<xml><Encrypt><![CDATA[{V3_CIPHER}]]></Encrypt></xml>".encode()
    with pytest.raises(BadInput):
        a_chat(OFFICIAL).receive(raw_request(body, query=V3_QUERY))
    with pytest.raises(Forged):
        a_chat(OFFICIAL).receive(raw_request(body, query={**V3_QUERY, "nonce": "415670742"}))
    crypto = WeChatCrypto("AAAAA", "A" * 43, "wxba5fad812f8e6fb9")
    opened = crypto.decrypt_message({"Encrypt": V3_CIPHER}, V3_QUERY["msg_signature"], "1714112445", "415670741")
    assert opened == (
        '{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,'
        '"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}'
    )


@pytest.mark.parametrize(
    ("key", "app_id", "random", "message", "cipher"),
    [
        (
            "A" * 43, "wxba5fad812f8e6fb9", "707722b803182950", '{"demo_resp":"good luck"}',
            "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==",
        ),
        (
            KEY, "wxb11529c136998cb6", "aaaabbbbccccdddd", "我是中文abcd123",
            "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==",
        ),
    ],
    ids=["vector 4", "vector 5"],
)  # fmt: skip
def test_vectors_4_and_5_encrypt(
    monkeypatch: pytest.MonkeyPatch, key: str, app_id: str, random: str, message: str, cipher: str
) -> None:
    monkeypatch.setattr(PrpCrypto, "get_random_string", lambda self: random)
    assert PrpCrypto(base64.b64decode(key + "=")).encrypt(message, app_id).decode() == cipher


def test_vector_4_signs_its_reply() -> None:
    config = replace(CONFIG, token="AAAAA", encoding_aes_key="A" * 43, app_id="wxba5fad812f8e6fb9")
    sealed = Envelope(config).sealed('{"demo_resp":"good luck"}', "707722b803182950", "415670741", 1713424427)
    xml = ElementTree.fromstring(sealed)
    assert xml.findtext("MsgSignature") == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"
    assert (xml.findtext("TimeStamp"), xml.findtext("Nonce")) == ("1713424427", "415670741")


# ---- what people say -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw_and_mode",
    [
        (encrypted(xml_of(TEXT)), "safe"),
        (encrypted(xml_of(TEXT), outside="<Content>something else</Content>"), "compatible"),
        (in_clear(xml_of(TEXT)), "plain"),
    ],
    ids=["safe", "compatible", "plain"],
)
def test_a_text_in_every_mode(raw_and_mode: tuple[RawRequest, Any]) -> None:
    raw, mode = raw_and_mode
    assert a_chat(replace(CONFIG, mode=mode)).receive(raw) == ChatMessage(
        id="23456789012345678", sender=an_identity(), account="gh_demo", kind="text", text="缴费"
    )


@pytest.mark.parametrize(
    ("inner", "event", "key"),
    [
        ("<Event><![CDATA[subscribe]]></Event><EventKey><![CDATA[]]></EventKey>", "follow", ""),
        ("<Event><![CDATA[subscribe]]></Event>", "follow", ""),
        ("<Event><![CDATA[subscribe]]></Event><EventKey><![CDATA[qrscene_123]]></EventKey>", "follow", "123"),
        ("<Event><![CDATA[unsubscribe]]></Event><EventKey/>", "unfollow", ""),
        ("<Event><![CDATA[CLICK]]></Event><EventKey><![CDATA[help]]></EventKey>", "click", "help"),
        ("<Event><![CDATA[SCAN]]></Event><EventKey><![CDATA[123]]></EventKey>", "scan", "123"),
        ("<Event><![CDATA[VIEW]]></Event><EventKey><![CDATA[https://x]]></EventKey>", "other", "https://x"),
        ("<Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>1</MsgID><Status>success</Status>", "arrived", "1"),
        (
            "<Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>2</MsgID><Status>failed:user block</Status>",
            "lost",
            "2",
        ),
        (
            "<Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>3</MsgID><Status>failed: system failed</Status>",
            "lost",
            "3",
        ),
        ("<Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>4</MsgID>", "lost", "4"),
        ("<Event><![CDATA[something_new]]></Event>", "other", ""),
    ],
)
def test_every_event_is_read(inner: str, event: str, key: str) -> None:
    message = a_chat().receive(encrypted(xml_of(f"<MsgType><![CDATA[event]]></MsgType>{inner}")))
    assert (message.kind, message.event, message.key, message.text) == ("event", event, key, "")


def test_fields_that_we_don_t_know_may_be_anything() -> None:
    inner = f"{TEXT}<New>1</New><New>2</New><List><Content>退费</Content></List><Empty/>"
    assert a_chat().receive(encrypted(xml_of(inner))).text == "缴费"


@pytest.mark.parametrize("content", ["<![CDATA[退费]]>单", "退<!-- 缴 -->费<?php 缴 ?>单", "&#x9000;&#36153;单&#0;"])
def test_a_text_is_read_however_it_is_written(content: str) -> None:
    inner = f"<MsgType>text</MsgType><Content>{content}</Content><MsgId>1</MsgId>"
    assert a_chat().receive(encrypted(xml_of(inner))).text == "退费单"


def test_blanks_around_a_field_are_none_of_it() -> None:
    inner = "<MsgType>\n text </MsgType><Content> 缴费\n</Content><MsgId> 1 </MsgId>"
    message = a_chat().receive(encrypted(xml_of(inner)))
    assert (message.id, message.text) == ("1", "缴费")


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("<Status><![CDATA[success]]></Status>", ""),
        ("<Status><![CDATA[failed:user block]]></Status>", BLOCKED),
        ("<Status><![CDATA[failed: user block]]></Status>", BLOCKED),
        ("<Status><![CDATA[failed: system failed]]></Status>", FAILED),
        ("", FAILED),
    ],
)
def test_a_message_that_was_lost_says_why(status: str, why: str) -> None:
    inner = f"<MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event><MsgID>1</MsgID>{status}"
    assert a_chat().receive(encrypted(xml_of(inner))).why == why
    followed = "<MsgType>event</MsgType><Event>subscribe</Event><EventKey/>"
    assert a_chat().receive(encrypted(xml_of(f"{followed}{status}"))).why == ""


def test_voice_is_heard_and_pictures_are_silent() -> None:
    voice = "<MsgType>voice</MsgType><MediaId>m</MediaId><Format>amr</Format><Recognition>缴费</Recognition><MsgId>1</MsgId>"
    image = "<MsgType>image</MsgType><PicUrl>u</PicUrl><MediaId>m</MediaId><MsgId>2</MsgId>"
    assert a_chat().receive(encrypted(xml_of(voice))).text == "缴费"
    assert (a_chat().receive(encrypted(xml_of(image))).kind, a_chat().receive(encrypted(xml_of(image))).text) == (
        "text",
        "",
    )


def test_of_what_is_said_2048_characters_are_kept() -> None:
    text = f"<MsgType>text</MsgType><Content>{'x' * 2049}</Content><MsgId>1</MsgId>"
    assert a_chat().receive(encrypted(xml_of(text))).text == "x" * 2048
    click = f"<MsgType>event</MsgType><Event>CLICK</Event><EventKey>{'k' * 2049}</EventKey>"
    assert a_chat().receive(encrypted(xml_of(click))).key == "k" * 2048


def test_people_may_say_anything() -> None:
    said = "<!DOCTYPE x> <?php ?> <![INCLUDE["
    inner = f"<MsgType>text</MsgType><Content><![CDATA[{said}]]></Content><MsgId>1</MsgId>"
    assert a_chat().receive(encrypted(xml_of(inner))).text == said
    assert a_chat().receive(encrypted('<?xml version="1.0" encoding="utf-8"?>\n' + xml_of(TEXT))).text == "缴费"


def test_a_redelivered_event_has_the_same_number_and_another_one_has_not() -> None:
    inner = "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>{}</EventKey>"
    chat = a_chat()
    first = chat.receive(encrypted(xml_of(inner.format("help")))).id
    assert chat.receive(encrypted(xml_of(inner.format("help")))).id == first
    others = {
        chat.receive(encrypted(xml_of(inner.format("bills")))).id,
        chat.receive(encrypted(xml_of(inner.format("help"), sender="openid-li"))).id,
        chat.receive(encrypted(xml_of(inner.format("help"), at="1764063001"))).id,
        chat.receive(encrypted(xml_of(inner.replace("CLICK", "VIEW").format("help")))).id,
    }
    assert len(others | {first}) == 5
    assert (first.startswith("event-"), len(first)) == (True, 6 + 32)
    assert "openid" not in first
