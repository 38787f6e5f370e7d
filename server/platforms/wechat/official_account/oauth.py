"""Login in WeChat's browser by OAuth, scope snsapi_base: silent, openid only (docs/protocols/wechat_official.md section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from urllib.parse import quote

from server.core.errors import LoginNeeded, OutcomeUnknown, OutsideError
from server.core.ports import Transport
from server.patients.model import PayerIdentity
from server.platforms.wechat.api.app import CHANNEL, SYSTEM
from server.platforms.wechat.api.client import WechatApi
from server.platforms.wechat.api.codes import exchanged, must_be_a_code
from server.platforms.wechat.api.errors import Said
from server.platforms.wechat.official_account.account import OfficialAccountConfig

_CODE_IS_NO_GOOD = frozenset({40029, 40163, 41008, 42003, 40226})


class _Exchanged(Said):
    openid: str = ""
    unionid: str = ""
    is_snapshotuser: int = 0


class _Follower(Said):
    unionid: str = ""


class WechatOAuth:
    """ports.Identity. The access token of the exchange is not kept: we ask nothing more in the person's name."""

    channel = CHANNEL
    user_agent_mark = "MicroMessenger"
    entrance = "official_account"
    client_name = "微信"
    lookalikes: Mapping[str, str] = MappingProxyType(
        {
            "wxwork": "企业微信里不能缴费。请点右上角“…”，选择在微信中打开，或用手机微信扫描下面的二维码。",
            "miniprogram": "小程序里打开的网页不能缴费。请回到微信，用微信扫一扫缴费单上的二维码，或扫描下面的二维码。",
        }
    )
    """The words of docs/protocols/wechat_official.md (Corrections), in small letters."""

    def __init__(
        self,
        config: OfficialAccountConfig,
        transport: Transport,
        api: WechatApi | None = None,
        timeout_s: float = 5.0,
    ) -> None:
        """``api``: of followers the unionid is asked for, which the silent login does not bring."""
        self._config = config
        self._api = api
        self._transport = transport
        self._timeout_s = timeout_s

    def authorize_url(self, return_url: str, state: str) -> str:
        """The order of the parameters is the platform's own and must stay."""
        return (
            f"{self._config.authorize_base}/connect/oauth2/authorize?appid={_quoted(self._config.app_id)}"
            f"&redirect_uri={_quoted(return_url)}&response_type=code&scope=snsapi_base&state={_quoted(state)}"
            "#wechat_redirect"
        )

    async def identify(self, code: str) -> PayerIdentity:
        """Raises LoginNeeded for a code that is wrong, used or expired; OutcomeUnknown, NotSent, OutsideRefusal otherwise.

        The exchange is never repeated here: a code is good once.
        """
        must_be_a_code(code)
        url = (
            f"{self._config.api_base}/sns/oauth2/access_token?appid={_quoted(self._config.app_id)}"
            f"&secret={_quoted(self._config.secret)}&code={_quoted(code)}&grant_type=authorization_code"
        )
        answer = await exchanged(self._transport, url, _Exchanged, _CODE_IS_NO_GOOD, self._timeout_s)
        if answer.is_snapshotuser:
            raise LoginNeeded("snapshot user", user_message="请点击页面右下角的“使用完整服务”，然后重新进入。")
        if not answer.openid:
            raise OutcomeUnknown(SYSTEM, "no openid in the answer")
        union_id = answer.unionid or await self._union_id(answer.openid)
        return PayerIdentity(
            channel=CHANNEL, app_id=self._config.app_id, subject=answer.openid, union_id=union_id or None
        )

    async def _union_id(self, openid: str) -> str:
        """user/info (section 12). Who does not follow has none there; and nobody is kept out because this could not be asked."""
        if self._api is None:
            return ""
        with suppress(OutsideError):
            known = await self._api.get("/cgi-bin/user/info", {"openid": openid, "lang": "zh_CN"}, _Follower)
            return known.unionid
        return ""


def _quoted(text: str) -> str:
    return quote(text, safe="")
