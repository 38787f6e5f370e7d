"""小程序码 for posters and URL links for SMS (docs/protocols/wechat_miniprogram.md section 5)."""

from __future__ import annotations

import re

from pydantic import Field

from server.core.errors import BadInput, OutcomeUnknown
from server.platforms.wechat.api.app import SYSTEM
from server.platforms.wechat.api.client import WechatApi
from server.platforms.wechat.api.errors import Said
from server.platforms.wechat.miniprogram.account import MiniProgramConfig

SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
QUERY_CHARS_MAX = 1024
LINK_DAYS_MAX = 30


class _Link(Said):
    url_link: str = Field(default="", max_length=512)


class MiniProgramLinks:
    def __init__(self, config: MiniProgramConfig, api: WechatApi) -> None:
        self._config = config
        self._api = api

    async def code(self, scene: str, page: str) -> bytes:
        """getUnlimited: the image, good for ever and as often as one likes. ``page`` without a leading / and query. Raises BadInput."""
        if not SCENE.fullmatch(scene):
            raise BadInput("scene: 1 to 32 of the characters that the platform allows")
        payload = {"scene": scene, "page": page, "check_path": True, "env_version": self._config.version}
        return await self._api.post_for_image("/wxa/getwxacodeunlimit", payload)

    async def link(self, page: str, query: str, days: int) -> str:
        """generate_urllink: an address that opens the mini-program from an SMS or a browser, good for ``days``."""
        if not 1 <= days <= LINK_DAYS_MAX or len(query) > QUERY_CHARS_MAX:
            raise BadInput("days or query of a link")
        payload = {
            "path": page,
            "query": query,
            "expire_type": 1,
            "expire_interval": days,
            "env_version": self._config.version,
        }
        made = await self._api.post("/wxa/generate_urllink", payload, _Link)
        if not made.url_link:
            raise OutcomeUnknown(SYSTEM, "no link in the answer")
        return made.url_link
