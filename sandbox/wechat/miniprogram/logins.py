"""Login and phone number (sections 1 and 2): codes that are good once, for five minutes, and keys of sessions."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from sandbox.wechat.asked import read
from sandbox.wechat.errors import Errcode
from sandbox.wechat.miniprogram.asked import PhoneCode
from sandbox.world.people import Person
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

CODE, KEY = "miniprogram.code", "miniprogram.session_key"
CODE_LIFE = timedelta(minutes=5)
LOGIN, PHONE = "login", "phone"
GRANT = "authorization_code"


class Logins:
    """``code`` is what the client gets (wx.login, the button of open-type getPhoneNumber); the rest is asked by the app."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def code(self, person: Person, sort: str) -> str:
        code = f"0{self._scene.dice.text(31)}"
        until = (self._scene.clock.now() + CODE_LIFE).isoformat()
        self._scene.records.put(CODE, code, {"who": person.mini_openid, "sort": sort, "used": False, "until": until})
        return code

    def to_session(self, query: Record) -> Record:
        """jscode2session. Raises Errcode."""
        if query.get("grant_type") != GRANT:
            raise Errcode(40002)
        person = self._use(query.get("js_code", ""), LOGIN)
        return {
            "openid": person.mini_openid,
            "session_key": self._new_key(person.mini_openid),
            "unionid": person.unionid,
        }

    def reset_session(self, query: Record) -> Record:
        """resetusersessionkey: another key for who still holds the one in force. Raises Errcode."""
        openid = str(query.get("openid", ""))
        if query.get("sig_method") == "hmac_sha256" and self._scene.records.get(KEY, openid) is None:
            raise Errcode(87007)
        self.check_session(query)
        return {"errcode": 0, "errmsg": "ok", "openid": openid, "session_key": self._new_key(openid)}

    def _new_key(self, openid: str) -> str:
        key = base64.b64encode(bytes.fromhex(self._scene.dice.upper_hex(32))).decode()
        self._scene.records.put(KEY, openid, {"key": key})
        return key

    def check_session(self, query: Record) -> Record:
        """checksession: the signature is an HMAC of nothing under the session_key. Raises Errcode."""
        known = self._scene.records.get(KEY, str(query.get("openid", "")))
        if query.get("sig_method") != "hmac_sha256":
            raise Errcode(87008)
        right = "" if known is None else hmac.new(known["key"].encode(), b"", hashlib.sha256).hexdigest()
        if not right or not hmac.compare_digest(right.encode(), str(query.get("signature", "")).encode()):
            raise Errcode(87009)
        return {"errcode": 0, "errmsg": "ok"}

    def phone_number(self, asked: object, appid: str) -> Record:
        """getuserphonenumber. Raises Errcode."""
        told = read(asked, PhoneCode)
        person = self._use(told.code, PHONE)
        if told.openid not in ("", person.mini_openid):
            raise Errcode(40029)
        mark = {"timestamp": int(self._scene.clock.now().timestamp()), "appid": appid}
        info = {"phoneNumber": person.phone, "purePhoneNumber": person.phone, "countryCode": "86", "watermark": mark}
        return {"errcode": 0, "errmsg": "ok", "phone_info": info}

    def _use(self, code: str, sort: str) -> Person:
        """Whose code it is; from now on it is used. Raises Errcode 41008, 40029, and 40163 for a login's code that was used."""
        if not code:
            raise Errcode(41008)
        known = self._scene.records.get(CODE, code)
        if known is None or known["sort"] != sort or datetime.fromisoformat(known["until"]) <= self._scene.clock.now():
            raise Errcode(40029)
        if known["used"]:
            raise Errcode(40163 if sort == LOGIN else 40029)
        self._scene.records.put(CODE, code, {**known, "used": True})
        person = self._scene.person(known["who"])
        if person is None:
            raise Errcode(40029)
        return person
