"""Asking a platform who logs in, in the browser and in the mini-program alike."""

from __future__ import annotations

from typing import Protocol

from server.core.errors import OutsideError, OutsideRefusal
from server.core.systems import title_of
from server.patients.model import PayerIdentity


class Platform(Protocol):
    async def identify(self, code: str) -> PayerIdentity: ...


async def identified(platform: Platform, code: str) -> PayerIdentity:
    """Who came with ``code``. An OutsideError names the platform and says that the login has taken no money."""
    try:
        return await platform.identify(code)
    except OutsideError as error:
        is_refused = isinstance(error, OutsideRefusal)
        what = "没有接受这次登录" if is_refused else "暂时没有响应，登录没有完成"
        error.user_message = (
            f"{title_of(error.system)}{what}，这次没有扣款。请稍后再试，或到收费窗口办理。如之前已付款，款项不会丢失。"
        )
        raise
