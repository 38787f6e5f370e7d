"""What platforms and the HIS answer when they refuse a call, or fall over it."""

from __future__ import annotations

from sandbox.world.wire import Record, Response

HTML = Response(status=502, headers={"Content-Type": "text/html"}, body=b"<html><h1>502 Bad Gateway</h1></html>")
SYSTEM_ERROR = Response(
    status=500, headers={"Content-Type": "application/json"}, body=b'{"code":"SYSTEM_ERROR","message":"system error"}'
)
REFUSALS: dict[str, tuple[Record, ...]] = {
    "his.bill.confirm": ({"code": "REFUSED", "message": "医保账户已冻结"}, {"code": "AMOUNT_DIFFERS"}, {"code": "BILL_CHANGED"}),
    "his.deposit.confirm": ({"code": "REFUSED", "message": "超过还需交纳的预交金"}, {"code": "AMOUNT_DIFFERS"}),
    "his.discharge.settle": ({"code": "REFUSED", "message": "还没有办理出院"}, {"code": "BILL_CHANGED"}, {"code": "AMOUNT_DIFFERS"}),
    "wechatpay.order": (
        {"status": 429, "code": "FREQUENCY_LIMITED"}, {"status": 400, "code": "PARAM_ERROR"}, {"status": 500, "code": "SYSTEM_ERROR"},
    ),
    "wechatpay.query": ({"status": 429, "code": "FREQUENCY_LIMITED"}, {"status": 500, "code": "SYSTEM_ERROR"}),
    "wechatpay.close": ({"status": 429, "code": "FREQUENCY_LIMITED"}, {"status": 500, "code": "SYSTEM_ERROR"}),
    "wechatpay.refund": ({"status": 403, "code": "NOT_ENOUGH"}, {"status": 500, "code": "SYSTEM_ERROR"}, {"status": 429, "code": "FREQUENCY_LIMITED"}),
    "alipay.create": ({"code": "ACQ.SYSTEM_ERROR"}, {"code": "ACQ.ACCESS_FORBIDDEN"}, {"status": "20000", "code": "aop.ACQ.SYSTEM_ERROR"}),
    "alipay.query": ({"code": "ACQ.SYSTEM_ERROR"}, {"status": "20000", "code": "isp.unknow-error"}),
    "alipay.close": ({"code": "ACQ.SYSTEM_ERROR"},),
    "alipay.refund": ({"code": "ACQ.SELLER_BALANCE_NOT_ENOUGH"}, {"code": "ACQ.SYSTEM_ERROR"}),
    "sms.send": ({"code": "isv.BUSINESS_LIMIT_CONTROL"}, {"code": "isp.SYSTEM_ERROR"}),
}  # fmt: skip
CONFIRMS = frozenset({"his.bill.confirm", "his.deposit.confirm", "his.discharge.settle"})
"""The calls by which the HIS takes paid money over."""
HIS_SAYS_NO = {
    "his.bill.confirm": REFUSALS["his.bill.confirm"],
    "his.deposit.confirm": REFUSALS["his.deposit.confirm"],
    "his.discharge.settle": REFUSALS["his.discharge.settle"],
    "his.refund.release": ({"code": "REFUSED", "message": "药品已发出"},),
}
