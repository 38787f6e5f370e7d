"""What a hospital's life account is made of (docs/protocols/alipay.md sections 9 and 10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeAccountTemplate:
    """模板消息: ``keywords`` maps the template's words (``first``, ``keyword1`` …, ``remark``) to the name of a value of ours."""

    template_id: str
    keywords: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeAccountConfig:
    """``templates`` by purpose: an account without message calls has none. ``has_menu``: newer accounts have no menu call."""

    templates: Mapping[str, LifeAccountTemplate] = field(default_factory=dict)
    has_menu: bool = True
