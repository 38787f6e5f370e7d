"""Who did it, and which channel moved the money, as people of the console read it."""

from __future__ import annotations

from collections.abc import Mapping

from server.core.actors import Source, actor_of
from server.payments.rules.starting import NO_CHANNEL
from server.staff.actor_texts import who

CHANNELS = {"wechat": "微信支付", "alipay": "支付宝", "sms": "短信平台", NO_CHANNEL: "无需支付"}


def channel_name(name: str, titles: Mapping[str, str] | None = None) -> str:
    """What people call a channel; ``titles`` are the hospital's (`Hospital.channel_titles`), which know those that this page does not."""
    return (titles or {}).get(name) or CHANNELS.get(name) or f"渠道{name}"


def by_whom(by: str, door: str = "", titles: Mapping[str, str] | None = None) -> str:
    """Who did it, as people read it. ``door`` is the one that stands beside the name, if any (`core.actors.actor_of`); ``titles`` as for
    `channel_name`.
    """
    actor = actor_of(by, door)
    return channel_name(actor.name, titles) if actor.source is Source.CHANNEL else who(actor)
