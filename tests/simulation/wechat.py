"""WeChat Pay and the official account in the simulation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from sandbox.outside import Outside
from sandbox.phones.wechat.invocation import Invocation
from sandbox.wechat.templates import BY_ID
from sandbox.wechatpay.errors import Refused
from sandbox.wechatpay.merchant import ORDER
from sandbox.wechatpay.refunds import REFUND
from sandbox.world.chance import rfc3339
from sandbox.world.people import Person
from sandbox.world.wire import Record, Request
from server.payments.ports import ClientCall
from tests.simulation.channels import Refund, Talk, Told, Trade

RACE = timedelta(seconds=30)
"""How long after a close money that was under way may still come through."""
IN_CONSOLE = "CONSOLE"


class SimulatedWechat:
    """tests.simulation.channels.SimulatedChannel."""

    name = "wechat"
    doors: tuple[str, ...] = ("/notify/wechatpay/",)
    knows_repeats = True

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._pay = outside.wechatpay
        self._records = outside.scene.records
        self._clock = outside.scene.clock

    @property
    def talk(self) -> Talk:
        return self._outside.callback

    def subject(self, person: Person) -> str:
        return person.openid

    def follow_event(self, follows: bool) -> dict[str, str]:
        return {"Event": "subscribe" if follows else "unsubscribe", "EventKey": ""}

    def log_in(self, person: Person, authorize_url: str) -> tuple[str, str]:
        parts = urlsplit(authorize_url)
        request = Request(method="GET", target=f"{parts.path}?{parts.query}", host=parts.netloc)
        answer = self._outside.authorize(request, person.openid)
        back = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
        return back["code"], back["state"]

    # ---- the cashier -----------------------------------------------------------------------------------------------------------

    def may_go_wrong(self, call: ClientCall) -> Sequence[str]:
        order = self._order(call)
        if order is not None and self._closed_just_now(order):
            return ("late_money",)
        return ("one_fen_more",) if order is not None and order["state"] == "NOTPAY" else ()

    def _order(self, call: ClientCall) -> Record | None:
        return self._pay.orders.by_prepay(call.params["package"].removeprefix("prepay_id="))

    def pay(self, call: ClientCall, result: str, fault: str) -> str:
        Invocation.read(call.params).check_signature(self._pay.signatures.merchant)
        order = self._order(call)
        if order is None:
            return "no such order"
        if result != "ok":
            return result
        if fault == "one_fen_more":
            self._charge(order, 1)
        if fault == "late_money":
            self._reopen(order)
        try:
            paid = self._pay.pay(order["prepay_id"], "ok")
        except Refused as refused:
            return refused.code
        return f"paid {paid['out_trade_no'][-6:]}"

    def _charge(self, order: Record, more_fen: int) -> None:
        asked = order["asked"]
        amount = {**asked["amount"], "total": asked["amount"]["total"] + more_fen}
        self._records.put(ORDER, order["out_trade_no"], {**order, "asked": {**asked, "amount": amount}})

    def _closed_just_now(self, order: Record) -> bool:
        created = datetime.fromisoformat(order["created"])
        return order["state"] == "CLOSED" and self._clock.now() - created < timedelta(minutes=15)

    def _reopen(self, order: Record) -> None:
        until = rfc3339(self._clock.now() + RACE)
        self._records.put(ORDER, order["out_trade_no"], {**order, "state": "NOTPAY", "expires": until})

    def pay_early(self, order: Request) -> None:
        asked = order.json()
        if not isinstance(asked, dict):  # another channel's
            return
        try:
            self._pay.pay_by_number(asked["out_trade_no"])
        except Refused:
            return

    # ---- the books -------------------------------------------------------------------------------------------------------------

    def trades(self) -> Sequence[Trade]:
        orders = self._pay.orders
        return [
            Trade(
                order["out_trade_no"],
                order["asked"]["amount"]["total"],
                order.get("transaction_id", ""),
                orders.payable(order) == "yes",
                order["state"] == "CLOSED",
                order.get("success_time", ""),
            )
            for order in orders.all()
        ]

    def refunds(self) -> Sequence[Refund]:
        return [
            Refund(
                refund["out_refund_no"],
                refund["out_trade_no"],
                refund["amount_fen"],
                refund["status"].lower(),
                refund["out_refund_no"].startswith(IN_CONSOLE),
            )
            for refund in self._pay.refunds.all()
        ]

    # ---- the merchant's console ------------------------------------------------------------------------------------------------

    def refund_in_console(self, out_trade_no: str, share: float, number: str, *, announced: bool = True) -> str:
        order = self._records.get(ORDER, out_trade_no)
        if order is None or "transaction_id" not in order:
            return "not paid"
        total = order["asked"]["amount"]["total"]
        left = total - order["refunded_fen"]
        if left <= 0:
            return "nothing left"
        asked = {
            "out_trade_no": out_trade_no,
            "out_refund_no": f"{IN_CONSOLE}{number}",
            "amount": {"refund": max(1, round(left * share)), "total": total, "currency": "CNY"},
            "notify_url": order["asked"]["notify_url"].replace("/payment", "/refund") if announced else "",
        }
        try:
            return str(self._pay.refunds.submit(asked)["amount_fen"])
        except Refused as refused:
            return refused.code

    def shows_refunds(self, out_trade_no: str) -> bool:
        order = self._records.get(ORDER, out_trade_no)
        return order is not None and order["refunded_fen"] > 0

    def end_abnormal(self, out_refund_no: str) -> None:
        refund = self._records.get(REFUND, out_refund_no)
        if refund is not None and refund["status"] == "ABNORMAL":
            self._pay.refunds.mend(refund["refund_id"], {"out_refund_no": out_refund_no})

    def pay_at_window(self, out_trade_no: str, amount_fen: int) -> None:
        scene = self._outside.scene
        asked = {
            "appid": scene.keys["appid"],
            "mchid": scene.keys["mchid"],
            "description": "窗口收费",
            "out_trade_no": out_trade_no,
            "notify_url": f"{scene.app_public_url}/notify/wechatpay/{scene.hospital_id}/payment",
            "amount": {"total": amount_fen, "currency": "CNY"},
            "payer": {"openid": scene.people[0].openid},
        }
        self._pay.orders.place(asked)
        self._pay.pay_by_number(out_trade_no)

    # ---- what people saw -------------------------------------------------------------------------------------------------------

    def told(self, person: Person) -> Sequence[Told]:
        cards = [line for line in self._outside.chats.messages(person.openid) if line["kind"] == "card"]
        return [self._told(card) for card in cards]

    def _told(self, card: Record) -> Told:
        template = BY_ID[card["template_id"]]
        return Told.by(template.values, card["data"], template.purpose, card["at"])

    def reaches(self, person: Person) -> bool:
        return self._outside.chats.follows(person.openid)
