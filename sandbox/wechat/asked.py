"""What the bodies of calls may hold, as types (sections 8 to 11). Each type carries the errcode for what doesn't fit it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    ValidationError,
    WrapValidator,
    model_validator,
)
from pydantic import ValidatorFunctionWrapHandler as Fits
from pydantic_core import PydanticCustomError

from sandbox.wechat.errors import Errcode
from sandbox.world.wire import split_address

NO_DATA = 47001
ABSENT: Any = None
"""The default of a field that must be there: it doesn't fit, so that the field's own errcode is told."""


class Asked(BaseModel):
    """Fields that are not asked about are let pass."""

    model_config = ConfigDict(strict=True, validate_default=True)


def coded(errcode: int) -> WrapValidator:
    """What doesn't fit is refused by ``errcode``, unless something inside it has one of its own."""

    def check(value: Any, fits: Fits) -> Any:
        try:
            return fits(value)
        except ValidationError as error:
            raise PydanticCustomError(_code(error) or str(errcode), "refused") from None

    return WrapValidator(check)


def _code(error: ValidationError) -> str:
    kind = error.errors(include_url=False)[0]["type"]
    return kind if kind.isdecimal() else ""


Shape = TypeVar("Shape", bound=BaseModel)


def read(asked: object, shape: type[Shape]) -> Shape:
    """Raises Errcode for the first thing that doesn't fit."""
    try:
        return shape.model_validate(asked)
    except ValidationError as error:
        raise Errcode(int(_code(error) or NO_DATA)) from None


def _at_most_bytes(most: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(text.encode()) > most:
            raise ValueError("too long")
        return text

    return AfterValidator(check)


def _address(text: str) -> str:
    if split_address(text) is None:
        raise ValueError("no address")
    return text


Filled = Annotated[str, Field(min_length=1)]

# ---- the menu: section 10 --------------------------------------------------------------------------------------------


class Click(Asked):
    type: Literal[
        "click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"
    ]  # fmt: skip
    key: Annotated[Filled, _at_most_bytes(128), coded(40019)] = ABSENT


Url = Annotated[Annotated[Filled, _at_most_bytes(1024), coded(40020)], AfterValidator(_address), coded(40054)]


class View(Asked):
    type: Literal["view"]
    url: Url = ABSENT


class MiniProgram(Asked):
    type: Literal["miniprogram"]
    url: Url = ABSENT
    appid: Annotated[Filled, coded(40035)] = ABSENT
    pagepath: Annotated[Filled, coded(40035)] = ABSENT


class Media(Asked):
    type: Literal["media_id", "view_limited"]
    media_id: Annotated[Filled, coded(40007)] = ABSENT


class Article(Asked):
    type: Literal["article_id", "article_view_limited"]
    article_id: Annotated[Filled, coded(40007)] = ABSENT


class Target(
    RootModel[Annotated[Click | View | MiniProgram | Media | Article, Field(discriminator="type"), coded(40017)]]
):
    """What happens when a button without a second level is pressed."""


class Leaf(Asked):
    """A button of the second level."""

    name: Annotated[Filled, _at_most_bytes(60), coded(40025)] = ABSENT
    sub_button: Annotated[list[Any], BeforeValidator(lambda subs: subs or []), Field(max_length=0), coded(40023)] = []


class Button(Asked):
    name: Annotated[Filled, _at_most_bytes(16), coded(40018)] = ABSENT
    sub_button: Annotated[
        list[Annotated[Leaf, coded(NO_DATA)]], BeforeValidator(lambda subs: subs or []), Field(max_length=5), coded(40023)
    ] = []  # fmt: skip


class Menu(Asked):
    button: Annotated[list[Annotated[Button, coded(NO_DATA)]], Field(min_length=1, max_length=3), coded(40016)] = ABSENT


# ---- customer service: section 9 -------------------------------------------------------------------------------------


class Words(Asked):
    content: Annotated[Annotated[Filled, coded(44004)], _at_most_bytes(2048), coded(45002)] = ABSENT


class NewsItem(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    title: str = ""
    description: str = ""
    url: str = ""


class News(Asked):
    articles: Annotated[
        Annotated[list[Annotated[NewsItem, coded(NO_DATA)]], Field(min_length=1), coded(44003)],
        Field(max_length=1),
        coded(45008),
    ] = ABSENT


class Choices(Asked):
    offered: list[Any] = Field(alias="list")
    head_content: Any = ""
    tail_content: Any = ""


# ---- people, codes: sections 11, 12 ----------------------------------------------------------------------------------


class People(Asked):
    user_list: Annotated[
        Annotated[list[dict[str, Any]], coded(NO_DATA)], Field(min_length=1, max_length=100), coded(40035)
    ] = ABSENT


class Remark(Asked):
    openid: Any = ""
    remark: str


class Scene(Asked):
    scene_str: Annotated[str, Field(max_length=64), coded(40035)] = ""
    scene_id: Annotated[int, Field(ge=0, lt=2**32), coded(40035)] = 0


class Info(Asked):
    scene: Scene


class Code(Asked):
    action_name: Annotated[
        Literal["QR_SCENE", "QR_LIMIT_SCENE", "QR_STR_SCENE", "QR_LIMIT_STR_SCENE"], coded(40035)
    ] = ABSENT
    action_info: Info
    expire_seconds: Annotated[int, Field(ge=1, le=2_592_000), coded(40035)] = 30

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
            raise PydanticCustomError("40035", "refused")
        return self
