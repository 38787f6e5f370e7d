"""What a person says, as the platform brings it to the app: encrypted, signed, three tries of five seconds (sections 2, 3)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from sandbox.wechat.crypto import MessageCrypto, sha1_of_sorted
from sandbox.wechat.outbox import Outbox
from sandbox.world.chats import Chats
from sandbox.world.deliveries import Sort
from sandbox.world.scene import Scene
from sandbox.world.wire import Outbound, Record

TRIES = 3
TIMEOUT_S = 5.0
CHAT = "notify.chat"
RETRIES_S = (5, 5)
ARRIVED, BLOCKED = "success", "failed:user block"
"""What became of a template message; ``failed: system failed`` is the third word."""
GIVES_UP_S = 1.0
"""After so long the platform tells that a template message has not arrived."""
TROUBLE = "该公众号提供的服务出现故障，请稍后再试"
_CDATA = re.compile(r"<(\w+)><!\[CDATA\[(.*?)\]\]></\1>", re.S)
_PLAIN = re.compile(r"<(\w+)>([^<]*)</\1>")


@dataclass(frozen=True, slots=True)
class Said:
    """One message or event; every try carries the same ``xml`` with its own signature."""

    openid: str
    xml: str


class Callback:
    place, tries = CHAT, TRIES

    def __init__(self, scene: Scene, chats: Chats, outbox: Outbox) -> None:
        self._scene = scene
        self._chats = chats
        self._outbox = outbox
        self._crypto = MessageCrypto(scene.keys["encoding_aes_key"], scene.keys["appid"])
        scene.deliveries.sorts[CHAT] = Sort(
            lambda payload, fault: self.outbound(Said(payload["openid"], payload["xml"]), fault),
            lambda status, body: status == 200,
            lambda: RETRIES_S,
        )
        scene.faults.places.add(CHAT)

    def say(self, openid: str, text: str | None, event: Mapping[str, str] | None) -> Said:
        """Notes it in the person's chat and makes the message."""
        if text is not None:
            self._chats.add(openid, mine=True, kind="text", text=text)
            self._outbox.note_doing(openid, said=True)
            return self._message(openid, MsgType="text", Content=text, MsgId=f"2{self._scene.dice.digits(16)}")
        fields = {name: str(value) for name, value in (event or {}).items()}
        self._note_event(openid, fields)
        return self._message(openid, **{"MsgType": "event", "EventKey": "", **fields})

    def scan(self, openid: str, scene: str, ticket: str) -> Said:
        """A QR of the account was scanned: who does not follow yet, follows now."""
        if self._chats.follows(openid):
            return self.say(openid, None, {"Event": "SCAN", "EventKey": scene, "Ticket": ticket})
        said = self.say(openid, None, {"Event": "subscribe", "EventKey": f"qrscene_{scene}", "Ticket": ticket})
        self._chats.set_follows(openid, True, "ADD_SCENE_QR_CODE", scene)
        return said

    def finished(self, openid: str, msgid: int, status: str = ARRIVED) -> None:
        """What became of a template message: the app is told by an event, later and by itself."""
        said = self._message(openid, MsgType="event", Event="TEMPLATESENDJOBFINISH", MsgID=str(msgid), Status=status)
        payload = {"openid": openid, "xml": said.xml}
        takes_s = 0.0 if status == ARRIVED else GIVES_UP_S
        self._scene.deliveries.add(CHAT, f"finished:{msgid}", payload, self._scene.clock.now(), takes_s)

    def _message(self, openid: str, **fields: str) -> Said:
        everyone = {
            "ToUserName": self._scene.keys["original_id"],
            "FromUserName": openid,
            "CreateTime": str(int(self._scene.clock.now().timestamp())),
        }
        body = "".join(_element(name, value) for name, value in (everyone | fields).items())
        return Said(openid, f"<xml>{body}</xml>")

    def _note_event(self, openid: str, fields: Mapping[str, str]) -> None:
        event = fields.get("Event")
        if event == "subscribe":
            self._chats.set_follows(openid, True)
            self._chats.add(openid, mine=False, kind="note", text=f"你已关注 {self._scene.hospital_name}")
        elif event == "unsubscribe":
            self._chats.set_follows(openid, False)
            self._chats.add(openid, mine=False, kind="note", text="你已取消关注")
        if event in {"subscribe", "SCAN", "CLICK"}:
            self._outbox.note_doing(openid, said=False)

    def outbound(self, said: Said, fault: Record | None = None) -> Outbound:
        """One try, in safe mode."""
        what = fault["what"] if fault else ""
        keys, dice = self._scene.keys, self._scene.dice
        timestamp, nonce = str(int(self._scene.clock.now().timestamp())), dice.digits(10)
        sealed = self._crypto.encrypt("not XML" if what == "garbled" else said.xml, dice.text(16))
        spoilt = "tampered" if what in {"unsigned", "wrong_signature", "sign_test"} else ""
        query = urlencode(
            {
                "signature": sha1_of_sorted(keys["token"], timestamp, nonce),
                "timestamp": timestamp,
                "nonce": nonce,
                "openid": said.openid,
                "encrypt_type": "aes",
                "msg_signature": sha1_of_sorted(keys["token"], timestamp, nonce, sealed + spoilt),
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
        ends = (reply.get("ToUserName"), reply.get("FromUserName"))
        if ends != (said.openid, self._scene.keys["original_id"]):
            return self.trouble(said)
        if reply.get("MsgType") == "text" and reply.get("Content"):
            return self._chats.add(said.openid, mine=False, kind="text", text=reply["Content"])
        if reply.get("MsgType") == "news" and reply.get("ArticleCount") == "1":
            shown = {
                "title": reply.get("Title", ""),
                "intro": reply.get("Description", ""),
                "url": reply.get("Url", ""),
            }
            return self._chats.add(said.openid, mine=False, kind="card", rows=[], **shown)
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
        if not hmac.compare_digest(outer["MsgSignature"].encode(), right.encode()):
            raise ValueError("MsgSignature")
        return _fields(self._crypto.decrypt(sealed))


def _element(name: str, value: str) -> str:
    if name in {"CreateTime", "MsgId", "MsgID"}:
        return f"<{name}>{escape(value)}</{name}>"
    return f"<{name}><![CDATA[{value.replace(']]>', ']] >')}]]></{name}>"


def _fields(xml: str) -> dict[str, str]:
    """The flat elements of a reply."""
    return {name: value for name, value in _PLAIN.findall(xml)} | {name: value for name, value in _CDATA.findall(xml)}
