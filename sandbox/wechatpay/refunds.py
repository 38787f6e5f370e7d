"""Refunds of the merchant's orders (section 6): accepted at once, finished a little later, told by notification."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.wechatpay.errors import Refused
from sandbox.wechatpay.merchant import Orders
from sandbox.world.chance import Dice, WorldClock, rfc3339
from sandbox.world.records import Records
from sandbox.world.wire import Record

REFUND = "wechatpay.refund"
TAKES = timedelta(seconds=2)
ENDS = {"abnormal": "ABNORMAL", "closed": "CLOSED"}


class Refunds:
    def __init__(self, records: Records, orders: Orders, clock: WorldClock, dice: Dice) -> None:
        self._records = records
        self._orders = orders
        self._clock = clock
        self._dice = dice

    def submit(self, asked: Record, end: str = "SUCCESS") -> Record:
        """The same number again gets what became of it. ``end`` is how it will end."""
        order = self._order(asked)
        known = self._records.get(REFUND, asked["out_refund_no"])
        if known is not None:
            if known["out_trade_no"] != order["out_trade_no"] or known["amount_fen"] != asked["amount"]["refund"]:
                raise Refused(400, "INVALID_REQUEST", "退款单号重复，且与首次请求的参数不一致")
            return known
        if order["state"] not in {"SUCCESS", "REFUND"}:
            raise Refused(400, "INVALID_REQUEST", "订单未支付，不能退款")
        amount_fen, total = asked["amount"]["refund"], order["asked"]["amount"]["total"]
        if asked["amount"]["total"] != total:
            raise Refused(400, "INVALID_REQUEST", "订单金额与原订单不一致")
        if order["refunded_fen"] + amount_fen > total:
            raise Refused(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
        now = self._clock.business_now()
        refund = {
            "out_refund_no": asked["out_refund_no"],
            "out_trade_no": order["out_trade_no"],
            "transaction_id": order["transaction_id"],
            "refund_id": f"50{self._dice.digits(8)}{now:%Y%m%d}{self._dice.digits(11)}",
            "amount_fen": amount_fen,
            "total_fen": total,
            "status": "PROCESSING",
            "end": end,
            "ends_at": (self._clock.now() + TAKES).isoformat(),
            "created": rfc3339(now),
            "notify_url": asked.get("notify_url", ""),
        }
        self._orders.note_refund(order, amount_fen)
        return self._records.put(REFUND, refund["out_refund_no"], refund)

    def _order(self, asked: Record) -> Record:
        try:
            if "transaction_id" in asked:
                return self._orders.by_transaction(asked["transaction_id"])
            return self._orders.get(asked["out_trade_no"])
        except Refused:
            raise Refused(404, "RESOURCE_NOT_EXISTS", "订单不存在", number=268512771) from None

    def get(self, out_refund_no: str) -> Record:
        refund = self._records.get(REFUND, out_refund_no)
        if refund is None:
            raise Refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        return refund

    def finish_due(self) -> list[Record]:
        """Refunds whose time has come, now ended; each is to be told."""
        now = self._clock.now()
        ended = []
        for refund in list(self._records.all(REFUND)):
            if refund["status"] == "PROCESSING" and datetime.fromisoformat(refund["ends_at"]) <= now:
                ended.append(self._end(refund))
        return ended

    def next_end(self) -> datetime | None:
        running = (r for r in self._records.all(REFUND) if r["status"] == "PROCESSING")
        return min((datetime.fromisoformat(refund["ends_at"]) for refund in running), default=None)

    def _end(self, refund: Record) -> Record:
        done = {**refund, "status": refund["end"]}
        if done["status"] == "SUCCESS":
            done["success_time"] = rfc3339(self._clock.business_now())
        if done["status"] == "CLOSED":
            order = self._orders.get(refund["out_trade_no"])
            self._orders.note_refund(order, -refund["amount_fen"])
        return self._records.put(REFUND, refund["out_refund_no"], done)

    def all(self) -> list[Record]:
        return list(self._records.all(REFUND))


def refund_answer(refund: Record) -> Record:
    """The refund object of an answer (section 6)."""
    told = {
        "refund_id": refund["refund_id"],
        "out_refund_no": refund["out_refund_no"],
        "transaction_id": refund["transaction_id"],
        "out_trade_no": refund["out_trade_no"],
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": refund["created"],
        "status": refund["status"],
        "funds_account": "AVAILABLE",
        "amount": _amount(refund)
        | {
            "settlement_total": refund["total_fen"],
            "settlement_refund": refund["amount_fen"],
            "discount_refund": 0,
            "currency": "CNY",
        },
    }
    return told | ({"success_time": refund["success_time"]} if "success_time" in refund else {})


def refund_notice(refund: Record, mchid: str) -> Record:
    """The plaintext of a refund notification (section 7)."""
    told = {
        "mchid": mchid,
        "transaction_id": refund["transaction_id"],
        "out_trade_no": refund["out_trade_no"],
        "refund_id": refund["refund_id"],
        "out_refund_no": refund["out_refund_no"],
        "refund_status": refund["status"],
        "user_received_account": "支付用户零钱",
        "amount": _amount(refund),
    }
    return told | ({"success_time": refund["success_time"]} if "success_time" in refund else {})


def _amount(refund: Record) -> Record:
    total, amount_fen = refund["total_fen"], refund["amount_fen"]
    return {"total": total, "refund": amount_fen, "payer_total": total, "payer_refund": amount_fen}
