"""Subscription messages (section 4): each tap on "allow" is one message; without one left the answer is 43101."""

from __future__ import annotations

from typing import Literal, get_args

from sandbox.wechat.asked import read
from sandbox.wechat.errors import Errcode
from sandbox.wechat.miniprogram.asked import Message
from sandbox.wechat.miniprogram.templates import BY_ID
from sandbox.wechat.templates import checked_rows
from sandbox.world.chats import Chats
from sandbox.world.people import Person
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

ACCEPTED = "miniprogram.accepted"
Result = Literal["accept", "reject", "ban", "filter"]
RESULTS = get_args(Result)
ASKED_AT_ONCE_MAX = 3


class Subscriptions:
    """``answered`` is the person's tap (wx.requestSubscribeMessage); ``send`` is the app's call."""

    def __init__(self, scene: Scene, notices: Chats) -> None:
        self._scene = scene
        self._notices = notices

    def answered(self, person: Person, template_id: str, result: Result) -> None:
        """Raises KeyError for a template that this app does not have."""
        if template_id not in BY_ID:
            raise KeyError(template_id)
        if result == "accept":
            self._put(person.mini_openid, template_id, self.left(person, template_id) + 1)

    def left(self, person: Person, template_id: str) -> int:
        kept = self._scene.records.get(ACCEPTED, f"{person.mini_openid}:{template_id}")
        return int(kept["left"]) if kept else 0

    def _put(self, openid: str, template_id: str, left: int) -> None:
        self._scene.records.put(ACCEPTED, f"{openid}:{template_id}", {"left": left})

    def send(self, asked: object) -> Record:
        """Raises Errcode."""
        told = read(asked, Message)
        openid = told.touser
        person = self._scene.person(openid)
        if person is None or person.mini_openid != openid:
            raise Errcode(40003)
        template = BY_ID.get(told.template_id)
        if template is None:
            raise Errcode(40037)
        rows = checked_rows(template, told.data)
        left = self.left(person, template.template_id)
        if left <= 0:
            raise Errcode(43101)
        self._put(openid, template.template_id, left - 1)
        self._notices.add(
            openid, mine=False, kind="card", title=template.title, rows=rows, page=told.page,
            template_id=template.template_id, data=told.data,
        )  # fmt: skip
        return {"errcode": 0, "errmsg": "ok", "msgid": int(self._scene.dice.digits(12)) + 10**12}
