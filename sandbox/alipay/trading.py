"""The trade methods (section 7): what each answers."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.alipay import fields, shown
from sandbox.alipay.asked import FACE_LIFE, read_buyer, read_order
from sandbox.alipay.errors import failed
from sandbox.alipay.gateway import Call
from sandbox.alipay.notices import Notices
from sandbox.alipay.refunds import Refunds
from sandbox.alipay.shown import Buyers
from sandbox.alipay.trades import WAITING, Trades
from sandbox.world.faults import seconds_of
from sandbox.world.scene import Scene
from sandbox.world.shapes import Asked
from sandbox.world.wire import Record

UNMOVED_S = 10.0
CANCEL_WITHIN = timedelta(days=1)


class Names(Asked):
    out_trade_no: fields.Text64 = ""
    trade_no: fields.Text64 = ""


class Refund(Asked):
    refund_amount: fields.Fen
    out_request_no: fields.Text64 = ""
    refund_reason: fields.Text256 = ""


class RefundName(Asked):
    out_request_no: fields.Filled64


class Trading:
    def __init__(self, scene: Scene, trades: Trades, refunds: Refunds, notices: Notices, buyers: Buyers) -> None:
        self._scene = scene
        self._trades = trades
        self._refunds = refunds
        self._notices = notices
        self._buyers = buyers

    def create(self, call: Call, fault: Record) -> Record:
        """alipay.trade.create: JSAPI_PAY, or without a product code as older apps do."""
        keys = self._scene.keys
        seller_id = keys["alipay_seller_id"]
        buyer = read_buyer(call, self._scene.person, seller_id, keys["alipay_app_id"])
        asked = read_order(call, self._scene.clock.now(), seller_id, products=("JSAPI_PAY", ""))
        trade = self._trades.create(asked, buyer.alipay_user_id)
        return {"out_trade_no": trade["out_trade_no"], "trade_no": trade["trade_no"]}

    def precreate(self, call: Call, fault: Record) -> Record:
        """alipay.trade.precreate: a QR; the trade is made when it is scanned."""
        products = ("QR_CODE_OFFLINE", "FACE_TO_FACE_PAYMENT", "")
        seller_id = self._scene.keys["alipay_seller_id"]
        asked = read_order(call, self._scene.clock.now(), seller_id, products=products, life=FACE_LIFE)
        return {"out_trade_no": asked["out_trade_no"], "qr_code": self._trades.offer_qr(asked)}

    def query(self, call: Call, fault: Record) -> Record:
        trade = self._trade(call)
        return shown.queried(trade, self._buyers, more_fen=1 if fault["what"] == "wrong_amount" else 0)

    def close(self, call: Call, fault: Record) -> Record:
        trade = self._trade(call)
        if fault["what"] != "pretend":
            self._trades.close(trade)
            self._scene.tell("order_closed", trade["buyer"])
        return shown.numbers(trade)

    def cancel(self, call: Call, fault: Record) -> Record:
        """Unpaid: closed. Paid: all of it goes back. No trade: nothing to do, and no ``action``."""
        content = call.content()
        out_trade_no, trade_no = self._names(content)
        trade = self._trades.named(out_trade_no, trade_no)
        if trade is None:
            self._trades.withdraw(out_trade_no)
            return {"out_trade_no": out_trade_no, "retry_flag": "N"}
        told = {**shown.numbers(trade), "retry_flag": "N"}
        if trade["status"] == WAITING:
            self._trades.close(trade)
            self._scene.tell("order_closed", trade["buyer"])
        if not shown.was_paid(trade):
            return told | {"action": "close"}
        return told | {"action": "refund", "gmt_refund_pay": self._cancel_paid(trade)}

    def _cancel_paid(self, trade: Record) -> str:
        number = trade["out_trade_no"]
        known = self._refunds.get(trade, number)
        if known is None:
            if self._scene.clock.now() - datetime.fromisoformat(trade["really_paid"]) > CANCEL_WITHIN:
                raise failed("ACQ.TRADE_CANCEL_TIME_OUT")
            if trade["refunded"]:
                raise failed("ACQ.CANCEL_NOT_ALLOWED")
            known = self._refund(trade, number, trade["total_fen"], "撤销")[0]
        return fields.clock_text(known["time"])

    def refund(self, call: Call, fault: Record) -> Record:
        content = call.content()
        trade = self._trade(call, content)
        asked = fields.read(content, Refund)
        number = self._refunds.number(asked.out_request_no, trade, asked.refund_amount)
        later_s = seconds_of(fault, UNMOVED_S) if fault["what"] == "unmoved" else 0.0
        refund, is_new = self._refund(trade, number, asked.refund_amount, asked.refund_reason, later_s)
        options = content.get("query_options")
        if is_new and isinstance(options, list) and "deposit_back_info" in options:
            self._notices.of_bank(refund, later_s)
        trade = self._trades.get(trade["trade_no"]) or trade
        changed = is_new and self._refunds.has_moved(refund)
        sum_fen = self._trades.refunded_fen(trade, moved_only=True)
        return shown.refunded(trade, refund, sum_fen, self._buyers, changed=changed)

    def _refund(
        self, trade: Record, number: str, amount_fen: int, reason: str, later_s: float = 0
    ) -> tuple[Record, bool]:
        refund, is_new = self._refunds.submit(trade, number, amount_fen, reason, later_s=later_s)
        if is_new:
            self._notices.of_refund(refund, later_s)
            self._notices.after_refund(refund, later_s)
            self._scene.tell("refund", trade["buyer"])
        return refund, is_new

    def refund_query(self, call: Call, fault: Record) -> Record:
        """An unknown number: 10000 and no refund in it. One whose money has not moved yet: its amounts, and no status."""
        content = call.content()
        trade = self._trade(call, content, missing="TRADE_NOT_EXIST")
        number = fields.read(content, RefundName).out_request_no
        refund = self._refunds.get(trade, number)
        if refund is None:
            return {}
        told = {
            **shown.numbers(trade),
            "out_request_no": number,
            "total_amount": fields.yuan(trade["total_fen"]),
            "refund_amount": fields.yuan(refund["amount_fen"]),
        }
        if not self._refunds.has_moved(refund):
            return told
        told |= {"refund_status": "REFUND_SUCCESS", "send_back_fee": fields.yuan(refund["amount_fen"])}
        told |= {"refund_reason": refund["reason"]} if refund["reason"] else {}
        options = content.get("query_options")
        wants_time = isinstance(options, list) and "gmt_refund_pay" in options
        return told | ({"gmt_refund_pay": fields.clock_text(refund["time"])} if wants_time else {})

    def _names(self, content: Record) -> tuple[str, str]:
        names = fields.read(content, Names)
        if not names.out_trade_no and not names.trade_no:
            raise failed("ACQ.INVALID_PARAMETER", "参数无效：out_trade_no 和 trade_no 不能同时为空")
        return names.out_trade_no, names.trade_no

    def _trade(self, call: Call, content: Record | None = None, missing: str = "ACQ.TRADE_NOT_EXIST") -> Record:
        out_trade_no, trade_no = self._names(call.content() if content is None else content)
        trade = self._trades.named(out_trade_no, trade_no)
        if trade is None:
            more = shown.missing(out_trade_no) if call.method == "alipay.trade.query" else None
            raise failed(missing, more=more)
        return trade
