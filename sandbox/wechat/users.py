"""People as the account sees them (section 12), and QR codes with parameters (section 11)."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sandbox.wechat.asked import Code, People, Remark, read
from sandbox.wechat.errors import Errcode
from sandbox.world.chats import Chats
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, Request

QR, REMARK = "wechat.qr", "wechat.remark"
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
        wanted = read(asked, People).user_list
        return {"user_info_list": [self.info(str(each.get("openid", ""))) for each in wanted]}

    def listed(self, request: Request) -> Record:
        """user/get: those who follow."""
        openids = sorted(person.openid for person in self._scene.people if self._chats.follows(person.openid))
        rest = [openid for openid in openids if openid > request.query.get("next_openid", "")]
        told: Record = {"total": len(openids), "count": len(rest), "next_openid": rest[-1] if rest else ""}
        return told | ({"data": {"openid": rest}} if rest else {})

    def remark(self, asked: object) -> Record:
        of_whom = read(asked, Remark)
        self.info(str(of_whom.openid))
        self._scene.records.put(REMARK, str(of_whom.openid), {"remark": of_whom.remark})
        return {"errcode": 0, "errmsg": "ok"}

    # ---- codes with parameters -----------------------------------------------------------------------------------------------------

    def make_qr(self, asked: object) -> Record:
        """qrcode/create. Raises Errcode."""
        code = read(asked, Code)
        ticket = f"gQ{self._scene.dice.text(94)}"
        lasts, seconds = "LIMIT" in code.action_name, code.expire_seconds
        until = self._scene.clock.now() + (FOREVER if lasts else timedelta(seconds=seconds))
        self._scene.records.put(QR, ticket, {"scene": code.scene, "until": until.isoformat()})
        mark = hashlib.sha256(ticket.encode()).hexdigest()[:24]
        told: Record = {"ticket": ticket, "url": f"http://weixin.qq.com/q/{mark}"}
        return told if lasts else told | {"expire_seconds": seconds}

    def qr_scene(self, ticket: str) -> str | None:
        """What a scan of this code means; None when it has run out or never was."""
        known = self._scene.records.get(QR, ticket)
        if known is None or datetime.fromisoformat(known["until"]) <= self._scene.clock.now():
            return None
        return str(known["scene"])
