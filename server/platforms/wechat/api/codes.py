"""Login codes of both apps: good once, exchanged for who the person is (wechat_official.md section 6, wechat_miniprogram.md section 1)."""

from __future__ import annotations

from typing import TypeVar

from server.core.errors import CodeRefused, LoginNeeded
from server.core.ports import HttpRequest, Transport
from server.core.systems import System
from server.platforms.wechat.api.errors import Said, error_of, read

CODE_CHARS_MAX = 512
SYSTEM = System("wechat_login", "微信")
"""A system of its own for breaker and limits: strangers begin logins, and what they cause stops no message."""
_Answer = TypeVar("_Answer", bound=Said)


def must_be_a_code(code: str) -> None:
    """Raises LoginNeeded for what no platform gave."""
    if not code or len(code) > CODE_CHARS_MAX:
        raise LoginNeeded("code")


async def exchanged(
    transport: Transport, url: str, kind: type[_Answer], no_good: frozenset[int], timeout_s: float
) -> _Answer:
    """The successful answer. Never repeated here: a code is good once.

    Raises CodeRefused for an errcode of ``no_good`` (the code is wrong, used or expired); OutcomeUnknown, NotSent, OutsideRefusal.
    """
    answer = read(kind, await transport.send(HttpRequest(system=SYSTEM, method="GET", url=url, timeout_s=timeout_s)))
    if answer.errcode in no_good:
        raise CodeRefused(f"code refused {answer.errcode}")
    if answer.errcode:
        raise error_of(answer)
    return answer
