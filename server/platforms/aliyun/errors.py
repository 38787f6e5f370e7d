"""What Aliyun's codes mean for a message (docs/protocols/aliyun_sms.md sections 5 and 6)."""

from __future__ import annotations

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal, TooSoon
from server.platforms.aliyun.account import SYSTEM

_NOT_DONE = frozenset({"isp.SYSTEM_ERROR", "ServiceUnavailable", "SignatureNonceUsed", "InvalidTimeStamp.Expired"})
_PERSON = {
    "isv.BUSINESS_LIMIT_CONTROL": "短信发送太频繁，请稍后再试。",
    "isv.DAY_LIMIT_CONTROL": "今天的短信次数已用完，请明天再试。",
    "isv.MOBILE_NUMBER_ILLEGAL": "手机号无法接收短信，请检查后重试。",
}
_TOO_SOON = frozenset({"isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL"})
_PERSON_DEFAULT = "短信暂时发不出去，请稍后再试。"


def error_of(status: int, code: str) -> NotSent | OutcomeUnknown | OutsideRefusal:
    """The error that ``code`` (not OK) with HTTP ``status`` stands for.

    Business codes come with 200, the gateway's with 4xx and 5xx. Aliyun's own words are left out: some repeat the number.
    """
    if code in _NOT_DONE or code == "Throttling" or code.startswith("Throttling.") or status == 429:
        return NotSent(SYSTEM, code)
    if not 200 <= status < 500 or 300 <= status < 400:
        return OutcomeUnknown(SYSTEM, f"HTTP {status} {code}")
    kind = TooSoon if code in _TOO_SOON else OutsideRefusal
    return kind(SYSTEM, code, user_message=_PERSON.get(code, _PERSON_DEFAULT))
