"""The life account's menu (section 10): checked as the platform does, kept, and shown on every phone."""

from __future__ import annotations

import json
from typing import Any

from sandbox.alipay.errors import failed
from sandbox.alipay.gateway import Call
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, split_address

MENU = "alipay.menu"
ACTIONS = {"out", "link", "tel", "map", "consumption"}
BUTTONS_MAX, SUBS_MAX, PARAM_MAX = 4, 5, 255
NAME_MAX = {"text": 9, "icon": 5}
KEYS = {"text": "default", "icon": "iconDefault"}


class Menus:
    """Refusals carry the old menu codes (11001 and on): newer ones are not known."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def create(self, call: Call, fault: Record) -> Record:
        """alipay.open.public.menu.create and menu.modify: the menu is replaced."""
        content = call.content()
        sort, buttons = content.get("type", "text"), content.get("button")
        if not isinstance(sort, str) or sort not in NAME_MAX:
            raise failed("11010", "菜单类型错误")
        if not isinstance(buttons, list) or not buttons:
            raise failed("11002", "菜单不能为空")
        if len(buttons) > BUTTONS_MAX:
            raise failed("11005", "一级菜单超过 4 个")
        for button in buttons:
            self._check(button, NAME_MAX[sort], is_sub=False)
        self._scene.records.put(MENU, "menu", {"type": sort, "button": buttons})
        self._scene.events.tell("menu")
        return {"menu_key": KEYS[sort]}

    def _check(self, button: Any, name_max: int, *, is_sub: bool) -> None:
        if not isinstance(button, dict):
            raise failed("11001", "菜单格式错误")
        name, subs = button.get("name"), button.get("sub_button")
        if not isinstance(name, str) or not name:
            raise failed("11007", "菜单没有标题")
        if len(name.encode("gbk", "replace")) > 2 * name_max:
            raise failed("11004" if is_sub else "11003", "菜单名称过长")
        if not subs:
            self._check_target(button)
            return
        if is_sub or not isinstance(subs, list):
            raise failed("11008" if is_sub else "11001", "菜单超过二级" if is_sub else "菜单格式错误")
        if len(subs) > SUBS_MAX:
            raise failed("11006", "二级菜单超过 5 个")
        for sub in subs:
            self._check(sub, name_max, is_sub=True)

    def _check_target(self, button: Record) -> None:
        """What happens when it is pressed."""
        action, param = button.get("action_type"), button.get("action_param")
        if not isinstance(action, str) or action not in ACTIONS:
            raise failed("11010", "菜单动作类型错误")
        if not isinstance(param, str) or not 1 <= len(param) <= PARAM_MAX:
            raise failed("11014", "菜单缺少动作参数")
        if action == "link" and split_address(param) is None:
            raise failed("11014", "菜单链接不是合法的地址")

    def query(self, call: Call, fault: Record) -> Record:
        """alipay.open.public.menu.query."""
        known = self._scene.records.get(MENU, "menu")
        if known is None:
            raise failed("11002", "没有设置菜单")
        return {"menu_content": json.dumps({"button": known["button"]}, ensure_ascii=False)}

    def shown(self) -> list[Record]:
        known = self._scene.records.get(MENU, "menu")
        return list(known["button"]) if known else []
