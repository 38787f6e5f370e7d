"""Who follows, what was said, and which menu is shown (sections 3, 8, 9, 10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sandbox.wechat.errors import Errcode
from sandbox.wechat.templates import filled
from sandbox.world.chance import rfc3339
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

CHAT, FOLLOW, MENU, SENT = "wechat.chat", "wechat.follow", "wechat.menu", "wechat.sent"
MESSAGES_MAX = 500
NAME_BYTES, SUB_NAME_BYTES = 16, 60


class Chats:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def follows(self, openid: str) -> bool:
        known = self._scene.records.get(FOLLOW, openid)
        if known is not None:
            return bool(known["follows"])
        person = self._scene.person(openid)
        return person is not None and person.follows

    def set_follows(self, openid: str, follows: bool) -> None:
        self._scene.records.put(FOLLOW, openid, {"follows": follows})

    def messages(self, openid: str) -> list[Record]:
        chat = self._scene.records.get(CHAT, openid)
        return list(chat["messages"]) if chat else []

    def add(self, openid: str, *, mine: bool, kind: str, **more: Any) -> Record:
        """One line of the chat, as its person sees it."""
        message = {"at": rfc3339(self._scene.clock.now()), "mine": mine, "kind": kind, **more}
        self._scene.records.put(CHAT, openid, {"messages": [*self.messages(openid), message][-MESSAGES_MAX:]})
        person = self._scene.person(openid)
        self._scene.events.tell("chat", person.number if person else None)
        return message

    def send_template(self, asked: object) -> Record:
        """template/send. The same client_msg_id to the same person is sent once. Raises Errcode."""
        if not isinstance(asked, dict):
            raise Errcode(47001)
        openid = str(asked.get("touser", ""))
        if self._scene.person(openid) is None:
            raise Errcode(40003)
        template, rows = filled(asked.get("template_id"), asked.get("data"))
        if not self.follows(openid):
            raise Errcode(43004)
        once = f"{openid}:{asked.get('client_msg_id')}"
        known = self._scene.records.get(SENT, once) if asked.get("client_msg_id") else None
        if known is None:
            known = {"msgid": int(self._scene.dice.digits(12)) + 1}
            if asked.get("client_msg_id"):
                self._scene.records.put(SENT, once, known)
            self.add(openid, mine=False, kind="card", title=template.title, rows=rows, url=str(asked.get("url") or ""),
                     template_id=template.template_id, data=asked["data"])  # fmt: skip
        return {"errcode": 0, "errmsg": "ok", "msgid": known["msgid"]}

    def send_custom(self, asked: object) -> Record:
        """custom/send, text only as far as the app needs it. Raises Errcode."""
        if not isinstance(asked, dict):
            raise Errcode(47001)
        openid = str(asked.get("touser", ""))
        if self._scene.person(openid) is None:
            raise Errcode(40003)
        text = asked.get("text")
        if asked.get("msgtype") != "text" or not isinstance(text, dict) or not text.get("content"):
            raise Errcode(47001)
        if not self.follows(openid):
            raise Errcode(45015)
        self.add(openid, mine=False, kind="text", text=str(text["content"]))
        return {"errcode": 0, "errmsg": "ok"}

    def set_menu(self, asked: object) -> Record:
        """menu/create. Raises Errcode."""
        buttons = asked.get("button") if isinstance(asked, dict) else None
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
            raise Errcode(40016)
        for button in buttons:
            self._check_button(button, NAME_BYTES)
            subs = button.get("sub_button", [])
            if not isinstance(subs, list) or len(subs) > 5:
                raise Errcode(40016)
            for sub in subs:
                self._check_button(sub, SUB_NAME_BYTES)
        self._scene.records.put(MENU, "menu", {"button": buttons})
        self._scene.events.tell("menu")
        return {"errcode": 0, "errmsg": "ok"}

    def _check_button(self, button: Any, name_bytes: int) -> None:
        if not isinstance(button, Mapping):
            raise Errcode(47001)
        name = button.get("name")
        if not isinstance(name, str) or not 1 <= len(name.encode()) <= name_bytes:
            raise Errcode(40018)
        if button.get("type") == "view" and urlsplit(str(button.get("url", ""))).scheme not in ("http", "https"):
            raise Errcode(40054)
        if button.get("type") == "click" and not 1 <= len(str(button.get("key", "")).encode()) <= 128:
            raise Errcode(47001)

    def menu(self) -> list[Record]:
        known = self._scene.records.get(MENU, "menu")
        return list(known["button"]) if known else []
