"""Who follows, and what was said: each person's chat as it stands on their phone."""

from __future__ import annotations

from typing import Any

from sandbox.world.chance import rfc3339
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

CHAT, FOLLOW = "wechat.chat", "wechat.follow"
MESSAGES_MAX = 200
BEFORE_THE_FIRST_MORNING = 1700000000


class Chats:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def following(self, openid: str) -> Record:
        """``{follows, since, scene, qr}``: unix seconds, and the parameters of the QR that was scanned."""
        known = self._scene.records.get(FOLLOW, openid)
        if known is not None:
            return known
        person = self._scene.person(openid)
        follows = person is not None and person.follows
        return {"follows": follows, "since": BEFORE_THE_FIRST_MORNING, "scene": "ADD_SCENE_SEARCH", "qr": ""}

    def follows(self, openid: str) -> bool:
        return bool(self.following(openid)["follows"])

    def set_follows(self, openid: str, follows: bool, scene: str = "ADD_SCENE_SEARCH", qr: str = "") -> None:
        since = int(self._scene.clock.now().timestamp())
        self._scene.records.put(FOLLOW, openid, {"follows": follows, "since": since, "scene": scene, "qr": qr})

    def messages(self, openid: str) -> list[Record]:
        chat = self._scene.records.get(CHAT, openid)
        return list(chat["messages"]) if chat else []

    def count(self, openid: str) -> int:
        """How many there ever were; the oldest may be gone."""
        chat = self._scene.records.get(CHAT, openid)
        return int(chat["count"]) if chat else 0

    def add(self, openid: str, *, mine: bool, kind: str, **more: Any) -> Record:
        """One line of the chat, as its person sees it."""
        message = {"at": rfc3339(self._scene.clock.now()), "mine": mine, "kind": kind, **more}
        kept = [*self.messages(openid), message][-MESSAGES_MAX:]
        self._scene.records.put(CHAT, openid, {"messages": kept, "count": self.count(openid) + 1})
        self._scene.tell("chat", openid)
        return message
