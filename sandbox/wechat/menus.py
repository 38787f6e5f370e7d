"""The menu (section 10): checked as the platform does, kept, and shown on every phone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.wechat.errors import Errcode
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, split_address

MENU = "wechat.menu"
NAME_BYTES, SUB_NAME_BYTES, KEY_BYTES, URL_BYTES = 16, 60, 128, 1024
WITH_KEY = {
    "click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select",
}  # fmt: skip
OTHERS = {
    "media_id": "media_id",
    "article_id": "article_id",
    "article_view_limited": "article_id",
    "view_limited": "media_id",
}


class Menus:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def set(self, asked: object) -> Record:
        """menu/create. Raises Errcode."""
        if not isinstance(asked, dict):
            raise Errcode(47001)
        buttons = asked.get("button")
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
            raise Errcode(40016)
        for button in buttons:
            self._check(button, NAME_BYTES)
        self._scene.records.put(MENU, "menu", {"button": buttons})
        self._scene.events.tell("menu")
        return {"errcode": 0, "errmsg": "ok"}

    def _check(self, button: Any, name_bytes: int) -> None:
        if not isinstance(button, Mapping):
            raise Errcode(47001)
        name, subs = button.get("name"), button.get("sub_button")
        if not isinstance(name, str) or not 1 <= len(name.encode()) <= name_bytes:
            raise Errcode(40018 if name_bytes == NAME_BYTES else 40025)
        if subs:
            if not isinstance(subs, list) or len(subs) > 5 or name_bytes != NAME_BYTES:
                raise Errcode(40023)
            for sub in subs:
                self._check(sub, SUB_NAME_BYTES)
        else:
            self._check_target(button)

    def _check_target(self, button: Mapping[str, Any]) -> None:
        """What happens when it is pressed."""
        sort = str(button.get("type"))
        if sort in WITH_KEY:
            key = button.get("key")
            if not isinstance(key, str) or not 1 <= len(key.encode()) <= KEY_BYTES:
                raise Errcode(40019)
        elif sort in {"view", "miniprogram"}:
            url = str(button.get("url", ""))
            if not 1 <= len(url.encode()) <= URL_BYTES:
                raise Errcode(40020)
            if split_address(url) is None:
                raise Errcode(40054)
            if sort == "miniprogram" and not (button.get("appid") and button.get("pagepath")):
                raise Errcode(40035)
        elif sort in OTHERS:
            if not button.get(OTHERS[sort]):
                raise Errcode(40007)
        else:
            raise Errcode(40017)

    def shown(self) -> list[Record]:
        known = self._scene.records.get(MENU, "menu")
        return list(known["button"]) if known else []

    def get(self) -> Record:
        if not self.shown():
            raise Errcode(46003)
        return {"menu": {"button": self.shown()}}

    def self_menu(self) -> Record:
        """get_current_selfmenu_info."""
        return {"is_menu_open": int(bool(self.shown())), "selfmenu_info": {"button": self.shown()}}

    def delete(self) -> Record:
        self._scene.records.drop(MENU, "menu")
        self._scene.events.tell("menu")
        return {"errcode": 0, "errmsg": "ok"}
