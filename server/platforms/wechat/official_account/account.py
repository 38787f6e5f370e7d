"""What a hospital's official account is made of (docs/protocols/wechat_official.md sections 1 to 3, 8)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTemplate:
    """模板消息: ``keywords`` maps the approved template's keyword (``thing1``) to the name of a value of ours (``hospital``)."""

    template_id: str
    keywords: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialAccountConfig:
    """``original_id`` is the account's ``gh_…``; ``mode`` the 消息加解密方式 chosen in its console; ``templates`` by purpose."""

    app_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)
    original_id: str
    api_base: str = "https://api.weixin.qq.com"
    authorize_base: str = "https://open.weixin.qq.com"
    templates: Mapping[str, MessageTemplate] = field(default_factory=dict)
    mode: Literal["safe", "compatible", "plain"] = "safe"

    def signature(self, *signed: str) -> str:
        """The SHA-1 over the token and ``signed`` (section 2), in hexadecimal digits."""
        return hashlib.sha1("".join(sorted((self.token, *signed))).encode()).hexdigest()  # noqa: S324 - the platform's algorithm
