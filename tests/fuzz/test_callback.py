"""The official account's callback: encrypted XML, changed on the way, forged, or genuine and hostile."""

from __future__ import annotations

import base64
import os
import struct
import time
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given
from hypothesis import strategies as st

from server.core.ports import RawRequest
from tests.fuzz.effort import thrown
from tests.fuzz.hostile import Mutation, garbage, mutated, mutated_text, mutations, texts
from tests.fuzz.target import CPU_S_MAX, Answer, Target
from tests.support.builders import APP
from tests.unit.platforms.official_account_messages import CONFIG, TEXT, encrypted, sha1, xml_of

PATH = "/wechat/demo/callback"
GENUINE = encrypted(xml_of(TEXT))
HEARD = "缴费"
BOOM = "boom" * 20
BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "bomb": f'<!DOCTYPE x [<!ENTITY e0 "{BOOM}">{BOMB}]>' + xml_of("<MsgType>text</MsgType><MsgId>1</MsgId><Content>&e9;</Content>"),
    "entity": f'<!DOCTYPE x [<!ENTITY e "{BOOM}">]>' + xml_of("<MsgType>text</MsgType><MsgId>2</MsgId><Content>&e;</Content>"),
    "entity after xml": f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e "{BOOM}">]>'
    + xml_of("<MsgType>text</MsgType><MsgId>3</MsgId><Content>&e;</Content>"),
    "file": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + xml_of("<MsgType>text</MsgType><MsgId>4</MsgId><Content>&e;</Content>"),
    "outside": '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">' + xml_of(TEXT),
    "nested": xml_of("<a>" * 7000 + "</a>" * 7000 + TEXT),
    "open": xml_of("<a>" * 14000),
    "wide": xml_of("<a/>" * 10_000 + TEXT),
    "attributes": xml_of("<a " + " ".join(f'b{n}="{n}"' for n in range(4000)) + "/>" + TEXT),
    "blanks": " " * 46_000,
    "blanks before": " " * 46_000 + "<xm>",
    "declaration": "<?xml " + "?" * 46_000,
    "long text": xml_of(f"<MsgType>text</MsgType><MsgId>5</MsgId><Content>{'长' * 15_000}</Content>"),
    "nothing": "",
}  # fmt: skip


def say(target: Target, raw: RawRequest) -> Answer:
    return target.ask("POST", f"{PATH}?{urlencode(raw.query)}", [("Content-Type", "text/xml")], raw.body)


def sealed(inside: bytes, length: int | None = None, app_id: str = APP, padding: bytes | None = None) -> RawRequest:
    """Encrypted and signed with the account's own keys, but packed as no platform would."""
    key = base64.b64decode(CONFIG.encoding_aes_key + "=")
    plain = os.urandom(16) + struct.pack(">I", len(inside) if length is None else length) + inside + app_id.encode()
    fill = 32 - len(plain) % 32
    plain += bytes([fill]) * fill if padding is None else (padding * 32)[:fill]
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    cipher = base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()
    query = {"timestamp": "1764063000", "nonce": "415670741"}
    query["msg_signature"] = sha1(CONFIG.token, *query.values(), cipher)
    body = f"<xml><Encrypt><![CDATA[{cipher}]]></Encrypt></xml>".encode()
    return RawRequest(method="POST", path=PATH, query=query, headers={}, body=body)


def test_the_genuine_one_is_heard(target: Target) -> None:
    assert say(target, GENUINE).status == 200
    assert [message.text for message in target.chat.heard] == [HEARD]
    assert say(target, sealed(xml_of(TEXT).encode())).status == 200
    assert len(target.chat.heard) == 2


