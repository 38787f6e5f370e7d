"""Who the person is: code2session, and the number of the phone (docs/protocols/wechat_miniprogram.md sections 1 and 2)."""

from __future__ import annotations

from urllib.parse import quote

from pydantic import BaseModel, ConfigDict

from server.core.errors import BadInput, OutcomeUnknown, OutsideRefusal
from server.core.ports import Transport
from server.patients.model import PayerIdentity
from server.platforms.wechat.api.app import CHANNEL, SYSTEM
from server.platforms.wechat.api.client import WechatApi
from server.platforms.wechat.api.codes import CODE_CHARS_MAX, exchanged, must_be_a_code
from server.platforms.wechat.api.errors import Said
from server.platforms.wechat.miniprogram.account import MiniProgramConfig

_CODE_IS_NO_GOOD = frozenset({40029, 40163, 41008, 40226})
_PHONE_CODE_IS_NO_GOOD = frozenset({"40029", "40163", "40013"})
_MAINLAND = "86"


class _Session(Said):
    """``session_key`` is left where it is: nothing of ours needs it, and what is not kept can't be lost."""

    openid: str = ""
    unionid: str = ""


class _Phone(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)
    purePhoneNumber: str = ""
    countryCode: str = ""


class _PhoneAnswer(Said):
    phone_info: _Phone = _Phone()


class MiniProgramLogin:
    def __init__(self, config: MiniProgramConfig, api: WechatApi, transport: Transport, timeout_s: float = 5.0) -> None:
        self._config = config
        self._api = api
        self._transport = transport
        self._timeout_s = timeout_s

    async def identify(self, code: str) -> PayerIdentity:
        """Raises LoginNeeded for a code that is wrong, used or expired; OutcomeUnknown, NotSent, OutsideRefusal otherwise.

        The exchange is never repeated here: a code is good once.
        """
        must_be_a_code(code)
        url = (
            f"{self._config.api_base}/sns/jscode2session?appid={_quoted(self._config.app_id)}"
            f"&secret={_quoted(self._config.secret)}&js_code={_quoted(code)}&grant_type=authorization_code"
        )
        answer = await exchanged(self._transport, url, _Session, _CODE_IS_NO_GOOD, self._timeout_s)
        if not answer.openid:
            raise OutcomeUnknown(SYSTEM, "no openid in the answer")
        return PayerIdentity(
            channel=CHANNEL, app_id=self._config.app_id, subject=answer.openid, union_id=answer.unionid or None
        )

    async def phone(self, person: PayerIdentity, code: str) -> str:
        """Eleven digits, proven by the platform to be this person's. Raises BadInput for a code or a number that is no good."""
        if not code or len(code) > CODE_CHARS_MAX:
            raise BadInput("phone code", user_message="没有取到手机号，请再点一次。")
        payload = {"code": code, "openid": person.subject}
        try:
            answer = await self._api.post("/wxa/business/getuserphonenumber", payload, _PhoneAnswer)
        except OutsideRefusal as refusal:
            if refusal.reason_code in _PHONE_CODE_IS_NO_GOOD:
                raise BadInput("phone code refused", user_message="没有取到手机号，请再点一次。") from refusal
            raise
        if not answer.phone_info.purePhoneNumber:
            raise OutcomeUnknown(SYSTEM, "no phone number in the answer")
        if answer.phone_info.countryCode != _MAINLAND:
            raise BadInput("no mainland number", user_message="只支持中国大陆的手机号。")
        return answer.phone_info.purePhoneNumber


def _quoted(text: str) -> str:
    return quote(text, safe="")
