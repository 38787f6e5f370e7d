"""Template messages to followers of the life account (docs/protocols/alipay.md section 10)."""

from __future__ import annotations

import re

from server.core.errors import OutsideRefusal
from server.patients.contact_ports import OutgoingMessage
from server.patients.model import PayerIdentity
from server.platforms.alipay.life_account.account import LifeAccountConfig
from server.platforms.alipay.openapi.client import AlipayClient
from server.platforms.alipay.openapi.people import is_user_id

_UNREACHABLE = re.compile(r"(?:11011|2001|(?:.*[._-])?(?:NOT?_FOLLOW|UN_?FOLLOW|NOT_FANS?).*)", re.IGNORECASE)
"""Not following: 11011 is the old number; the newer names are not published as a list, so they are known by their word."""
VALUE_CHARS_MAX = 200
_HEAD_COLOR = "#1677FF"
_COLOR = "#333333"
_ACTION_NAME = "查看详情"
_NOTHING = "无"


class LifeAccountMessenger:
    """ports.Messenger. The platform knows no number of ours: a send of unknown outcome that is repeated may be read twice."""

    def __init__(self, client: AlipayClient, config: LifeAccountConfig) -> None:
        self._client = client
        self._config = config

    async def send(self, to: PayerIdentity, notice: OutgoingMessage, dedupe: str) -> str | None:
        """None: does not follow, belongs to another app, or the hospital has no template for this purpose.

        Raises OutsideRefusal, OutcomeUnknown, NotSent.
        """
        template = self._config.templates.get(notice.purpose)
        if template is None or to.app_id != self._client.app.app_id:
            return None
        context: dict[str, object] = {
            keyword: {"color": _COLOR, "value": _one_line(notice.values.get(name, ""))}
            for keyword, name in template.keywords.items()
        }
        context["head_color"] = _HEAD_COLOR
        if notice.url:
            context |= {"url": notice.url, "action_name": _ACTION_NAME}
        content: dict[str, object] = {
            "to_user_id" if is_user_id(to.subject) else "to_open_id": to.subject,
            "template": {"template_id": template.template_id, "context": context},
        }
        try:
            await self._client.call("alipay.open.public.message.single.send", content)
        except OutsideRefusal as refusal:
            if _UNREACHABLE.fullmatch(refusal.reason_code):
                return None
            raise
        return dedupe


def _one_line(value: str) -> str:
    plain = " ".join("".join(char if char.isprintable() else " " for char in value).split())
    return plain[:VALUE_CHARS_MAX] or _NOTHING