@thrown
@given(where=st.sampled_from(["body", "cipher", "timestamp", "nonce", "msg_signature"]), how=mutations)
def changed_on_the_way(target: Target, where: str, how: Mutation) -> None:
    """Only the cipher is signed: what stands around it may change, what is heard may not."""
    body, query = GENUINE.body, dict(GENUINE.query)
    if where == "body":
        body = mutated(body, how)
    elif where == "cipher":
        start, end = body.index(b"CDATA[", body.index(b"<Encrypt>")) + 6, body.rindex(b"]]>")
        body = body[:start] + mutated_text(body[start:end].decode(), how).encode() + body[end:]
    else:
        query[where] = mutated_text(query[where], how)
    target.chat.heard.clear()
    say(target, RawRequest(method="POST", path=PATH, query=query, headers={}, body=body))
    assert all(message.text == HEARD for message in target.chat.heard)
    if query != GENUINE.query:
        assert not target.chat.heard


@thrown
@given(share=st.integers(0, 39))
def part_of_a_signature(target: Target, share: int) -> None:
    """A comparison that is content with a beginning would let these in."""
    target.chat.heard.clear()
    query = {**GENUINE.query, "msg_signature": GENUINE.query["msg_signature"][:share]}
    assert say(target, RawRequest(method="POST", path=PATH, query=query, headers={}, body=GENUINE.body)).status == 403
    assert not target.chat.heard


@thrown
@given(
    inside=st.one_of(garbage.map(lambda body: body[:30_000]), st.just(xml_of(TEXT).encode())),
    length=st.one_of(st.none(), st.integers(0, 2**32 - 1)),
    app_id=st.sampled_from([APP, "", "wx0000000000000000", "微信"]),
    padding=st.one_of(st.none(), st.sampled_from([b"\x00", b"\xff", b"\x21", b"abc"])),
)
def packed_wrongly(target: Target, inside: bytes, length: int | None, app_id: str, padding: bytes | None) -> None:
    target.chat.heard.clear()
    say(target, sealed(inside, length, app_id, padding))
    if app_id != APP or padding is not None:
        assert not target.chat.heard


@thrown
@given(
    body=garbage,
    query=st.dictionaries(st.sampled_from(["signature", "msg_signature", "timestamp", "nonce", "echostr", "x"]), texts),
)
def anything(target: Target, body: bytes, query: dict[str, str]) -> None:
    target.chat.heard.clear()
    asked = urlencode({name: text[:1000] for name, text in query.items()}, errors="replace")
    target.ask("POST", f"{PATH}?{asked}", [], body[:60_000])
    assert target.ask("GET", f"{PATH}?{asked}").status in {400, 403}
    assert not target.chat.heard


@thrown
@given(
    text=st.one_of(texts, st.text(alphabet="缴费记录绑卡人工 ０１1a\u200b", max_size=30)),
    kind=st.sampled_from(["text", "event", "voice", "image", ""]),
)
def said(target: Target, text: str, kind: str) -> None:
    """Properly said by a person, whatever it is: the platform gets its 200, or it would say it again."""
    clean = text.encode("utf-8", "replace").decode()
    number = abs(hash((text, kind))) % 10**15
    inner = f"<MsgType><![CDATA[{kind}]]></MsgType><Content><![CDATA[{clean}]]></Content><MsgId>{number}</MsgId>"
    event = f"<Event><![CDATA[{clean}]]></Event><EventKey><![CDATA[{clean}]]></EventKey>" if kind == "event" else ""
    assert say(target, encrypted(xml_of(inner + event))).status == 200


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_answered_and_nothing_of_it_resolved(target: Target, name: str) -> None:
    hostile(target, name)


def hostile(target: Target, name: str) -> None:
    began = time.process_time()
    say(target, sealed(HOSTILE[name].encode()))
    assert time.process_time() - began < CPU_S_MAX
    assert not any("boom" in message.text or "root:" in message.text for message in target.chat.heard)
    assert all(len(message.text) <= 2048 for message in target.chat.heard)


def test_a_changed_message_is_never_heard(target: Target) -> None:
    changed_on_the_way(target)


def test_part_of_a_signature_is_none(target: Target) -> None:
    part_of_a_signature(target)


def test_what_is_packed_wrongly_is_answered(target: Target) -> None:
    packed_wrongly(target)


def test_anything_may_come(target: Target) -> None:
    anything(target)


def test_whatever_is_said_gets_its_answer(target: Target) -> None:
    said(target)
