"""What a hospital's SMS account is made of (docs/protocols/aliyun_sms.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.core.systems import System

SYSTEM = System("sms", "短信服务")
"""Label of the platform in errors, breakers and logs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsTemplate:
    """短信模板: ``variables`` maps a ``${name}`` of the approved template to the name of a value of ours. ``chars_max``: what one
    variable holds, which the platform sets per account and template (20, 25 and 35 are met).
    """

    template_code: str
    chars_max: int = 35
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedTemplate(SmsTemplate):
    """A template whose text holds ``address`` followed by ``${link_variable}``: a variable may not hold an address itself
    (isv.PARAM_NOT_SUPPORT_URL), only what stands behind one.
    """

    address: str
    link_variable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AliyunSmsConfig:
    """``receipt_secret`` stands in the address that receipts are pushed to; ``templates`` by purpose, ``linked`` those with a link."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    sign_name: str
    receipt_secret: str = field(repr=False)
    endpoint: str = "https://dysmsapi.aliyuncs.com"
    templates: Mapping[str, SmsTemplate] = field(default_factory=dict)
    linked: Mapping[str, LinkedTemplate] = field(default_factory=dict)
