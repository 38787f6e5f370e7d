"""Refunds of the merchant's orders (section 6): accepted at once, finished a little later, told by notification."""

from __future__ import annotations

import heapq
from datetime import datetime, timedelta
from typing import Literal

from sandbox.wechatpay.errors import Refused
from sandbox.wechatpay.merchant import PAID, Orders
from sandbox.world.chance import Dice, WorldClock, rfc3339
from sandbox.world.faults import Faults
from sandbox.world.fees import fee_back_fen
from sandbox.world.records import Records
from sandbox.world.settings import Setting, Settings
from sandbox.world.wire import Record

REFUND, REFUND_ID = "wechatpay.refund", "wechatpay.refund_id"
ENDS = {"abnormal": "ABNORMAL", "closed": "CLOSED"}
UNPAID = "wechatpay_refund_unpaid"
SETTINGS: Settings = {
    UNPAID: Setting("refuse", Literal["refuse", "absent"], "refuse (400) or absent (404 RESOURCE_NOT_EXISTS)")
}
PARTS_MAX = 50
WITHIN = timedelta(days=365)


class Refunds:
    """``faults.settings`` say how long a refund takes and how long between two of one order."""

    def __init__(self, records: Records, orders: Orders, clock: WorldClock, dice: Dice, faults: Faults) -> None:
        self._records = records
        self._faults = faults
        self._orders = orders
        self._clock = clock
        self._dice = dice
        self._ending: list[tuple[datetime, str]] = []
        self.reload()

    def reload(self) -> None:
        """From the records, as after a restart."""
        running = (r for r in self._records.all(REFUND) if r["status"] == "PROCESSING")
        self._ending = [(datetime.fromisoformat(r["ends_at"]), r["out_refund_no"]) for r in running]
        heapq.heapify(self._ending)

    def submit(self, asked: Record, end: str = "SUCCESS") -> Record:
        """The same number again gets what became of it. ``end`` is how it will end."""
        order = self._order(asked)
        known = self._records.get(REFUND, asked["out_refund_no"])
        if known is not None:
            if known["out_trade_no"] != order["out_trade_no"] or known["amount_fen"] != asked["amount"]["refund"]:
                raise Refused(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
            return known
        self._check(order, asked["amount"])
        now = self._clock.business_now()
        refund = {
            "out_refund_no": asked["out_refund_no"],
            "out_trade_no": order["out_trade_no"],
            "transaction_id": order["transaction_id"],
            "refund_id": f"50{self._dice.digits(8)}{now:%Y%m%d}{self._dice.digits(11)}",
            "amount_fen": asked["amount"]["refund"],
            "total_fen": asked["amount"]["total"],
            "fee_fen": fee_back_fen(
                order["fee_fen"],
                asked["amount"]["total"],
                order["refunded_fen"] + asked["amount"]["refund"],
                order["fee_back_fen"],
            ),
            "end": end,
            "created": rfc3339(now),
            "notify_url": asked.get("notify_url", ""),
        }
        self._records.put(REFUND_ID, refund["refund_id"], {"out_refund_no": refund["out_refund_no"]})
        since = {"refund_parts": order.get("refund_parts", 0) + 1, "refund_asked": self._clock.now().isoformat()}
        self._orders.note_refund({**order, **since}, refund["amount_fen"], refund["fee_fen"])
        return self._run(refund)

    def _run(self, refund: Record) -> Record:
        ends = self._clock.now() + timedelta(seconds=self._faults.settings["refund_seconds"])
        heapq.heappush(self._ending, (ends, refund["out_refund_no"]))
        running = {**refund, "status": "PROCESSING", "ends_at": ends.isoformat()}
        return self._records.put(REFUND, refund["out_refund_no"], running)

    def _check(self, order: Record, amount: Record) -> None:
        """Whether a new refund of ``amount`` can be taken. Raises Refused."""
        if order["state"] not in PAID:
            if self._faults.settings[UNPAID] == "absent":
                raise Refused(404, "RESOURCE_NOT_EXISTS", "订单不存在", number=268512771)
            raise Refused(400, "INVALID_REQUEST", "订单未支付，不能退款")
        if amount["total"] != order["asked"]["amount"]["total"]:
            raise Refused(400, "INVALID_REQUEST", "订单金额与原订单不一致")
        if order["refunded_fen"] == amount["total"]:
            raise Refused(400, "INVALID_REQUEST", "订单已全额退款")
        if order["refunded_fen"] + amount["refund"] > amount["total"]:
            raise Refused(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
        if self._clock.now() - datetime.fromisoformat(order["really_paid"]) > WITHIN:
            raise Refused(400, "INVALID_REQUEST", "订单已超过可退款的最大期限")
        if order.get("refund_parts", 0) >= PARTS_MAX:
            raise Refused(400, "INVALID_REQUEST", "部分退款次数已达上限")
        last, pause = order.get("refund_asked"), timedelta(seconds=self._faults.settings["refund_pause_seconds"])
        if last and self._clock.now() - datetime.fromisoformat(last) < pause:
            raise Refused(429, "FREQUENCY_LIMITED", "同一订单的退款请求过于频繁，请一分钟后再试", number=268447840)

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

    def mend(self, refund_id: str, asked: Record) -> Record:
        """apply-abnormal-refund: an ABNORMAL one goes to a bank card instead, and ends well."""
        known = self._records.get(REFUND_ID, refund_id)
        refund = self._records.get(REFUND, known["out_refund_no"]) if known else None
        if refund is None or refund["out_refund_no"] != asked["out_refund_no"]:
            raise Refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        if refund["status"] != "ABNORMAL":
            raise Refused(400, "INVALID_REQUEST", "只有退款异常的退款单可以发起异常退款")
        return self._run({**refund, "end": "SUCCESS"})

    def finish_due(self) -> list[Record]:
        """Refunds whose time has come, now ended; each is to be told."""
        now, ended = self._clock.now(), []
        while self._ending and self._ending[0][0] <= now:
            refund = self._records.get(REFUND, heapq.heappop(self._ending)[1])
            if refund is not None and refund["status"] == "PROCESSING":
                ended.append(self._end(refund))
        return ended

    def next_end(self) -> datetime | None:
        return self._ending[0][0] if self._ending else None

    def _end(self, refund: Record) -> Record:
        done = {**refund, "status": refund["end"]}
        if done["status"] == "SUCCESS":
            done["success_time"] = rfc3339(self._clock.business_now())
        if done["status"] == "CLOSED":
            order = self._orders.get(refund["out_trade_no"])
            self._orders.note_refund(order, -refund["amount_fen"], -refund.get("fee_fen", 0))
        return self._records.put(REFUND, refund["out_refund_no"], done)

    def all(self) -> list[Record]:
        return list(self._records.all(REFUND))


def refund_answer(refund: Record) -> Record:
    """The refund object of an answer (section 6)."""
    settled = {
        "settlement_total": refund["total_fen"], "settlement_refund": refund["amount_fen"], "discount_refund": 0,
        "currency": "CNY", "from": [], "refund_fee": 0,
    }  # fmt: skip
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
        "amount": _amount(refund) | settled,
        "promotion_detail": [],
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
