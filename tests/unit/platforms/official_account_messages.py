"""Messages as WeChat sends them to an official account, encrypted or in clear, and its answers opened."""

from __future__ import annotations

import base64
import hashlib
from xml.etree import ElementTree

from wechatpy.crypto import PrpCrypto, WeChatCrypto

from server.core.ports import RawRequest
from server.platforms.wechat.api.access_token import AccessTokens
from server.platforms.wechat.api.client import WechatApi
from server.platforms.wechat.official_account.account import OfficialAccountConfig
from server.platforms.wechat.official_account.callback import OfficialAccountChat
from server.storage.memory_short_lived import MemoryShortLived
from tests.support.builders import APP
from tests.support.clock_and_ids import FakeClock, SeededIds
from tests.unit.platforms.played import ScriptedTransport, raw_request

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
CONFIG = OfficialAccountConfig(
    app_id=APP, secret="s" * 32, token="demo-token", encoding_aes_key=KEY, original_id="gh_demo"
)
TEXT = "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[缴费]]></Content><MsgId>23456789012345678</MsgId>"


def a_chat(config: OfficialAccountConfig = CONFIG, clock: FakeClock | None = None) -> OfficialAccountChat:
    transport, clock, ids = ScriptedTransport(), clock or FakeClock(), SeededIds()
    tokens = AccessTokens(config, transport, clock, MemoryShortLived())
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


def opened(body: bytes) -> ElementTree.Element:
    """As WeChat opens an encrypted reply."""
    outside = ElementTree.fromstring(body)
    text = {name: outside.findtext(name) or "" for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")}
    crypto = WeChatCrypto(CONFIG.token, KEY, APP)
    inner = crypto.decrypt_message(text, text["MsgSignature"], text["TimeStamp"], text["Nonce"])
    return ElementTree.fromstring(inner)
