"""People as the account sees them (section 12), and QR codes with parameters (section 11)."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sandbox.wechat.errors import Errcode
from sandbox.world.chats import Chats
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, Request

QR, REMARK = "wechat.qr", "wechat.remark"
EXPIRE_S, EXPIRE_S_MAX = 30, 2_592_000
BATCH_MAX = 100
FOREVER = timedelta(days=36500)


class Users:
    def __init__(self, scene: Scene, chats: Chats) -> None:
        self._scene = scene
        self._chats = chats

    def info(self, openid: str) -> Record:
        """user/info. Raises Errcode 40003."""
        person = self._scene.person(openid)
        if person is None or person.openid != openid:
            raise Errcode(40003)
        following = self._chats.following(openid)
        if not following["follows"]:
            return {"subscribe": 0, "openid": openid, "unionid": person.unionid}
        scene_id = following["qr"] if following["qr"].isdigit() else "0"
        remark = self._scene.records.get(REMARK, openid) or {"remark": ""}
        return {
            "subscribe": 1,
            "openid": openid,
            "language": "zh_CN",
            "subscribe_time": following["since"],
            "unionid": person.unionid,
            "remark": remark["remark"],
            "groupid": 0,
            "tagid_list": [],
            "subscribe_scene": following["scene"],
            "qr_scene": int(scene_id),
            "qr_scene_str": "" if following["qr"].isdigit() else following["qr"],
        }

    def batch(self, asked: object) -> Record:
        wanted = asked.get("user_list") if isinstance(asked, dict) else None
        if not isinstance(wanted, list) or not all(isinstance(each, dict) for each in wanted):
            raise Errcode(47001)
        if not 1 <= len(wanted) <= BATCH_MAX:
            raise Errcode(40035)
        return {"user_info_list": [self.info(str(each.get("openid", ""))) for each in wanted]}

    def listed(self, request: Request) -> Record:
        """user/get: those who follow."""
        openids = sorted(person.openid for person in self._scene.people if self._chats.follows(person.openid))
        rest = [openid for openid in openids if openid > request.query.get("next_openid", "")]
        told: Record = {"total": len(openids), "count": len(rest), "next_openid": rest[-1] if rest else ""}
        return told | ({"data": {"openid": rest}} if rest else {})

    def remark(self, asked: object) -> Record:
        if not isinstance(asked, dict) or not isinstance(asked.get("remark"), str):
            raise Errcode(47001)
        self.info(str(asked.get("openid", "")))
        self._scene.records.put(REMARK, asked["openid"], {"remark": asked["remark"]})
        return {"errcode": 0, "errmsg": "ok"}

    # ---- codes with parameters -----------------------------------------------------------------------------------------------------

    def make_qr(self, asked: object) -> Record:
        """qrcode/create. Raises Errcode."""
        if not isinstance(asked, dict):
            raise Errcode(47001)
        action = asked.get("action_name")
        scene = _scene_of(action, asked.get("action_info"))
        ticket = f"gQ{self._scene.dice.text(94)}"
        lasts = "LIMIT" in str(action)
        seconds = asked.get("expire_seconds", EXPIRE_S)
        if not isinstance(seconds, int) or not 1 <= seconds <= EXPIRE_S_MAX:
            raise Errcode(40035)
        until = self._scene.clock.now() + (FOREVER if lasts else timedelta(seconds=seconds))
        self._scene.records.put(QR, ticket, {"scene": scene, "until": until.isoformat()})
        mark = hashlib.sha256(ticket.encode()).hexdigest()[:24]
        told: Record = {"ticket": ticket, "url": f"http://weixin.qq.com/q/{mark}"}
        return told if lasts else told | {"expire_seconds": seconds}

    def qr_scene(self, ticket: str) -> str | None:
        """What a scan of this code means; None when it has run out or never was."""
        known = self._scene.records.get(QR, ticket)
        if known is None or datetime.fromisoformat(known["until"]) <= self._scene.clock.now():
            return None
        return str(known["scene"])


def _scene_of(action: object, info: object) -> str:
    scene = info.get("scene") if isinstance(info, dict) else None
    if not isinstance(scene, dict):
        raise Errcode(47001)
    if action in {"QR_STR_SCENE", "QR_LIMIT_STR_SCENE"}:
        text = scene.get("scene_str")
        if not isinstance(text, str) or not 1 <= len(text) <= 64:
            raise Errcode(40035)
        return text
    number, most = scene.get("scene_id"), 100_000 if action == "QR_LIMIT_SCENE" else 2**32 - 1
    if action not in {"QR_SCENE", "QR_LIMIT_SCENE"} or not isinstance(number, int) or not 1 <= number <= most:
        raise Errcode(40035)
    return str(number)
