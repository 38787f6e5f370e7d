"""An app of WeChat's as its API knows it (docs/protocols/wechat_official.md section 4, wechat_miniprogram.md)."""

from __future__ import annotations

from typing import Protocol

from server.core.systems import System

SYSTEM = System("wechat", "微信")
"""Label of the platform in errors, breakers and logs."""
CHANNEL = "wechat"


class WechatApp(Protocol):
    """Each app has an appid, a secret and so an access token of its own."""

    @property
    def app_id(self) -> str: ...

    @property
    def secret(self) -> str: ...

    @property
    def api_base(self) -> str: ...
