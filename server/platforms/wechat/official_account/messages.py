"""Template messages to followers (docs/protocols/wechat_official.md section 8)."""

from __future__ import annotations

import hashlib

from server.core.errors import OutsideRefusal
from server.patients.contact_ports import OutgoingMessage
from server.patients.model import PayerIdentity
from server.platforms.wechat.api.client import WechatApi
from server.platforms.wechat.api.errors import Done
from server.platforms.wechat.api.keywords import data_of
from server.platforms.wechat.official_account.account import OfficialAccountConfig

_UNREACHABLE = frozenset({"40003", "43004", "43019", "48002", "50005"})
_SENT_BEFORE = "45065"
_DEDUPE_CHARS_MAX = 64


class _Sent(Done):
    msgid: int = 0


class TemplateMessenger:
    """ports.Messenger. ``dedupe`` becomes client_msg_id: within ten minutes the platform itself sends a repeat only once."""

    def __init__(self, config: OfficialAccountConfig, api: WechatApi) -> None:
        self._config = config
        self._api = api

    async def send(self, to: PayerIdentity, notice: OutgoingMessage, dedupe: str) -> str | None:
        """None: does not follow, has blocked us, is known by another id now (40003), belongs to another app, or the hospital has no template for this purpose.

        Raises OutsideRefusal, OutcomeUnknown, NotSent.
        """
        template = self._config.templates.get(notice.purpose)
        if template is None or to.app_id != self._config.app_id:
            return None
        payload: dict[str, object] = {
            "touser": to.subject,
            "template_id": template.template_id,
            "client_msg_id": _bounded(dedupe),
            "data": data_of(template.keywords, notice.values),
        }
        if notice.url:
            payload["url"] = notice.url
        try:
            sent = await self._api.post("/cgi-bin/message/template/send", payload, _Sent)
        except OutsideRefusal as refusal:
            if refusal.reason_code in _UNREACHABLE:
                return None
            if refusal.reason_code == _SENT_BEFORE:
                return dedupe
            raise
        return str(sent.msgid) if sent.msgid else dedupe


def _bounded(dedupe: str) -> str:
    if len(dedupe) <= _DEDUPE_CHARS_MAX:
        return dedupe
    return hashlib.sha256(dedupe.encode()).hexdigest()
