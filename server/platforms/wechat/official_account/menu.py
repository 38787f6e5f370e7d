"""The account's menu (docs/protocols/wechat_official.md section 10), checked against the platform's bounds before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from server.core.errors import BadInput
from server.platforms.wechat.api.client import WechatApi
from server.platforms.wechat.api.errors import Done

NAME_BYTES_MAX = 16
SUB_NAME_BYTES_MAX = 60
KEY_BYTES_MAX = 128
URL_BYTES_MAX = 1024


class _Entry(BaseModel):
    """A line that acts: says something to the account, opens a page, or opens a mini-program."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    name: str = Field(min_length=1)
    type: Literal["click", "view", "miniprogram"] | None = None
    key: str | None = None
    url: str | None = None
    appid: str | None = None
    pagepath: str | None = None

    def needed(self) -> tuple[str | None, ...]:
        """What this type can't do without."""
        return {
            "click": (self.key,),
            "view": (self.url,),
            "miniprogram": (self.url, self.appid, self.pagepath),
        }.get(self.type or "", (None,))

    def acts(self) -> bool:
        sizes = ((self.key, KEY_BYTES_MAX), (self.url, URL_BYTES_MAX))
        fits = all(len((value or "").encode()) <= most for value, most in sizes)
        return fits and all(self.needed())


class _SubEntry(_Entry):
    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if len(self.name.encode()) > SUB_NAME_BYTES_MAX or not self.acts():
            raise ValueError("a sub-button is too long or lacks what its type needs")
        return self


class _Button(_Entry):
    sub_button: list[_SubEntry] = Field(default=[], max_length=5)

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if len(self.name.encode()) > NAME_BYTES_MAX or not (self.acts() or (self.sub_button and self.type is None)):
            raise ValueError("a button is too long, or neither acts nor opens")
        return self


class _Menu(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    button: list[_Button] = Field(min_length=1, max_length=3)


async def push_menu(api: WechatApi, menu: Mapping[str, object]) -> None:
    """Replace the account's menu by ``menu``, which is in the platform's own form. Raises BadInput before anything is sent."""
    try:
        checked = _Menu.model_validate(menu)
    except ValidationError as error:
        raise BadInput("menu", user_message="公众号菜单不符合微信的限制，请检查医院配置文件。") from error
    await api.post("/cgi-bin/menu/create", checked.model_dump(exclude_none=True, exclude_defaults=True), Done)
