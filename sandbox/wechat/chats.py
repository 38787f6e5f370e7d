"""Who follows, and what was said: each person's chat as it stands on their phone."""

from __future__ import annotations

from typing import Any

from sandbox.world.chance import rfc3339
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

CHAT, COUNT, FOLLOW = "wechat.chat", "wechat.chat_count", "wechat.follow"
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
        """The last ones, oldest first."""
        count = self.count(openid)
        kept = (self._scene.records.get(CHAT, f"{openid}:{n}") for n in range(max(0, count - MESSAGES_MAX), count))
        return [message for message in kept if message is not None]

    def count(self, openid: str) -> int:
        """How many there ever were; the oldest may be gone."""
        counted = self._scene.records.get(COUNT, openid)
        return int(counted["count"]) if counted else 0

    def add(self, openid: str, *, mine: bool, kind: str, **more: Any) -> Record:
        """One line of the chat, as its person sees it. Each is a record of its own: a long chat costs no more than a short one."""
        records, count = self._scene.records, self.count(openid)
        message = {"at": rfc3339(self._scene.clock.now()), "mine": mine, "kind": kind, **more}
        with records.together():
            records.put(CHAT, f"{openid}:{count}", message)
            records.put(COUNT, openid, {"count": count + 1})
            records.drop(CHAT, f"{openid}:{count - MESSAGES_MAX}")
        self._scene.tell("chat", openid)
        return message
