"""What a call's parameters may hold, as types, and the refusal of what doesn't fit (sections 4, 5). Fields are named as the parameters."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_validator

from sandbox.sms.errors import Business, missing
from sandbox.world.chance import CHINA
from sandbox.world.shapes import Shape, bytes_max, code_of, coded, refuse
from sandbox.world.wire import read_json

INVALID = "isv.INVALID_PARAMETERS"
NUMBERS_MAX, BATCH_MAX = 1000, 100
OUT_ID_BYTES = 255
_TOO_MANY = ("isv.MOBILE_COUNT_OVER_LIMIT", "手机号码数量超过限制")


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=CHINA)
    except ValueError:
        refuse(INVALID, "日期格式应为 yyyyMMdd")


def _digits(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValueError("no number")
    return int(text)


def _json(text: str) -> Any:
    try:
        return read_json(text)
    except ValueError:
        refuse("isv.INVALID_JSON_PARAM", "参数格式错误，要求为 JSON")


def _numbers(text: str) -> list[str]:
    numbers = text.split(",")
    if len(numbers) > NUMBERS_MAX:
        refuse(*_TOO_MANY)
    return numbers


Day = Annotated[datetime, BeforeValidator(_day)]
Page = Annotated[int, BeforeValidator(_digits), Field(ge=1, le=10**6)]
PageSize = Annotated[int, BeforeValidator(_digits), Field(ge=1, le=50)]
OutIdText = Annotated[str, bytes_max(OUT_ID_BYTES), coded(INVALID, f"OutId 不得超过 {OUT_ID_BYTES} 字节")]
JsonList = Annotated[list[Any], BeforeValidator(_json), Field(min_length=1)]
Values = Annotated[dict[str, str], Field(strict=True)]


class Send(BaseModel):
    PhoneNumbers: Annotated[list[str], BeforeValidator(_numbers)]
    SignName: str
    TemplateCode: str
    TemplateParam: Annotated[Values, BeforeValidator(_json)] = {}
    OutId: OutIdText = ""


class SendBatch(BaseModel):
    PhoneNumberJson: JsonList
    SignNameJson: JsonList
    TemplateCode: str
    TemplateParamJson: Annotated[list[Values], BeforeValidator(_json), Field(min_length=1)] | None = None
    OutId: OutIdText = ""

    @model_validator(mode="after")
    def _as_many_of_each(self) -> Self:
        count = len(self.PhoneNumberJson)
        if count > BATCH_MAX:
            refuse(*_TOO_MANY)
        if not count == len(self.SignNameJson) == len(self.values):
            refuse(INVALID, "号码、签名、变量的个数不一致")
        return self

    @property
    def values(self) -> list[dict[str, str]]:
        return self.TemplateParamJson or [{} for _ in self.PhoneNumberJson]


class Details(BaseModel):
    PhoneNumber: str
    SendDate: Day
    PageSize: PageSize
    CurrentPage: Page
    BizId: str = ""


def read(params: dict[str, str], shape: type[Shape]) -> Shape:
    """Empty is as if it were not given. Raises Gateway for what is missing, else Business about the first that is wrong."""
    try:
        return shape.model_validate({name: value for name, value in params.items() if value})
    except ValidationError as error:
        fault = min(error.errors(include_url=False), key=lambda each: each["type"] != "missing")
        name = str(fault["loc"][0]) if fault["loc"] else ""
        if fault["type"] == "missing":
            raise missing(name) from None
        if code := code_of(fault):
            raise Business(code, fault["msg"]) from None
        is_json = "Param" in name or name.endswith("Json")
        raise Business("isv.INVALID_JSON_PARAM" if is_json else INVALID, f"{name} 参数格式错误") from None
