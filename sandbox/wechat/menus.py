"""The menu (section 10): checked as the platform does, kept, and shown on every phone."""

from __future__ import annotations

from typing import Any

from sandbox.wechat.asked import Menu, Target, read
from sandbox.wechat.errors import Errcode
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

MENU = "wechat.menu"


class Menus:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def set(self, asked: Any) -> Record:
        """menu/create. Raises Errcode."""
        read(asked, Menu)
        buttons: list[Record] = asked["button"]
        for button in (leaf for each in buttons for leaf in each.get("sub_button") or [each]):
            read(button, Target)
        self._scene.records.put(MENU, "menu", {"button": buttons})
        self._scene.events.tell("menu")
        return {"errcode": 0, "errmsg": "ok"}

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
