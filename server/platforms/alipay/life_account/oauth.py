"""Login in Alipay's browser by OAuth, scope auth_base: silent, the id only (docs/protocols/alipay.md section 9)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.core.errors import CodeRefused, LoginNeeded, OutcomeUnknown, OutsideRefusal
from server.patients.model import PayerIdentity
from server.platforms.alipay.openapi.account import CHANNEL
from server.platforms.alipay.openapi.client import AlipayClient

_CODE_IS_NO_GOOD = frozenset({"isv.code-invalid", "isv.unmatched-app-id"})
_CODE_CHARS_MAX = 512


class _Token(BaseModel):
    """Which of the two ids is there is a property of the app. The tokens themselves are not kept: we ask nothing more."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)
    user_id: str = Field(default="", max_length=64)
    open_id: str = Field(default="", max_length=128)
    union_id: str = Field(default="", max_length=128)


class AlipayOAuth:
    """ports.Identity."""

    channel = CHANNEL
    user_agent_mark = "AlipayClient"
    entrance = "life_account"
    client_name = "支付宝"
    lookalikes: Mapping[str, str] = MappingProxyType({})

    def __init__(self, client: AlipayClient, authorize_base: str) -> None:
        self._client = client
        self._authorize_base = authorize_base

    def authorize_url(self, return_url: str, state: str) -> str:
        return (
            f"{self._authorize_base}/oauth2/publicAppAuthorize.htm?app_id={_quoted(self._client.app.app_id)}"
            f"&scope=auth_base&redirect_uri={_quoted(return_url)}&state={_quoted(state)}"
        )

    async def identify(self, code: str) -> PayerIdentity:
        """Raises CodeRefused for a code that is wrong, used or expired; OutcomeUnknown, NotSent, OutsideRefusal otherwise.

        The exchange is never repeated here: a code is good once.
        """
        if not code or len(code) > _CODE_CHARS_MAX:
            raise LoginNeeded("code")
        try:
            body = await self._client.call("alipay.system.oauth.token", {}, grant_type="authorization_code", code=code)
            token = _Token.model_validate_json(body)
        except OutsideRefusal as refusal:
            if refusal.reason_code in _CODE_IS_NO_GOOD:
                raise CodeRefused(f"code refused {refusal.reason_code}") from refusal
            raise
        except ValidationError as error:
            raise OutcomeUnknown(self._client.system, "unreadable answer") from error
        subject = token.user_id or token.open_id
        if not subject:
            raise OutcomeUnknown(self._client.system, "nobody in the answer")
        return PayerIdentity(
            channel=CHANNEL, app_id=self._client.app.app_id, subject=subject, union_id=token.union_id or None
        )


def _quoted(text: str) -> str:
    return quote(text, safe="")
