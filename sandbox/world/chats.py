"""Who follows an account, and what was said: each person's chat with it as it stands on their phone."""

from __future__ import annotations

from typing import Any

from sandbox.world.chance import rfc3339
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

MESSAGES_MAX = 200
BEFORE_THE_FIRST_MORNING = 1700000000


class Chats:
    """``platform`` names the records; ``who`` below is the platform's own name for a person."""

    def __init__(self, scene: Scene, platform: str) -> None:
        self._scene = scene
        self._chat, self._count, self._follow = f"{platform}.chat", f"{platform}.chat_count", f"{platform}.follow"

    def following(self, who: str) -> Record:
        """``{follows, since, scene, qr}``: unix seconds, and the parameters of the QR that was scanned."""
        known = self._scene.records.get(self._follow, who)
        if known is not None:
            return known
        person = self._scene.person(who)
        follows = person is not None and person.follows
        return {"follows": follows, "since": BEFORE_THE_FIRST_MORNING, "scene": "ADD_SCENE_SEARCH", "qr": ""}

    def follows(self, who: str) -> bool:
        return bool(self.following(who)["follows"])

    def set_follows(self, who: str, follows: bool, scene: str = "ADD_SCENE_SEARCH", qr: str = "") -> None:
        since = int(self._scene.clock.now().timestamp())
        self._scene.records.put(self._follow, who, {"follows": follows, "since": since, "scene": scene, "qr": qr})

    def messages(self, who: str) -> list[Record]:
        """The last ones, oldest first."""
        count = self.count(who)
        kept = (self._scene.records.get(self._chat, f"{who}:{n}") for n in range(max(0, count - MESSAGES_MAX), count))
        return [message for message in kept if message is not None]

    def count(self, who: str) -> int:
        """How many there ever were; the oldest may be gone."""
        counted = self._scene.records.get(self._count, who)
        return int(counted["count"]) if counted else 0

    def add(self, who: str, *, mine: bool, kind: str, **more: Any) -> Record:
        """One line of the chat, as its person sees it. Each is a record of its own: a long chat costs no more than a short one."""
        records, count = self._scene.records, self.count(who)
        message = {"at": rfc3339(self._scene.clock.now()), "mine": mine, "kind": kind, **more}
        with records.together():
            records.put(self._chat, f"{who}:{count}", message)
            records.put(self._count, who, {"count": count + 1})
            records.drop(self._chat, f"{who}:{count - MESSAGES_MAX}")
        self._scene.tell("chat", who)
        return message
