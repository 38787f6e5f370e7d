"""What the bodies of calls may hold, as types (sections 8 to 11). Each type carries the errcode for what doesn't fit it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, ValidationError, model_validator

from sandbox.wechat.errors import Errcode
from sandbox.world.shapes import (
    ABSENT,
    ADDRESS,
    NULL_AS_EMPTY,
    Asked,
    Shape,
    bytes_max,
    code_of,
    coded,
    first_fault,
    fits,
    refuse,
)
from sandbox.world.wire import split_address

NO_DATA = coded("47001")
Data = Annotated[dict[str, Any], NO_DATA]


def read(asked: object, shape: type[Shape]) -> Shape:
    """Raises Errcode for the first thing that doesn't fit."""
    try:
        return shape.model_validate(asked)
    except ValidationError as error:
        raise Errcode(int(code_of(first_fault(error)) or 47001)) from None


Filled = Annotated[str, Field(min_length=1)]
Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
"""Null is read like a field that is not there."""

# ---- tokens: section 5 -----------------------------------------------------------------------------------------------


class StableToken(Asked):
    grant_type: Annotated[Literal["client_credential"], coded("40002")] = ABSENT
    appid: Any = ""
    secret: Any = ""
    force_refresh: Any = False


# ---- the menu: section 10 --------------------------------------------------------------------------------------------


class Click(Asked):
    type: Literal[
        "click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"
    ]  # fmt: skip
    key: Annotated[Filled, bytes_max(128), coded("40019")] = ABSENT


Url = Annotated[Annotated[Filled, bytes_max(1024), coded("40020")], ADDRESS, coded("40054")]


class View(Asked):
    type: Literal["view"]
    url: Url = ABSENT


class MiniProgram(Asked):
    type: Literal["miniprogram"]
    url: Url = ABSENT
    appid: Annotated[Filled, coded("40035")] = ABSENT
    pagepath: Annotated[Filled, coded("40035")] = ABSENT


class Media(Asked):
    type: Literal["media_id", "view_limited"]
    media_id: Annotated[Filled, coded("40007")] = ABSENT


class Article(Asked):
    type: Literal["article_id", "article_view_limited"]
    article_id: Annotated[Filled, coded("40007")] = ABSENT


class Target(
    RootModel[Annotated[Click | View | MiniProgram | Media | Article, Field(discriminator="type"), coded("40017")]]
):
    """What happens when a button without a second level is pressed."""


class Leaf(Asked):
    """A button of the second level."""

    name: Annotated[Filled, bytes_max(60), coded("40025")] = ABSENT
    sub_button: Annotated[list[Any], NULL_AS_EMPTY, Field(max_length=0), coded("40023")] = ABSENT


class Button(Asked):
    name: Annotated[Filled, bytes_max(16), coded("40018")] = ABSENT
    sub_button: Annotated[
        list[Annotated[Leaf, NO_DATA]], NULL_AS_EMPTY, Field(max_length=5), coded("40023")
    ] = ABSENT  # fmt: skip


class Menu(Asked):
    button: Annotated[list[Annotated[Button, NO_DATA]], Field(min_length=1, max_length=3), coded("40016")] = ABSENT


# ---- template messages: section 8 ------------------------------------------------------------------------------------


class Keyword(Asked):
    value: Filled


class LinkedPage(Asked):
    appid: Any = ""


class TemplateMessage(Asked):
    touser: Annotated[str, coded("40003")] = ABSENT
    template_id: Annotated[str, coded("40037")] = ABSENT
    data: Data = ABSENT
    url: Annotated[Text, fits(lambda url: not url or split_address(url) is not None), coded("40035")] = ""
    miniprogram: Annotated[LinkedPage | None, BeforeValidator(lambda page: page or None), coded("40165")] = None
    client_msg_id: Any = ""


# ---- customer service: section 9 -------------------------------------------------------------------------------------


class Typing(Asked):
    command: Annotated[Literal["Typing", "CancelTyping"], coded("45072")] = ABSENT
    touser: Annotated[str, coded("40003")] = ABSENT


class Custom(Asked):
    """The content stands in a field that is called like ``msgtype``."""

    touser: Annotated[str, coded("40003")] = ABSENT
    msgtype: Annotated[
        Literal["text", "news", "msgmenu", "image", "voice", "video", "music", "mpnews", "mpnewsarticle", "wxcard", "miniprogrampage"],
        coded("40008"),
    ] = ABSENT  # fmt: skip


class Words(Asked):
    content: Annotated[Annotated[Filled, coded("44004")], bytes_max(2048), coded("45002")] = ABSENT


class NewsItem(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    title: str = ""
    description: str = ""
    url: str = ""


class News(Asked):
    articles: Annotated[
        Annotated[list[Annotated[NewsItem, NO_DATA]], Field(min_length=1), coded("44003")],
        Field(max_length=1),
        coded("45008"),
    ] = ABSENT


class Choices(Asked):
    offered: list[Any] = Field(alias="list")
    head_content: Any = ""
    tail_content: Any = ""


# ---- people, codes: sections 11, 12 ----------------------------------------------------------------------------------


class People(Asked):
    user_list: Annotated[
        Annotated[list[dict[str, Any]], NO_DATA], Field(min_length=1, max_length=100), coded("40035")
    ] = ABSENT


class Remark(Asked):
    openid: Any = ""
    remark: str


class Scene(Asked):
    scene_str: Annotated[str, Field(max_length=64), coded("40035")] = ""
    scene_id: Annotated[int, Field(ge=0, lt=2**32), coded("40035")] = 0


class Info(Asked):
    scene: Scene


class Code(Asked):
    action_name: Annotated[
        Literal["QR_SCENE", "QR_LIMIT_SCENE", "QR_STR_SCENE", "QR_LIMIT_STR_SCENE"], coded("40035")
    ] = ABSENT
    action_info: Info
    expire_seconds: Annotated[int, Field(ge=1, le=2_592_000), coded("40035")] = 30

    @property
    def scene(self) -> str:
        """Its text or number; a number of a code that lasts is at most 100,000."""
        scene = self.action_info.scene
        if "STR" in self.action_name:
            return scene.scene_str
        return str(scene.scene_id) if 1 <= scene.scene_id <= (100_000 if "LIMIT" in self.action_name else 2**32) else ""

    @model_validator(mode="after")
    def _must_mean_something(self) -> Self:
        if not self.scene:
            refuse("40035")
        return self
