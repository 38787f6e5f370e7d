"""What must not get in through the official account's callback: forgeries, and what is genuine and unreadable."""

from __future__ import annotations

import base64
import struct
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from wechatpy.crypto import PrpCrypto

from server.core.errors import BadInput, Forged
from server.core.ports import RawRequest
from tests.support.builders import APP
from tests.support.clock_and_ids import FakeClock
from tests.unit.platforms.official_account_messages import CONFIG, KEY, TEXT, a_chat, encrypted, in_clear, sha1, xml_of
from tests.unit.platforms.played import raw_request


def tampered(**query: str) -> RawRequest:
    raw = encrypted(xml_of(TEXT))
    return replace(raw, query={**raw.query, **query})


def under(xml_or_bytes: str | bytes) -> RawRequest:
    """A right signature over a cipher that is not what it should be."""
    cipher = xml_or_bytes if isinstance(xml_or_bytes, str) else base64.b64encode(xml_or_bytes).decode()
    signature = sha1(CONFIG.token, "1764063000", "415670741", cipher)
    query = {"timestamp": "1764063000", "nonce": "415670741", "msg_signature": signature}
    return raw_request(f"<xml><Encrypt>{cipher}</Encrypt></xml>".encode(), query=query)


def aes(plain: bytes) -> bytes:
    return bytes(PrpCrypto(base64.b64decode(KEY + "=")).cipher.encrypt(plain))


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


FORGERIES = {
    "wrong signature": tampered(msg_signature="0" * 40),
    "no signature": tampered(msg_signature=""),
    "another time": tampered(timestamp="1764063001"),
    "endless nonce": tampered(nonce="x" * 129),
    "signature that is no ASCII": tampered(msg_signature="é" * 40),
    "another token": encrypted(xml_of(TEXT), replace(CONFIG, token="another")),
    "another app": encrypted(xml_of(TEXT), replace(CONFIG, app_id="wxanother")),
    "another key": encrypted(xml_of(TEXT), replace(CONFIG, encoding_aes_key="B" * 43)),
    "another account": encrypted(xml_of(TEXT, account="gh_another")),
    "in clear to a safe account": in_clear(xml_of(TEXT)),
    "empty": raw_request(b""),
    "no text": raw_request(b"\xff\xfe"),
    "bomb outside": raw_request(BOMB.encode() + b"<xml><Encrypt>&b;</Encrypt></xml>"),
    "two ciphers": raw_request(b"<xml><Encrypt>QUFB</Encrypt><Encrypt>QUFB</Encrypt></xml>"),
    "broken base64": under("AAA"),
    "only padding": under("===="),
    "no whole block": under(b"short"),
    "zero padding": under(aes(b"\x00" * 32)),
    "endless length": under(aes(b"r" * 16 + struct.pack(">I", 2**32 - 1) + b"x" * 11 + b"\x01")),
    "no length": under(aes(b"r" * 16 + b"\x00\x00" + b"\x0e" * 14)),
    "no UTF-8": under(aes(b"r" * 16 + struct.pack(">I", 2) + b"\xff\xfe" + APP.encode() + b"\x0a" * 10)),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_every_forgery_is_refused(name: str) -> None:
    with pytest.raises(Forged):
        a_chat().receive(FORGERIES[name])


UNREADABLE = {
    "bomb": BOMB + xml_of("<MsgType>text</MsgType><Content>&b;</Content><MsgId>1</MsgId>"),
    "entity": '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + xml_of(TEXT),
    "processing": "<?xml-stylesheet href='x'?>" + xml_of(TEXT),
    "declaration inside": xml_of(TEXT + '<!DOCTYPE x [<!ENTITY a "a">]>'),
    "not closed": "<xml><ToUserName>gh_demo</ToUserName>",
    "another root": "<json></json>",
    "no fields": "<xml></xml>",
    "no type": xml_of("<Content>缴费</Content><MsgId>1</MsgId>"),
    "type twice": xml_of("<MsgType>text</MsgType><MsgType>text</MsgType><MsgId>1</MsgId>"),
    "sender twice": xml_of(TEXT + "<FromUserName>openid-li</FromUserName>"),
    "sender that is none": xml_of(TEXT, sender="a b"),
    "sender with an end of CDATA": xml_of(TEXT, sender="a]]>&gt;<![CDATA["),
    "no time": xml_of(TEXT, at=""),
    "number that is none": xml_of("<MsgType>text</MsgType><Content>x</Content><MsgId>1e9</MsgId>"),
    "nested content": xml_of("<MsgType>text</MsgType><Content><a>1</a></Content><MsgId>1</MsgId>"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_genuine_but_unreadable(name: str) -> None:
    with pytest.raises(BadInput):
        a_chat().receive(encrypted(UNREADABLE[name]))


def test_a_body_has_a_bound() -> None:
    with pytest.raises(BadInput):
        a_chat().receive(raw_request(b"x" * (64 * 1024 + 1)))
    with pytest.raises(Forged):
        a_chat().receive(raw_request(b"x" * (64 * 1024)))


@pytest.mark.parametrize(("nonce", "fits"), [("n" * 128, True), ("n" * 129, False), ("", False)])
def test_what_is_signed_is_there_and_of_a_bounded_length(nonce: str, fits: bool) -> None:
    """Under a right signature, too."""
    timestamp = "1764063000"
    query = {"timestamp": timestamp, "nonce": nonce, "signature": sha1(CONFIG.token, timestamp, nonce)}
    raw, chat = raw_request(xml_of(TEXT).encode(), query=query), a_chat(replace(CONFIG, mode="plain"))
    if fits:
        assert chat.receive(raw).text == "缴费"
        return
    with pytest.raises(Forged) as refused:
        chat.receive(raw)
    assert str(refused.value) == "signature missing"


@pytest.mark.parametrize(("length", "fits"), [(512, True), (513, False), (0, False)])
def test_an_echo_has_a_bound(length: int, fits: bool) -> None:
    chat = a_chat(clock=FakeClock(datetime.fromtimestamp(1764063000, UTC)))
    query = {"timestamp": "1764063000", "nonce": "n", "echostr": "e" * length}
    raw = raw_request(b"", query={**query, "signature": sha1(CONFIG.token, "1764063000", "n")})
    if fits:
        assert chat.check_address(raw) == "e" * length
        return
    with pytest.raises(Forged):
        chat.check_address(raw)


@pytest.mark.parametrize(
    "change", [{"signature": "0" * 40}, {"signature": ""}, {"nonce": "415670742"}, {"timestamp": ""}]
)
def test_a_message_in_clear_is_forged_without_its_signature(change: dict[str, str]) -> None:
    raw = in_clear(xml_of(TEXT))
    chat = a_chat(replace(CONFIG, mode="plain"))
    assert chat.receive(raw).text == "缴费"
    with pytest.raises(Forged):
        chat.receive(replace(raw, query={**raw.query, **change}))
