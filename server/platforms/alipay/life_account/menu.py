"""The life account's menu (docs/protocols/alipay.md section 10), made of the hospital's one menu and checked before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from server.core.errors import BadInput
from server.platforms.alipay.openapi.client import AlipayClient

NAME_CHARS_MAX = 9
SUB_NAME_CHARS_MAX = 12
PARAM_CHARS_MAX = 255
_ACTIONS = {"click": "out", "view": "link"}


class _Entry(BaseModel):
    """A line as the hospital's file has it: says something to the account (``key``), or opens a page (``url``)."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    name: str = Field(min_length=1, max_length=SUB_NAME_CHARS_MAX)
    type: Literal["click", "view"] | None = None
    key: str | None = None
    url: str | None = None

    @property
    def parameter(self) -> str:
        return (self.key if self.type == "click" else self.url) or ""

    def wire(self) -> dict[str, object]:
        return {"name": self.name, "action_type": _ACTIONS[self.type or ""], "action_param": self.parameter}

    def acts(self) -> bool:
        return self.type is not None and 1 <= len(self.parameter) <= PARAM_CHARS_MAX


class _SubEntry(_Entry):
    @model_validator(mode="after")
    def _acts(self) -> Self:
        if not self.acts():
            raise ValueError("a line is too long or lacks what its type needs")
        return self


class _Button(_Entry):
    sub_button: list[_SubEntry] = Field(default=[], max_length=5)

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if len(self.name) > NAME_CHARS_MAX or not (self.acts() or (self.sub_button and self.type is None)):
            raise ValueError("a button is too long, or neither acts nor opens")
        return self

    def wire(self) -> dict[str, object]:
        if not self.sub_button:
            return super().wire()
        return {"name": self.name, "sub_button": [line.wire() for line in self.sub_button]}


class _Menu(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    button: list[_Button] = Field(min_length=1, max_length=4)


async def push_menu(client: AlipayClient, menu: Mapping[str, object]) -> None:
    """Replace the account's menu by the hospital's. Raises BadInput before anything is sent."""
    try:
        checked = _Menu.model_validate(menu)
    except ValidationError as error:
        raise BadInput("menu", user_message="菜单不符合支付宝生活号的限制，请检查医院配置文件。") from error
    content: dict[str, object] = {"type": "text", "button": [button.wire() for button in checked.button]}
    await client.call("alipay.open.public.menu.create", content)
