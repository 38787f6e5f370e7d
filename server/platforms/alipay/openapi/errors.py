"""What an answer that is no success means for what was asked (docs/protocols/alipay.md section 12)."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal, RefusedInWords

SUCCESS = "10000"
_UNKNOWN = frozenset({"20000", "10003", SUCCESS, ""})
_BUSINESS = "40004"
_LIMITED = frozenset({"40005"})
_RESULT_UNKNOWN = re.compile(r"(?:isp\..*|aop\.unknow-error|(?:.*\.)?SYSTEM_ERROR)")
"""``isp.*`` are the platform's own troubles; SYSTEM_ERROR comes as ACQ., AQC. (sic) and aop.ACQ., with 20000 and with 40004."""
_NOT_DONE = frozenset(
    {
        "isv.app-call-limited",
        "isv.method-call-limited",
        "SYSTEM_RATE_LIMIT",
        "USER_RATE_LIMIT",
        "PUB.MSG_BATCH_SD_OVER",
    }
)
_CLOSED = "这笔支付已关闭，请重新支付。"
_PERSON = {
    "ACQ.TRADE_HAS_CLOSE": _CLOSED,
    "ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR": _CLOSED,
    "ACQ.TRADE_HAS_SUCCESS": "这笔支付已经付过款，请稍后查看结果，无需重复付款。",
    "ACQ.CONTEXT_INCONSISTENT": "这笔支付已提交过，请返回上一页查看结果。",
    "ACQ.TRADE_BUYER_NOT_MATCH": "这笔支付由另一个支付宝账号发起，请重新支付。",
    "ACQ.BUYER_SELLER_EQUAL": "付款账号与收款账号相同，请换一个支付宝账号支付。",
    "ACQ.BUYER_ENABLE_STATUS_FORBID": "您的支付宝账号暂时不能付款，请联系支付宝客服，或到收费窗口缴费。",
}
_PERSON_DEFAULT = "支付宝暂时无法使用，请稍后再试，或到收费窗口缴费。"


class Said(BaseModel):
    """What every answer may carry. ``sub_msg`` is left out on purpose: for a wrong signature it repeats all that we sent."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)
    code: str = Field(default="", max_length=20)
    msg: str = ""
    sub_code: str = Field(default="", max_length=100)


def error_of(said: Said, system: str, *, signed: bool) -> NotSent | OutcomeUnknown | OutsideRefusal:
    """Business refusals are always signed by the platform, so an unsigned one is nobody's word. What the gateway refuses before
    it knows whose keys to use comes unsigned, and was surely not done.
    """
    if said.code in _LIMITED or said.sub_code in _NOT_DONE:
        return NotSent(system, f"{said.code} {said.sub_code}")
    if said.code in _UNKNOWN or _RESULT_UNKNOWN.fullmatch(said.sub_code):
        return OutcomeUnknown(system, f"{said.code} {said.sub_code}")
    if said.code == _BUSINESS and not signed:
        return OutcomeUnknown(system, "a business answer without a signature")
    code, reason = said.sub_code or said.code, said.msg[:60]
    if words := _PERSON.get(said.sub_code):
        return RefusedInWords(system, code, reason, user_message=words)
    return OutsideRefusal(system, code, reason, user_message=_PERSON_DEFAULT)
