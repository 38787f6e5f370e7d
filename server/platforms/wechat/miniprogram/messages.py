"""Subscribe messages (docs/protocols/wechat_miniprogram.md section 4): each time a person accepts, one message may be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from server.core.errors import NotAllowedYet, OutsideRefusal, StoreError
from server.core.ports import Clock, ShortLivedStore
from server.patients.contact_ports import OutgoingMessage
from server.patients.model import PayerIdentity
from server.platforms.wechat.api.app import SYSTEM
from server.platforms.wechat.api.client import WechatApi
from server.platforms.wechat.api.errors import Done
from server.platforms.wechat.api.keywords import data_of
from server.platforms.wechat.miniprogram.account import PAYMENT_PAGE, MiniProgramConfig

KEPT = timedelta(days=180)
COUNT_MAX = 100
ROUNDS_MAX = 5
COUNTED_WITHIN_S = 2.0
"""Much less than a message's effect may take."""
_KIND = "subscription"
_NOT_AGREED = "43101"
_UNREACHABLE = frozenset({"40003", "43107"})
_STATES = {"release": "formal", "trial": "trial", "develop": "developer"}


class _Sent(Done):
    msgid: int = 0


class Subscriptions:
    """How many messages of each template a person has agreed to. Ours is an estimate: the platform's word (43101) is final."""

    def __init__(self, config: MiniProgramConfig, store: ShortLivedStore, clock: Clock) -> None:
        self._config = config
        self._store = store
        self._clock = clock

    async def accepted(self, person: PayerIdentity, template_ids: Sequence[str]) -> Mapping[str, int]:
        """One more for each of these templates; what then is there, by purpose."""
        for template_id in dict.fromkeys(template_ids):
            if any(template.template_id == template_id for template in self._config.templates.values()):
                await self.change(person, template_id, 1)
        return {
            purpose: await self._left(person, template.template_id)
            for purpose, template in self._config.templates.items()
        }

    async def change(self, person: PayerIdentity, template_id: str, step: int) -> None:
        """Add or take away; None of the bounds is passed. A race that is lost too often leaves the estimate as it is."""
        key = f"{person.key}:{template_id}"
        for _ in range(ROUNDS_MAX):
            now = self._clock.now()
            old = await self._store.get(_KIND, key, now)
            new = str(min(max(int(old or "0") + step, 0), COUNT_MAX))
            if old is None:
                if await self._store.put_once(_KIND, key, new, now, now + KEPT):
                    return
            elif await self._store.swap(_KIND, key, old, new, now + KEPT):
                return

    async def _left(self, person: PayerIdentity, template_id: str) -> int:
        return int(await self._store.get(_KIND, f"{person.key}:{template_id}", self._clock.now()) or "0")


class SubscribeMessenger:
    """ports.Messenger. The platform has no number of ours for a message: a call of unknown outcome may be sent twice, at most
    as often as the person has agreed.
    """

    def __init__(self, config: MiniProgramConfig, api: WechatApi, subscriptions: Subscriptions) -> None:
        self._config = config
        self._api = api
        self._subscriptions = subscriptions

    async def send(self, to: PayerIdentity, notice: OutgoingMessage, dedupe: str) -> str | None:
        """None: has switched messages off, belongs to another app, or there is no template for this purpose.

        Raises NotAllowedYet (43101: has not agreed, or no longer), OutsideRefusal, OutcomeUnknown, NotSent.
        """
        template = self._config.templates.get(notice.purpose)
        if template is None or to.app_id != self._config.app_id:
            return None
        payload: dict[str, object] = {
            "touser": to.subject,
            "template_id": template.template_id,
            "miniprogram_state": _STATES[self._config.version],
            "lang": "zh_CN",
            "data": data_of(template.keywords, notice.values),
        }
        if notice.values.get("payment"):
            payload["page"] = f"{PAYMENT_PAGE}?id={notice.values['payment']}"
        try:
            sent = await self._api.post("/cgi-bin/message/subscribe/send", payload, _Sent)
        except OutsideRefusal as refusal:
            if refusal.reason_code not in {_NOT_AGREED, *_UNREACHABLE}:
                raise
            await self._counted(to, template.template_id, -COUNT_MAX)
            if refusal.reason_code == _NOT_AGREED:
                raise NotAllowedYet(SYSTEM, _NOT_AGREED) from refusal
            return None
        await self._counted(to, template.template_id, -1)
        return str(sent.msgid) if sent.msgid else dedupe

    async def _counted(self, to: PayerIdentity, template_id: str, step: int) -> None:
        """What the platform has said stands, whether or not the estimate can be kept: a message that went out is not sent again for it."""
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(COUNTED_WITHIN_S):
                await self._subscriptions.change(to, template_id, step)
