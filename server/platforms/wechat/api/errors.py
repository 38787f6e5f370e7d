"""What an ``errcode`` of WeChat means (docs/protocols/wechat_official.md section 5). Errors come with HTTP 200."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal
from server.core.ports import HttpResponse
from server.platforms.wechat.api.app import SYSTEM

TOKEN_REFUSED = frozenset({40001, 40014, 42001})
_BUSY = -1
_LIMITED = frozenset({45009, 45011})


class Said(BaseModel):
    """What every answer may carry; each call's own answer adds its fields."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)
    errcode: int = 0
    errmsg: str = ""


class Done(Said):
    """The answer to a call that does something: only ``errcode`` 0 says that it was done, a missing one does not."""

    errcode: int


_Answer = TypeVar("_Answer", bound=Said)


def read(kind: type[_Answer], response: HttpResponse) -> _Answer:
    """The answer, whatever its errcode. Raises OutcomeUnknown for anything that is no such answer."""
    if response.status != 200:
        raise OutcomeUnknown(SYSTEM, f"HTTP {response.status}")
    try:
        return kind.model_validate_json(response.body)
    except ValidationError as error:
        raise OutcomeUnknown(SYSTEM, "unreadable answer") from error


def error_of(said: Said) -> NotSent | OutcomeUnknown | OutsideRefusal:
    """The error that a non-zero errcode stands for. A refused token is our affair: the call was surely not done."""
    if said.errcode in TOKEN_REFUSED:
        return NotSent(SYSTEM, f"access token refused {said.errcode}")
    if said.errcode in _LIMITED:
        return NotSent(SYSTEM, f"quota {said.errcode}")
    if said.errcode == _BUSY:
        return OutcomeUnknown(SYSTEM, "busy")
    words, _, _ = said.errmsg.partition(" rid:")
    return OutsideRefusal(SYSTEM, str(said.errcode), words[:100])
