"""The life account's gateway (section 10): what a person does there, as Alipay posts it to the app, and the app's signed answer."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox.alipay.shown import Buyers
from sandbox.alipay.signing import SIGN_TYPE, Signatures, text_to_sign
from sandbox.world.chats import Chats
from sandbox.world.scene import Scene
from sandbox.world.wire import Outbound, Record

PLACE = "notify.life_account"
ACTED = "alipay.acted"
RETRY = "alipay_event_retry"
TIMEOUT_S = 5.0
UNTRUE = {"unsigned", "wrong_signature", "sign_test"}
NOTIFY, CHECK = "alipay.mobile.public.message.notify", "alipay.service.check"
_ENVELOPE = re.compile(
    r'<\?xml version="1\.0" encoding="GBK"\?>\s*<alipay>\s*<response>(.*)</response>\s*<sign>([^<]*)</sign>\s*'
    r"<sign_type>(RSA2)</sign_type>\s*</alipay>\s*",
    re.S,
)
_FIELD = re.compile(r"<(\w+)>(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))</\1>", re.S)


@dataclass(frozen=True, slots=True)
class Said:
    """One message or event; every try carries the same ``xml``. ``who`` is a user_id, or "" for Alipay's own check."""

    who: str
    service: str
    xml: str


class LifeAccount:
    """``place`` and ``tries`` are for whoever carries what is said."""

    place = PLACE

    def __init__(self, scene: Scene, signatures: Signatures, buyers: Buyers, chats: Chats) -> None:
        self._scene = scene
        self._signatures = signatures
        self._buyers = buyers
        self.chats = chats
        scene.faults.places.add(PLACE)
        scene.faults.special[PLACE] = {*UNTRUE, "garbled"}
        scene.faults.same["alipay.gateway"] = {PLACE}

    @property
    def tries(self) -> int:
        """Repeats are off for every account of these days; when on, there are two more."""
        return 3 if self._scene.faults.settings[RETRY] else 1

    # ---- said ------------------------------------------------------------------------------------------------------------------

    def say(self, who: str, text: str | None, event: Mapping[str, str] | None) -> Said:
        """Notes it in the person's chat and makes the message."""
        if text is not None:
            self.chats.add(who, mine=True, kind="text", text=text)
            self._note_doing(who)
            return self._said(who, text=text, MsgType="text", MsgId=self._scene.dice.digits(20))
        fields = {"ActionParam": "", **{name: str(value) for name, value in (event or {}).items()}}
        self._note_event(who, fields.get("EventType", ""))
        return self._said(who, MsgType="event", **fields)

    def check(self) -> Said:
        """alipay.service.check, as when the address is saved in the console."""
        fields = {"AppId": self._scene.keys["alipay_app_id"], "FromUserId": "", "CreateTime": self._time()}
        rest = {"MsgType": "event", "EventType": "verifygw", "ActionParam": "", "AccountNo": ""}
        return Said(
            "", CHECK, f"<XML>{''.join(_element(name, value) for name, value in (fields | rest).items())}</XML>"
        )

    def _said(self, who: str, text: str | None = None, **fields: str) -> Said:
        names = self._buyers.named(who, "FromAlipayUserId", "FromOpenId")
        known = json.dumps({"logon_id": self._buyers.logon_id(who), "user_name": f"*{self._buyers.person(who).name[-1]}"},
                           ensure_ascii=False, separators=(",", ":"))  # fmt: skip
        head = {"AppId": self._scene.keys["alipay_app_id"], **names, "CreateTime": self._time()}
        body = "".join(_element(name, value) for name, value in (head | fields | {"UserInfo": known}).items())
        words = f"<Text>{_element('Content', text)}</Text>" if text is not None else ""
        return Said(who, NOTIFY, f"<XML>{body}{words}</XML>")

    def _time(self) -> str:
        return str(int(self._scene.clock.now().timestamp() * 1000))

    def _note_event(self, who: str, event: str) -> None:
        if event in {"follow", "unfollow"}:
            follows = event == "follow"
            self.chats.set_follows(who, follows)
            words = f"你已关注 {self._scene.hospital_name}" if follows else "你已取消关注"
            self.chats.add(who, mine=False, kind="note", text=words)
        if event != "unfollow":
            self._note_doing(who)

    def _note_doing(self, who: str) -> None:
        self._scene.records.put(ACTED, who, {"at": self._scene.clock.now().isoformat()})

    # ---- carried ---------------------------------------------------------------------------------------------------------------

    def outbound(self, said: Said, fault: Record | None = None) -> Outbound:
        """One try: a form in GBK, signed by the V2 rule (``sign_type`` stays in the text)."""
        what = fault["what"] if fault else ""
        params = {
            "service": said.service, "sign_type": SIGN_TYPE, "charset": "GBK",
            "biz_content": "no XML" if what == "garbled" else said.xml,
        }  # fmt: skip
        text = text_to_sign(params).encode("gbk", "xmlcharrefreplace")
        params["sign"] = self._signatures.sign(text, spoilt=what in UNTRUE)
        return Outbound(
            url=f"{self._scene.app_url}/alipay/{self._scene.hospital_id}/gateway",
            body=urlencode(params, encoding="gbk", errors="xmlcharrefreplace").encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded; charset=GBK", "User-Agent": "Mozilla/4.0"},
            timeout_s=TIMEOUT_S,
        )

    # ---- answered --------------------------------------------------------------------------------------------------------------

    def answered(self, said: Said, status: int, body: bytes) -> Record | None:
        """What now stands in the chat; None for a plain ``ack``, and for an answer that Alipay would not believe."""
        told = self.opened(status, body)
        to = self._buyers.named(said.who, "ToUserId", "ToUserId")["ToUserId"] if said.who else ""
        if told is None or told.get("MsgType") != "image-text" or told.get("ToUserId") != to:
            return None
        shown = {name: told.get(tag, "") for name, tag in (("title", "Title"), ("intro", "Desc"), ("url", "Url"))}
        return self.chats.add(said.who, mine=False, kind="card", rows=[], **shown)

    def trouble(self, said: Said) -> None:
        """No answer after all tries: in the life account a person reads nothing of it."""

    def opened(self, status: int, body: bytes) -> dict[str, str] | None:
        """The fields of the app's answer, or None when it is none or is not signed by the app."""
        response = self._verified(status, body)
        if response is None:
            return None
        return {name: data or plain for name, data, plain in _FIELD.findall(response)}

    def _verified(self, status: int, body: bytes) -> str | None:
        try:
            found = _ENVELOPE.fullmatch(body.decode("gbk")) if status == 200 else None
            if found is None:
                return None
            self._signatures.check(found[1].encode("gbk"), found[2])
        except (InvalidSignature, UnicodeDecodeError):
            return None
        return found[1]

    def is_mine(self, status: int, body: bytes) -> bool:
        """Whether the answer to ``check`` proves that the app holds its key: success, and the key itself."""
        told = self.opened(status, body) or {}
        right = self._signatures.app_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return told.get("success") == "true" and told.get("biz_content", "") == base64.b64encode(right).decode()


def _element(name: str, value: str) -> str:
    return f"<{name}><![CDATA[{value.replace(']]>', ']] >')}]]></{name}>"
