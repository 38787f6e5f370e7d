"""What a person says, as the platform brings it to the app: encrypted, signed, three tries of five seconds (sections 2, 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from sandbox.wechat.chats import Chats
from sandbox.wechat.crypto import MessageCrypto, sha1_of_sorted
from sandbox.world.scene import Scene
from sandbox.world.wire import Outbound, Record

TRIES = 3
TIMEOUT_S = 5.0
TROUBLE = "该公众号提供的服务出现故障，请稍后再试"
_CDATA = re.compile(r"<(\w+)><!\[CDATA\[(.*?)\]\]></\1>", re.S)
_PLAIN = re.compile(r"<(\w+)>([^<]*)</\1>")


@dataclass(frozen=True, slots=True)
class Said:
    """One message or event; every try carries the same ``xml`` with its own signature."""

    openid: str
    xml: str


class Callback:
    def __init__(self, scene: Scene, chats: Chats) -> None:
        self._scene = scene
        self._chats = chats
        self._crypto = MessageCrypto(scene.keys["encoding_aes_key"], scene.keys["appid"])

    def say(self, openid: str, text: str | None, event: Mapping[str, str] | None) -> Said:
        """Notes it in the person's chat and makes the message."""
        now = self._scene.clock.now()
        fields: dict[str, str] = {
            "ToUserName": self._scene.keys["original_id"],
            "FromUserName": openid,
            "CreateTime": str(int(now.timestamp())),
        }
        if text is not None:
            fields |= {"MsgType": "text", "Content": text, "MsgId": f"2{self._scene.dice.digits(16)}"}
            self._chats.add(openid, mine=True, kind="text", text=text)
        else:
            fields |= {"MsgType": "event", **{key: str(value) for key, value in (event or {}).items()}}
            self._note_event(openid, fields)
        body = "".join(_element(name, value) for name, value in fields.items())
        return Said(openid, f"<xml>{body}</xml>")

    def _note_event(self, openid: str, fields: Mapping[str, str]) -> None:
        if fields.get("Event") == "subscribe":
            self._chats.set_follows(openid, True)
            self._chats.add(openid, mine=False, kind="note", text=f"你已关注 {self._scene.hospital_name}")
        elif fields.get("Event") == "unsubscribe":
            self._chats.set_follows(openid, False)
            self._chats.add(openid, mine=False, kind="note", text="你已取消关注")

    def outbound(self, said: Said) -> Outbound:
        """One try, in safe mode."""
        keys, dice = self._scene.keys, self._scene.dice
        timestamp, nonce = str(int(self._scene.clock.now().timestamp())), dice.digits(10)
        sealed = self._crypto.encrypt(said.xml, dice.text(16))
        query = urlencode(
            {
                "signature": sha1_of_sorted(keys["token"], timestamp, nonce),
                "timestamp": timestamp,
                "nonce": nonce,
                "openid": said.openid,
                "encrypt_type": "aes",
                "msg_signature": sha1_of_sorted(keys["token"], timestamp, nonce, sealed),
            }
        )
        to = f"<ToUserName><![CDATA[{keys['original_id']}]]></ToUserName>"
        return Outbound(
            url=f"{self._scene.app_url}/wechat/{self._scene.hospital_id}/callback?{query}",
            body=f"<xml>{to}<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode(),
            headers={"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0"},
            timeout_s=TIMEOUT_S,
        )

    def answered(self, said: Said, status: int, body: bytes) -> Record | None:
        """The reply as it stands in the chat now, or None for silence. Anything malformed is what the real client shows then."""
        if status == 200 and body in (b"", b"success"):
            return None
        try:
            reply = self._opened(body) if status == 200 else {}
        except (ValueError, KeyError):
            reply = {}
        if reply.get("MsgType") == "text" and reply.get("ToUserName") == said.openid:
            return self._chats.add(said.openid, mine=False, kind="text", text=reply["Content"])
        if reply.get("MsgType") == "transfer_customer_service":
            return self._chats.add(said.openid, mine=False, kind="note", text="已转人工客服，请稍候")
        return self.trouble(said)

    def trouble(self, said: Said) -> Record:
        """No answer after all tries."""
        return self._chats.add(said.openid, mine=False, kind="note", text=TROUBLE)

    def _opened(self, body: bytes) -> dict[str, str]:
        """Verified and decrypted. Raises ValueError or KeyError."""
        outer = _fields(body.decode())
        sealed = outer["Encrypt"]
        right = sha1_of_sorted(self._scene.keys["token"], outer["TimeStamp"], outer["Nonce"], sealed)
        if outer["MsgSignature"] != right:
            raise ValueError("MsgSignature")
        return _fields(self._crypto.decrypt(sealed))

    def address_check(self) -> Outbound:
        """The GET that proves an address (section 2); ``echostr`` is answered verbatim."""
        keys, dice = self._scene.keys, self._scene.dice
        timestamp, nonce = str(int(self._scene.clock.now().timestamp())), dice.digits(10)
        signature = sha1_of_sorted(keys["token"], timestamp, nonce)
        query = urlencode({"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": dice.digits(19)})
        return Outbound(url=f"{self._scene.app_url}/wechat/{self._scene.hospital_id}/callback?{query}", body=b"")


def _element(name: str, value: str) -> str:
    if name in {"CreateTime", "MsgId"}:
        return f"<{name}>{escape(value)}</{name}>"
    return f"<{name}><![CDATA[{value.replace(']]>', ']] >')}]]></{name}>"


def _fields(xml: str) -> dict[str, str]:
    """The flat elements of a reply."""
    return {name: value for name, value in _PLAIN.findall(xml)} | {name: value for name, value in _CDATA.findall(xml)}
