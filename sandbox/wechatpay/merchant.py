"""The merchant's orders: placed, paid, closed, expired (sections 5, 5.1, 5.4, 5.5). A state machine over records."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.wechatpay.errors import Refused, absent
from sandbox.world.chance import Dice, WorldClock, rfc3339
from sandbox.world.records import Records
from sandbox.world.wire import Record

ORDER = "wechatpay.order"
PREPAY = "wechatpay.prepay"
EXPIRY_MIN = timedelta(minutes=1)
EXPIRY_DEFAULT = timedelta(days=7)
STATE_TEXT = {"NOTPAY": "订单未支付", "SUCCESS": "支付成功", "CLOSED": "订单已关闭", "REFUND": "转入退款"}
RENEWABLE = ("appid", "mchid", "description", "notify_url", "time_expire", "attach", "amount", "payer")


class Orders:
    def __init__(self, records: Records, clock: WorldClock, dice: Dice) -> None:
        self._records = records
        self._clock = clock
        self._dice = dice

    def place(self, asked: Record) -> str:
        """The prepay_id. The same order again gets the same; another one under the same number is refused."""
        order = self._records.get(ORDER, asked["out_trade_no"])
        if order is not None:
            return self._again(order, asked)
        now = self._clock.now()
        expires = datetime.fromisoformat(asked["time_expire"]) if "time_expire" in asked else now + EXPIRY_DEFAULT
        order = {
            "out_trade_no": asked["out_trade_no"],
            "asked": asked,
            "state": "NOTPAY",
            "expires": rfc3339(max(expires, now + EXPIRY_MIN)),
            "created": rfc3339(self._clock.business_now()),
            "prepay_id": f"wx{now:%d%H%M%S}{self._dice.text(26)}",
            "refunded_fen": 0,
        }
        self._records.put(ORDER, order["out_trade_no"], order)
        self._records.put(PREPAY, order["prepay_id"], {"out_trade_no": order["out_trade_no"]})
        return str(order["prepay_id"])

    def _again(self, order: Record, asked: Record) -> str:
        if order["state"] in {"SUCCESS", "REFUND"}:
            raise Refused(403, "OUT_TRADE_NO_USED", "该订单已支付", number=268498689)
        if self.payable(order) != "yes":
            raise Refused(400, "ORDER_CLOSED", "该订单已失效", number=268447914)
        if any(order["asked"].get(name) != asked.get(name) for name in RENEWABLE):
            raise Refused(403, "OUT_TRADE_NO_USED", "请求重入时，参数与首次请求时不一致", number=268498688)
        return str(order["prepay_id"])

    def get(self, out_trade_no: str) -> Record:
        """Raises the platform's 404."""
        order = self._records.get(ORDER, out_trade_no)
        if order is None:
            raise absent()
        return order

    def by_transaction(self, transaction_id: str) -> Record:
        for order in self._records.all(ORDER):
            if order.get("transaction_id") == transaction_id:
                return order
        raise absent()

    def by_prepay(self, prepay_id: str) -> Record | None:
        known = self._records.get(PREPAY, prepay_id)
        return None if known is None else self._records.get(ORDER, known["out_trade_no"])

    def payable(self, order: Record) -> str:
        """yes, paid, closed or expired."""
        if order["state"] in {"SUCCESS", "REFUND"}:
            return "paid"
        if order["state"] == "CLOSED":
            return "closed"
        return "expired" if datetime.fromisoformat(order["expires"]) <= self._clock.now() else "yes"

    def pay(self, order: Record) -> Record:
        """The payer has typed the password. Raises Refused when the order can't be paid any more."""
        payable = self.payable(order)
        if payable == "paid":
            raise Refused(403, "ORDERPAID", "该订单已支付", number=268449538)
        if payable != "yes":
            raise Refused(400, "ORDER_CLOSED", "该订单已失效", number=268447914)
        now = self._clock.business_now()
        transaction_id = f"42000{self._dice.digits(5)}{now:%Y%m%d}{self._dice.digits(10)}"
        paid = {**order, "state": "SUCCESS", "transaction_id": transaction_id, "success_time": rfc3339(now)}
        return self._records.put(ORDER, order["out_trade_no"], paid)

    def close(self, out_trade_no: str) -> None:
        """Unpaid only; closing again is fine."""
        order = self.get(out_trade_no)
        if order["state"] in {"SUCCESS", "REFUND"}:
            raise Refused(400, "ORDERPAID", "该订单已支付", number=268449538)
        if order["state"] != "CLOSED":
            self._records.put(ORDER, out_trade_no, {**order, "state": "CLOSED"})

    def note_refund(self, order: Record, amount_fen: int) -> None:
        refunded = order["refunded_fen"] + amount_fen
        self._records.put(ORDER, order["out_trade_no"], {**order, "state": "REFUND", "refunded_fen": refunded})

    def all(self) -> list[Record]:
        return list(self._records.all(ORDER))


def transaction(order: Record, *, amount_more_fen: int = 0) -> dict[str, Any]:
    """The transaction object of section 5.4, for queries and notifications."""
    asked = order["asked"]
    total = asked["amount"]["total"] + amount_more_fen
    told: dict[str, Any] = {
        "appid": asked["appid"],
        "mchid": asked["mchid"],
        "out_trade_no": order["out_trade_no"],
        "trade_state": order["state"],
        "trade_state_desc": STATE_TEXT[order["state"]],
        "amount": {"total": total, "currency": "CNY"},
        "payer": asked["payer"],
        "attach": asked.get("attach", ""),
    }
    if "transaction_id" in order:
        told["transaction_id"] = order["transaction_id"]
        told["trade_type"] = "JSAPI"
        told["bank_type"] = "OTHERS"
        told["success_time"] = order["success_time"]
        told["amount"].update(payer_total=total, payer_currency="CNY")
    return told
