"""The merchant's orders: placed, paid, closed, expired (sections 5, 5.1, 5.4, 5.5). A state machine over records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

from sandbox.wechatpay.errors import Refused, absent
from sandbox.world.chance import Dice, WorldClock, rfc3339
from sandbox.world.fees import Share, fee_fen
from sandbox.world.records import Records
from sandbox.world.settings import Setting, Settings
from sandbox.world.wire import Record

ORDER = "wechatpay.order"
PREPAY = "wechatpay.prepay"
NEVER_ORDERED = "wechatpay.never_ordered"
TRANSACTION = "wechatpay.transaction"
EXPIRY_MIN = timedelta(minutes=1)
LIFE = timedelta(days=7)
PREPAY_LIFE = timedelta(hours=2)
CLOSE_UNKNOWN, ORDER_CHANGED, FEE = "wechatpay_close_unknown", "wechatpay_order_changed", "wechatpay_fee_points"
SETTINGS: Settings = {
    CLOSE_UNKNOWN: Setting("refuse", Literal["refuse", "close"], "refuse (404) or close (204, and no order after it)"),
    ORDER_CHANGED: Setting(
        "used", Literal["used", "invalid"], "used (403 OUT_TRADE_NO_USED) or invalid (400 INVALID_REQUEST)"
    ),
    FEE: Setting(60, Share, "basis points of a payment, 60 for 0.60 %"),
}
"""Where the sources conflict (docs/protocols/wechat_pay_v3.md, Corrections): the official table, or what was measured."""
STATE_TEXT = {"NOTPAY": "订单未支付", "SUCCESS": "支付成功", "CLOSED": "订单已关闭", "REFUND": "转入退款"}
PAID = {"SUCCESS", "REFUND"}


class Orders:
    def __init__(self, records: Records, clock: WorldClock, dice: Dice, settings: Callable[[], Record]) -> None:
        self._settings = settings
        self._records = records
        self._clock = clock
        self._dice = dice

    def place(self, asked: Record, trade_type: str = "JSAPI") -> str:
        """The prepay_id. The same order again gets the same while it lives, then a new one; another one under the same number
        is refused.
        """
        if self._records.get(ORDER, asked["out_trade_no"]) is not None:
            return self._again(self.get(asked["out_trade_no"]), asked, trade_type)
        if self._records.get(NEVER_ORDERED, asked["out_trade_no"]) is not None:
            raise _changed("invalid")
        now = self._clock.now()
        expires = datetime.fromisoformat(asked["time_expire"]) if "time_expire" in asked else now + LIFE
        order = {
            "out_trade_no": asked["out_trade_no"],
            "asked": asked,
            "trade_type": trade_type,
            "payer": asked.get("payer", {}).get("openid", ""),
            "state": "NOTPAY",
            "expires": rfc3339(max(expires, now + EXPIRY_MIN)),
            "ends": rfc3339(now + LIFE),
            "created": rfc3339(self._clock.business_now()),
            "refunded_fen": 0,
        }
        return self._with_prepay(order)

    def _with_prepay(self, order: Record) -> str:
        now = self._clock.now()
        prepay_id = f"wx{now:%d%H%M%S}{self._dice.text(26)}"
        self._records.put(ORDER, order["out_trade_no"], {**order, "prepay_id": prepay_id})
        until = rfc3339(now + PREPAY_LIFE)
        self._records.put(PREPAY, prepay_id, {"out_trade_no": order["out_trade_no"], "until": until})
        return prepay_id

    def _again(self, order: Record, asked: Record, trade_type: str) -> str:
        if order["state"] in PAID:
            raise Refused(403, "OUT_TRADE_NO_USED", "该订单已支付", number=268498689)
        if self.payable(order) != "yes":
            raise Refused(400, "ORDER_CLOSED", "该订单已失效", number=268447914)
        if (order["asked"], order["trade_type"]) != (asked, trade_type):
            raise _changed(self._settings()[ORDER_CHANGED])
        if self.is_live(order["prepay_id"]):
            return str(order["prepay_id"])
        return self._with_prepay(order)

    def is_live(self, prepay_id: str) -> bool:
        """A prepay_id lives for two hours, whatever the order's own expiry."""
        known = self._records.get(PREPAY, prepay_id)
        return known is not None and datetime.fromisoformat(known["until"]) > self._clock.now()

    def get(self, out_trade_no: str) -> Record:
        """Raises the platform's 404."""
        order = self._records.get(ORDER, out_trade_no)
        if order is None:
            raise absent()
        return self._as_of_now(order)

    def by_transaction(self, transaction_id: str) -> Record:
        known = self._records.get(TRANSACTION, transaction_id)
        if known is None:
            raise absent()
        return self.get(known["out_trade_no"])

    def by_prepay(self, prepay_id: str) -> Record | None:
        known = self._records.get(PREPAY, prepay_id)
        return None if known is None else self.get(known["out_trade_no"])

    def _as_of_now(self, order: Record) -> Record:
        """After seven days the platform itself has closed what was not paid. Worlds of before fees and native orders open too."""
        free = {"fee_points": 0, "fee_fen": 0, "fee_back_fen": 0} if order["state"] in PAID else {}
        payer = order["asked"].get("payer", {}).get("openid", "")
        order = {"trade_type": "JSAPI", "payer": payer} | free | order
        if order["state"] == "NOTPAY" and datetime.fromisoformat(order["ends"]) <= self._clock.now():
            return {**order, "state": "CLOSED"}
        return order

    def payable(self, order: Record, prepay_id: str = "") -> str:
        """yes, paid, closed or expired; with ``prepay_id``: by means of that one."""
        if order["state"] in PAID:
            return "paid"
        if self._as_of_now(order)["state"] == "CLOSED":
            return "closed"
        if prepay_id and not self.is_live(prepay_id):
            return "expired"
        return "expired" if datetime.fromisoformat(order["expires"]) <= self._clock.now() else "yes"

    def pay(self, order: Record, prepay_id: str = "", payer: str = "") -> Record:
        """The payer has typed the password; ``payer`` for an order that names none. Raises Refused when the order can't be paid any more."""
        payable = self.payable(order, prepay_id)
        if payable == "paid":
            raise Refused(403, "ORDERPAID", "该订单已支付", number=268449538)
        if payable != "yes":
            raise Refused(400, "ORDER_CLOSED", "该订单已失效", number=268447914)
        now = self._clock.business_now()
        transaction_id = f"42000{self._dice.digits(5)}{now:%Y%m%d}{self._dice.digits(10)}"
        self._records.put(TRANSACTION, transaction_id, {"out_trade_no": order["out_trade_no"]})
        points = self._settings()[FEE]
        paid = {**order, "state": "SUCCESS", "transaction_id": transaction_id, "success_time": rfc3339(now),
                "really_paid": self._clock.now().isoformat(), "payer": order["payer"] or payer, "fee_points": points,
                "fee_fen": fee_fen(order["asked"]["amount"]["total"], points), "fee_back_fen": 0}  # fmt: skip
        return self._records.put(ORDER, order["out_trade_no"], paid)

    def close(self, out_trade_no: str) -> Record:
        """Unpaid only; closing again is fine. What was never ordered has no order either after a close that is confirmed."""
        if self._records.get(ORDER, out_trade_no) is None and self._settings()[CLOSE_UNKNOWN] == "close":
            return self._records.put(NEVER_ORDERED, out_trade_no, {"out_trade_no": out_trade_no})
        order = self.get(out_trade_no)
        if order["state"] in PAID:
            raise Refused(400, "ORDERPAID", "该订单已支付", number=268449538)
        return self._records.put(ORDER, out_trade_no, {**order, "state": "CLOSED"})

    def note_refund(self, order: Record, amount_fen: int, fee_back_fen: int) -> None:
        """Both are negative for a refund that ended without moving money."""
        sums = {
            "refunded_fen": order["refunded_fen"] + amount_fen,
            "fee_back_fen": order["fee_back_fen"] + fee_back_fen,
        }
        self._records.put(ORDER, order["out_trade_no"], {**order, "state": "REFUND", **sums})

    def all(self) -> list[Record]:
        return [self._as_of_now(order) for order in self._records.all(ORDER)]


def _changed(semantics: str) -> Refused:
    """Another order under the same number."""
    status, code = (403, "OUT_TRADE_NO_USED") if semantics == "used" else (400, "INVALID_REQUEST")
    return Refused(status, code, "请求重入时，参数与首次请求时不一致", number=268498688)


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
        "attach": asked.get("attach", ""),
    }
    if order["payer"]:
        told["payer"] = {"openid": order["payer"]}
    if order["state"] == "NOTPAY":  # as three live answers had it
        del told["attach"]
        told.pop("payer", None)
        told["amount"] = {"payer_currency": "CNY", "total": total}
        told |= {"promotion_detail": [], "scene_info": {"device_id": ""}}
    if "transaction_id" in order:
        told["transaction_id"] = order["transaction_id"]
        told["trade_type"] = order["trade_type"]
        told["bank_type"] = "OTHERS"
        told["success_time"] = order["success_time"]
        told["promotion_detail"] = []
        told["amount"].update(payer_total=total, payer_currency="CNY")
        if "device_id" in asked.get("scene_info", {}):
            told["scene_info"] = {"device_id": asked["scene_info"]["device_id"]}
    return told
