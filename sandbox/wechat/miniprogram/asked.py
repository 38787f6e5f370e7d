"""What the bodies of the mini-program's calls may hold, as types (sections 2, 4, 5). Each type carries the errcode for what doesn't fit it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from sandbox.wechat.asked import NO_DATA, Data, Text
from sandbox.world.shapes import ABSENT, Asked, coded, fits, refuse

DAYS_MAX = 30
QUERY_CHARS_MAX = 1024
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
_PAGE = re.compile(r"pages/[0-9A-Za-z_/]{1,100}")
Version = Literal["release", "trial", "develop"]


def is_page(path: str) -> bool:
    return _PAGE.fullmatch(path) is not None


class PhoneCode(Asked):
    """getuserphonenumber."""

    code: Annotated[Text, coded("40029")] = ""
    openid: Annotated[Text, coded("40029")] = ""


class Message(Asked):
    """subscribe/send."""

    touser: Annotated[str, coded("40003")] = ABSENT
    template_id: Annotated[str, coded("40037")] = ABSENT
    miniprogram_state: Annotated[Literal["developer", "trial", "formal"], coded("47003")] = "formal"
    lang: Annotated[Literal["zh_CN", "en_US", "zh_HK", "zh_TW"], coded("47003")] = "zh_CN"
    page: Annotated[Text, fits(lambda page: not page or page.startswith("pages/")), coded("41030")] = ""
    data: Data = ABSENT


class Picture(Asked):
    """getwxacodeunlimit. With ``check_path`` the page must be one of the published version."""

    scene: Annotated[
        Annotated[str, coded("40169")], fits(lambda scene: _SCENE.fullmatch(scene) is not None), coded("40129")
    ] = ABSENT  # fmt: skip
    page: Annotated[Text, fits(lambda page: not page or is_page(page)), coded("41030")] = ""
    check_path: Any = True
    width: Annotated[int, Field(ge=280, le=1280), coded("40097")] = 430
    env_version: Annotated[Version, coded("40097")] = "release"


class Place(Asked):
    """Where a link leads."""

    path: Annotated[Text, fits(lambda path: not path or is_page(path.lstrip("/"))), coded("40165")] = ""
    query: Annotated[Text, Field(max_length=QUERY_CHARS_MAX), coded("40212")] = ""
    env_version: Annotated[Version, coded("85402")] = "release"


class UrlLink(Place):
    """generate_urllink. A link of type 1 ends after days."""

    expire_type: Any = 0
    expire_interval: Annotated[int, coded("85401")] = 0

    @model_validator(mode="after")
    def _must_end_in_time(self) -> Self:
        if self.expire_type == 1 and not 1 <= self.expire_interval <= DAYS_MAX:
            refuse("85401")
        return self


class Scheme(Asked):
    """generatescheme."""

    jump_wxa: Annotated[Place, NO_DATA] = Field(default_factory=Place)
