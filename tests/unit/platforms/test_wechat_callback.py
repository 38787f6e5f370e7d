"""The official account's callback: official vectors, every kind of message, and everything that must not get in."""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import PrpCrypto, WeChatCrypto

from server.core.errors import BadInput, Forged
from server.core.ports import RawRequest
from server.patients.contact_ports import ChatMessage, ChatReply
from server.platforms.wechat.api.access_token import AccessTokens
from server.platforms.wechat.api.client import WechatApi
from server.platforms.wechat.official_account.account import OfficialAccountConfig
from server.platforms.wechat.official_account.callback import OfficialAccountChat
from server.storage.memory_short_lived import MemoryShortLived
from tests.support.builders import APP, an_identity
from tests.support.chance import FakeClock, SeededIds
from tests.unit.platforms.played import ScriptedTransport, raw_request

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
CONFIG = OfficialAccountConfig(
    app_id=APP, secret="s" * 32, token="demo-token", encoding_aes_key=KEY, original_id="gh_demo"
)
TEXT = "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[缴费]]></Content><MsgId>23456789012345678</MsgId>"


def a_chat(config: OfficialAccountConfig = CONFIG, clock: FakeClock | None = None) -> OfficialAccountChat:
    transport, clock, ids = ScriptedTransport(), clock or FakeClock(), SeededIds()
    tokens = AccessTokens(config, transport, clock, ids, MemoryShortLived())
    return OfficialAccountChat(config, WechatApi(config, transport, tokens), clock, ids)


def sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def xml_of(inner: str, sender: str = "openid-zhang-ceshi", account: str = "gh_demo", at: str = "1764063000") -> str:
    return (
        f"<xml><ToUserName><![CDATA[{account}]]></ToUserName><FromUserName><![CDATA[{sender}]]></FromUserName>"
        f"<CreateTime>{at}</CreateTime>{inner}</xml>"
    )


def encrypted(xml: str, config: OfficialAccountConfig = CONFIG, outside: str = "") -> RawRequest:
    """As WeChat sends in safe mode; ``outside`` is what compatible mode repeats in clear."""
    key = base64.b64decode(config.encoding_aes_key + "=")
    cipher = PrpCrypto(key).encrypt(xml, config.app_id).decode()
    query = {"timestamp": "1764063000", "nonce": "415670741", "encrypt_type": "aes"}
    query["signature"] = sha1(config.token, query["timestamp"], query["nonce"])
    query["msg_signature"] = sha1(config.token, query["timestamp"], query["nonce"], cipher)
    body = f"<xml>{outside}<ToUserName><![CDATA[gh_demo]]></ToUserName><Encrypt><![CDATA[{cipher}]]></Encrypt></xml>"
    return raw_request(body.encode(), query=query)


def in_clear(xml: str) -> RawRequest:
    query = {"timestamp": "1764063000", "nonce": "415670741"}
    return raw_request(xml.encode(), query={**query, "signature": sha1(CONFIG.token, *query.values())})


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


def test_vector_4_signs_its_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PrpCrypto, "get_random_string", lambda self: "707722b803182950")
    crypto = WeChatCrypto("AAAAA", "A" * 43, "wxba5fad812f8e6fb9")
    xml = ElementTree.fromstring(crypto.encrypt_message('{"demo_resp":"good luck"}', "415670741", "1713424427"))
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
        ("<Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>1</MsgID><Status>success</Status>", "other", ""),
        ("<Event><![CDATA[something_new]]></Event>", "other", ""),
    ],
)
def test_events(inner: str, event: str, key: str) -> None:
    message = a_chat().receive(encrypted(xml_of(f"<MsgType><![CDATA[event]]></MsgType>{inner}")))
    assert (message.kind, message.event, message.key, message.text) == ("event", event, key, "")


def test_voice_is_heard_and_pictures_are_silent() -> None:
    voice = "<MsgType>voice</MsgType><MediaId>m</MediaId><Format>amr</Format><Recognition>缴费</Recognition><MsgId>1</MsgId>"
    image = "<MsgType>image</MsgType><PicUrl>u</PicUrl><MediaId>m</MediaId><MsgId>2</MsgId>"
    assert a_chat().receive(encrypted(xml_of(voice))).text == "缴费"
    assert (a_chat().receive(encrypted(xml_of(image))).kind, a_chat().receive(encrypted(xml_of(image))).text) == (
        "text",
        "",
    )


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
    }
    assert len(others | {first}) == 4
    assert "openid" not in first


# ---- what must not get in --------------------------------------------------------------------------------------------------


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
def test_forgeries(name: str) -> None:
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


# ---- replies ---------------------------------------------------------------------------------------------------------------

MESSAGE = ChatMessage(id="1", sender=an_identity(), account="gh_demo", kind="text", text="缴费")


def opened(body: bytes) -> ElementTree.Element:
    """As WeChat opens an encrypted reply."""
    outside = ElementTree.fromstring(body)
    text = {name: outside.findtext(name) or "" for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")}
    crypto = WeChatCrypto(CONFIG.token, KEY, APP)
    inner = crypto.decrypt_message(text, text["MsgSignature"], text["TimeStamp"], text["Nonce"])
    return ElementTree.fromstring(inner)


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
    assert a_chat().reply(MESSAGE, ChatReply()).body == b"success"


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
