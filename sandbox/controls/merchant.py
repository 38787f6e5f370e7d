"""The merchant's console at both channels (README.md): a person of the hospital refunds there, and the app perhaps hears of it."""

from __future__ import annotations

from typing import Annotated

from sandbox.alipay.errors import Refused as AlipayRefused
from sandbox.alipay.shown import was_paid
from sandbox.controls.asked import Name, RefundFen
from sandbox.controls.handlers import Control
from sandbox.wechatpay.errors import Refused as WechatRefused
from sandbox.world.shapes import Asked, worded
from sandbox.world.wire import Record

NUMBER = "MERCHANT"
REASON = "商户后台退款"


class Refund(Asked):
    out_trade_no: Name = ""
    fen: RefundFen = None
    told: Annotated[bool, worded("true or false")] = True


class ConsoleRefund(Control):
    """``{out_trade_no, fen?, told?}``; without ``fen`` all that is left. ``told``: the app gets a notification (true if it is not given)."""

    def post(self) -> None:
        asked = self.asked(Refund)
        try:
            with self.outside.scene.records.together():
                refund = self.refund(asked.out_trade_no, asked.fen, told=asked.told)
        except WechatRefused as no:
            unknown = no.status == 404
            self.fail(404 if unknown else 409, no.code, "WeChat Pay knows no such order" if unknown else no.message)
            return
        except AlipayRefused as no:
            self.fail(409, no.sub_code, no.sub_msg)
            return
        self.courier.wake()
        self.write(refund)

    def number(self) -> str:
        return f"{NUMBER}{self.outside.scene.dice.digits(12)}"

    def refund(self, out_trade_no: str, fen: int | None, *, told: bool) -> Record:
        """Raises either platform's Refused."""
        raise NotImplementedError


class WechatRefund(ConsoleRefund):
    def refund(self, out_trade_no: str, fen: int | None, *, told: bool) -> Record:
        pay, scene = self.outside.wechatpay, self.outside.scene
        order = pay.orders.get(out_trade_no)
        total = order["asked"]["amount"]["total"]
        amount = {"refund": fen or max(1, total - order["refunded_fen"]), "total": total, "currency": "CNY"}
        address = f"{scene.app_public_url}/notify/wechatpay/{scene.hospital_id}/refund"
        asked = {"out_trade_no": out_trade_no, "out_refund_no": self.number(), "amount": amount}
        refund = pay.refunds.submit(asked | ({"notify_url": address} if told else {}))
        return {"out_refund_no": refund["out_refund_no"], "amount_fen": refund["amount_fen"]}


class AlipayRefund(ConsoleRefund):
    def refund(self, out_trade_no: str, fen: int | None, *, told: bool) -> Record:
        alipay = self.outside.alipay
        trade = alipay.trades.by_number(out_trade_no)
        if trade is None or not was_paid(trade):
            raise AlipayRefused("40004", "ACQ.TRADE_NOT_EXIST", "交易不存在或没有付款")
        left = trade["total_fen"] - alipay.trades.refunded_fen(trade)
        refund, _ = alipay.refunds.submit(trade, self.number(), fen or max(1, left), REASON)
        if told:
            alipay.notices.of_refund(refund)
            alipay.notices.after_refund(refund)
        return {"out_refund_no": refund["out_request_no"], "amount_fen": refund["amount_fen"]}


ROUTES = {
    r"/sandbox/wechat/refund_in_console": WechatRefund,
    r"/sandbox/alipay/refund_in_console": AlipayRefund,
}
