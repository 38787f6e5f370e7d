"""What an error answer of WeChat Pay means for what was asked (docs/protocols/wechat_pay_v3.md section 10)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal, RefusedInWords
from server.core.ports import HttpResponse
from server.platforms.wechat.pay.account import SYSTEM

ORDER_ABSENT = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
REFUND_ABSENT = frozenset({"RESOURCE_NOT_EXISTS"})
ORDER_PAID = frozenset({"ORDER_PAID", "ORDERPAID"})
ORDER_CLOSED = frozenset({"ORDER_CLOSED", "ORDERCLOSED"})

_RESULT_UNKNOWN = frozenset({"SYSTEM_ERROR", "SYSTEMERROR", "BANK_ERROR", "BANKERROR", "USERPAYING"})
_NOT_DONE = frozenset({"FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED"})
_PERSON = {
    **dict.fromkeys(ORDER_CLOSED, "这笔支付已关闭，请重新支付。"),
    **dict.fromkeys(ORDER_PAID, "这笔支付已经付过款，请稍后查看结果，无需重复付款。"),
    "OUT_TRADE_NO_USED": "这笔支付已提交过，请返回上一页查看结果。",
}
_PERSON_DEFAULT = "微信支付暂时无法使用，请稍后再试，或到收费窗口缴费。"


class Throttled(NotSent):
    """HTTP 429 and its codes: an order was not taken, a refund may have been."""


class _ErrorBody(BaseModel):
    """``detail`` is left out on purpose: it repeats values that we sent."""

    model_config = ConfigDict(strict=True, extra="ignore")
    code: str = Field(pattern=r"^[A-Z][A-Z0-9_]{1,63}$")
    message: str = ""


def error_of(response: HttpResponse) -> NotSent | OutcomeUnknown | OutsideRefusal:
    """The error that a status outside 200 and 204 stands for.

    Only a 4xx with the platform's own JSON is its word. 429 is too many; 5xx, redirects, HTML of a proxy: nobody knows.
    """
    try:
        said = _ErrorBody.model_validate_json(response.body)
    except ValidationError:
        if response.status == 429:
            return Throttled(SYSTEM, "HTTP 429")
        return OutcomeUnknown(SYSTEM, f"HTTP {response.status} without a readable error")
    if response.status == 429 or said.code in _NOT_DONE:
        return Throttled(SYSTEM, f"HTTP {response.status} {said.code}")
    if not 400 <= response.status < 500 or said.code in _RESULT_UNKNOWN:
        return OutcomeUnknown(SYSTEM, f"HTTP {response.status} {said.code}")
    reason = said.message[:100]
    if words := _PERSON.get(said.code):
        return RefusedInWords(SYSTEM, said.code, reason, user_message=words)
    return OutsideRefusal(SYSTEM, said.code, reason, user_message=_PERSON_DEFAULT)
