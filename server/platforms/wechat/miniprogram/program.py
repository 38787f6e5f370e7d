"""The mini-program as its port sees it: login, phone, messages, codes and links over one access token of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from server.core.ports import Clock, ShortLivedStore, Transport
from server.patients.model import PayerIdentity
from server.patients.ports import Subscription
from server.platforms.wechat.api.access_token import AccessTokens
from server.platforms.wechat.api.app import CHANNEL
from server.platforms.wechat.api.client import WechatApi
from server.platforms.wechat.miniprogram.account import PAYMENT_PAGE, MiniProgramConfig
from server.platforms.wechat.miniprogram.links import MiniProgramLinks
from server.platforms.wechat.miniprogram.login import MiniProgramLogin
from server.platforms.wechat.miniprogram.messages import SubscribeMessenger, Subscriptions

PAY_METHOD = "miniprogram"


class Means(Protocol):
    """What it needs of the process."""

    @property
    def transport(self) -> Transport: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def short_lived(self) -> ShortLivedStore: ...


class WechatMiniProgram:
    """ports.MiniProgram. ``messenger`` is the ports.Messenger of its people."""

    channel = CHANNEL
    entrance = "mini_program"
    pay_method = PAY_METHOD

    def __init__(self, config: MiniProgramConfig, means: Means) -> None:
        tokens = AccessTokens(config, means.transport, means.clock, means.short_lived)
        api = WechatApi(config, means.transport, tokens)
        self.app_id = config.app_id
        self.subscriptions: Sequence[Subscription] = tuple(
            Subscription(purpose=purpose, template_id=template.template_id, title=template.title)
            for purpose, template in config.templates.items()
        )
        self._login = MiniProgramLogin(config, api, means.transport)
        self._agreed = Subscriptions(config, means.short_lived, means.clock)
        self._links = MiniProgramLinks(config, api)
        self.messenger = SubscribeMessenger(config, api, self._agreed)

    async def identify(self, code: str) -> PayerIdentity:
        return await self._login.identify(code)

    async def phone(self, person: PayerIdentity, code: str) -> str:
        return await self._login.phone(person, code)

    async def accepted(self, person: PayerIdentity, template_ids: Sequence[str]) -> Mapping[str, int]:
        return await self._agreed.accepted(person, template_ids)

    async def code(self, scene: str, page: str) -> bytes:
        return await self._links.code(scene, page)

    async def payment_link(self, payment_id: str, days: int) -> str:
        return await self._links.link(PAYMENT_PAGE, f"id={payment_id}", days)
