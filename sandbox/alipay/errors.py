"""The gateway's refusals (section 12): always HTTP 200."""

from __future__ import annotations

from sandbox.world.wire import Record

MESSAGES = {
    "10000": "Success",
    "20000": "Service Currently Unavailable",
    "20001": "Insufficient Token Permissions",
    "40001": "Missing Required Arguments",
    "40002": "Invalid Arguments",
    "40003": "Insufficient Conditions",
    "40004": "Business Failed",
    "40006": "Insufficient Permissions",
}
TEXTS = {
    "ACQ.SYSTEM_ERROR": "系统错误",
    "ACQ.INVALID_PARAMETER": "参数无效",
    "ACQ.ACCESS_FORBIDDEN": "无权限使用接口",
    "ACQ.CONTEXT_INCONSISTENT": "交易信息被篡改",
    "ACQ.TOTAL_FEE_EXCEED": "订单总金额超过限额",
    "ACQ.TRADE_HAS_SUCCESS": "交易已被支付",
    "ACQ.TRADE_HAS_CLOSE": "交易已经关闭",
    "ACQ.TRADE_BUYER_NOT_MATCH": "交易买家不匹配",
    "ACQ.BUYER_SELLER_EQUAL": "买卖家不能相同",
    "ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR": "超过允许支付的时间",
    "ACQ.TRADE_NOT_EXIST": "交易不存在",
    "TRADE_NOT_EXIST": "交易不存在",
    "ACQ.TRADE_STATUS_ERROR": "交易状态异常",
    "ACQ.SELLER_BALANCE_NOT_ENOUGH": "商户余额不足",
    "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL": "退款金额超限",
    "ACQ.REASON_TRADE_REFUND_FEE_ERR": "退款金额无效",
    "ACQ.TRADE_HAS_FINISHED": "交易已完结",
    "ACQ.DISCORDANT_REPEAT_REQUEST": "不一致的请求",
    "ACQ.TRADE_CANCEL_TIME_OUT": "超过撤销时间",
    "ACQ.CANCEL_NOT_ALLOWED": "不允许撤销",
    "BILL_NOT_EXIST": "账单不存在",
    "TYPE_NOT_SUPPORTED": "账单类型不支持",
    "ACQ.PAYMENT_AUTH_CODE_INVALID": "支付授权码无效",
    "INVAILID_ARGUMENTS": "入参不合法",
}


class Refused(Exception):
    """``more`` are further fields of the answer. ``is_signed``: business answers are, those of the gateway's own checks are not."""

    def __init__(self, code: str, sub_code: str, sub_msg: str, *, is_signed: bool = False, more: Record | None = None):
        super().__init__(sub_code)
        self.code = code
        self.sub_code = sub_code
        self.sub_msg = sub_msg
        self.is_signed = is_signed
        self.more = more or {}

    def told(self) -> Record:
        head = {"code": self.code, "msg": MESSAGES[self.code], "sub_code": self.sub_code, "sub_msg": self.sub_msg}
        return head | self.more


class Unrouted(Refused):
    """Answered as ``error_response``: there was no method to route to, or the method is one that answers so."""


def failed(sub_code: str, sub_msg: str = "", *, more: Record | None = None) -> Refused:
    """A business failure (40004), signed."""
    return Refused("40004", sub_code, sub_msg or TEXTS.get(sub_code, "业务处理失败"), is_signed=True, more=more)


def invalid(field: str, what: str = "") -> Refused:
    return failed("ACQ.INVALID_PARAMETER", f"参数无效：{field}{what}")
