"""What the app sends to a person: template messages and customer-service messages (sections 8, 9)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.wechat.asked import Choices, Custom, News, TemplateMessage, Typing, Words, read
from sandbox.wechat.errors import Errcode
from sandbox.wechat.templates import filled
from sandbox.world.chats import Chats
from sandbox.world.scene import Scene
from sandbox.world.shapes import Asked
from sandbox.world.wire import Record

SENT, QUOTA = "wechat.sent", "wechat.quota"
SAME_FOR = timedelta(minutes=10)
AFTER_WORDS = (timedelta(hours=48), 5)
AFTER_ACTION = (timedelta(minutes=1), 3)


class Outbox:
    """``finished`` is called with (openid, msgid) after a template message has reached its person."""

    def __init__(self, scene: Scene, chats: Chats) -> None:
        self._scene = scene
        self._chats = chats

    def send_template(self, asked: object, *, arrives: bool = True) -> tuple[Record, bool]:
        """template/send: the answer, and whether a message has really gone (not the same client_msg_id again). One that does not arrive
        is taken all the same. Raises Errcode.
        """
        told = read(asked, TemplateMessage)
        openid = self._openid(told.touser)
        template, rows = filled(told.template_id, told.data)
        if told.miniprogram is not None and told.miniprogram.appid != self._scene.keys["mini_appid"]:
            raise Errcode(40165)
        if not self._chats.follows(openid):
            raise Errcode(43004)
        now, once = self._scene.clock.now(), f"{openid}:{told.client_msg_id}"
        known = self._scene.records.get(SENT, once) if told.client_msg_id else None
        if known is not None and datetime.fromisoformat(known["until"]) > now:
            return {"errcode": 0, "errmsg": "ok", "msgid": known["msgid"]}, False
        msgid = 10**18 + int(self._scene.dice.digits(18))
        if told.client_msg_id:
            self._scene.records.put(SENT, once, {"msgid": msgid, "until": (now + SAME_FOR).isoformat()})
        if arrives:
            self._chats.add(
                openid, mine=False, kind="card", title=template.title, rows=rows, url=told.url,
                template_id=template.template_id, data=told.data,
            )  # fmt: skip
        return {"errcode": 0, "errmsg": "ok", "msgid": msgid}, True

    def send_custom(self, asked: Any) -> Record:
        """custom/send. Raises Errcode."""
        told = read(asked, Custom)
        openid = self._openid(told.touser)
        shown = _shown(told.msgtype, asked.get(told.msgtype))
        self._use_quota(openid)
        self._chats.add(openid, mine=False, **shown)
        return {"errcode": 0, "errmsg": "ok"}

    def typing(self, asked: object) -> Record:
        self._openid(read(asked, Typing).touser)
        return {"errcode": 0, "errmsg": "ok"}

    def _openid(self, openid: str) -> str:
        person = self._scene.person(openid)
        if person is None or person.openid != openid:
            raise Errcode(40003)
        return openid

    # ---- the quota that a person's doings give -------------------------------------------------------------------------------------

    def note_doing(self, openid: str, *, said: bool) -> None:
        """A message gives five answers within 48 hours, a click, a scan or following three within a minute."""
        life, count = AFTER_WORDS if said else AFTER_ACTION
        grants = self._grants(openid)
        grants["words" if said else "action"] = {
            "until": (self._scene.clock.now() + life).isoformat(), "left": count,
        }  # fmt: skip
        self._scene.records.put(QUOTA, openid, grants)

    def _grants(self, openid: str) -> Record:
        return dict(self._scene.records.get(QUOTA, openid) or {})

    def _use_quota(self, openid: str) -> None:
        grants, now = self._grants(openid), self._scene.clock.now()
        living = {name: grant for name, grant in grants.items() if datetime.fromisoformat(grant["until"]) > now}
        if not living or not self._chats.follows(openid):
            raise Errcode(45015)
        usable = [name for name, grant in living.items() if grant["left"] > 0]
        if not usable:
            raise Errcode(45047)
        grant = living[usable[0]]
        self._scene.records.put(QUOTA, openid, {**living, usable[0]: {**grant, "left": grant["left"] - 1}})


def _shown(sort: str, content: object) -> Record:
    """What stands in the chat. Raises Errcode."""
    if sort == "text":
        return {"kind": "text", "text": read(content, Words).content}
    if sort == "news":
        (first,) = read(content, News).articles
        return {"kind": "card", "title": first.title, "rows": [], "intro": first.description, "url": first.url}
    if sort == "msgmenu":
        menu = read(content, Choices)
        choices = [str(each.get("content", "")) for each in menu.offered if isinstance(each, dict)]
        lines = [str(menu.head_content), *choices, str(menu.tail_content)]
        return {"kind": "text", "text": "\n".join(line for line in lines if line)}
    read(content, Asked)
    return {"kind": "note", "text": f"[{sort}]"}
