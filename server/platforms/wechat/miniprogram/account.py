"""What a hospital's mini-program is made of (docs/protocols/wechat_miniprogram.md sections 1, 4, 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

PAYMENT_PAGE = "pages/payment/payment"
"""Where a message and a link lead, with ``id`` being the payment's number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribeTemplate:
    """订阅消息: ``keywords`` maps the template's keyword (``thing1``) to the name of a value of ours; ``title`` is what people read."""

    template_id: str
    title: str
    keywords: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MiniProgramConfig:
    """``version`` says which of the mini-program's versions codes, links and messages lead to; ``templates`` by purpose."""

    app_id: str
    secret: str = field(repr=False)
    api_base: str = "https://api.weixin.qq.com"
    version: Literal["release", "trial", "develop"] = "release"
    templates: Mapping[str, SubscribeTemplate] = field(default_factory=dict)
