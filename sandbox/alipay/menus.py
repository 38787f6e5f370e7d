"""The life account's menu (section 10): checked as the platform does, kept, and shown on every phone."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from sandbox.alipay.errors import failed
from sandbox.alipay.fields import read
from sandbox.alipay.gateway import Call
from sandbox.world.scene import Scene
from sandbox.world.shapes import ABSENT, NULL_AS_EMPTY, Asked, coded, refuse
from sandbox.world.wire import Record, split_address

MENU = "alipay.menu"
NAME_MAX, ICON_NAME_MAX = 9, 5
KEYS = {"text": "default", "icon": "iconDefault"}


def _fits(name: str, info: ValidationInfo) -> str:
    if len(name.encode("gbk", "replace")) > 2 * (info.context or {})["name_max"]:
        raise ValueError("too long")
    return name


_SHAPELESS = coded("11001", "菜单格式错误")
Name = Annotated[Annotated[str, Field(min_length=1), coded("11007", "菜单没有标题")], AfterValidator(_fits)]


class Leaf(Asked):
    """A button of the second level."""

    name: Annotated[Name, coded("11004", "菜单名称过长")] = ABSENT
    sub_button: Annotated[list[Any], NULL_AS_EMPTY, Field(max_length=0), coded("11008", "菜单超过二级")] = ABSENT


Leaves = Annotated[list[Annotated[Leaf, _SHAPELESS]], NULL_AS_EMPTY, _SHAPELESS]


class Button(Asked):
    name: Annotated[Name, coded("11003", "菜单名称过长")] = ABSENT
    sub_button: Annotated[Leaves, Field(max_length=5), coded("11006", "二级菜单超过 5 个")] = ABSENT


Buttons = Annotated[list[Annotated[Button, _SHAPELESS]], Field(min_length=1), coded("11002", "菜单不能为空")]


class Menu(Asked):
    type: Annotated[Literal["text", "icon"], coded("11010", "菜单类型错误")] = "text"
    button: Annotated[Buttons, Field(max_length=4), coded("11005", "一级菜单超过 4 个")] = ABSENT


class Target(Asked):
    """What happens when a button without a second level is pressed."""

    action_type: Annotated[Literal["out", "link", "tel", "map", "consumption"], coded("11010", "菜单动作类型错误")] = (
        ABSENT
    )
    action_param: Annotated[str, Field(min_length=1, max_length=255), coded("11014", "菜单缺少动作参数")] = ABSENT

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.action_type == "link" and split_address(self.action_param) is None:
            refuse("11014", "菜单链接不是合法的地址")
        return self


class Menus:
    """Refusals carry the old menu codes (11001 and on): newer ones are not known."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def create(self, call: Call, fault: Record) -> Record:
        """alipay.open.public.menu.create and menu.modify: the menu is replaced."""
        content = call.content()
        menu = read(content, Menu, name_max=ICON_NAME_MAX if content.get("type") == "icon" else NAME_MAX)
        buttons: list[Record] = content["button"]
        for button in (leaf for each in buttons for leaf in each.get("sub_button") or [each]):
            read(button, Target)
        self._scene.records.put(MENU, "menu", {"type": menu.type, "button": buttons})
        self._scene.events.tell("menu")
        return {"menu_key": KEYS[menu.type]}

    def query(self, call: Call, fault: Record) -> Record:
        """alipay.open.public.menu.query."""
        known = self._scene.records.get(MENU, "menu")
        if known is None:
            raise failed("11002", "没有设置菜单")
        return {"menu_content": json.dumps({"button": known["button"]}, ensure_ascii=False)}

    def shown(self) -> list[Record]:
        known = self._scene.records.get(MENU, "menu")
        return list(known["button"]) if known else []
