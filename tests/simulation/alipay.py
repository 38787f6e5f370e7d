"""Alipay and the life account in the simulation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from sandbox.alipay.errors import Refused
from sandbox.alipay.gateway import Call, read_params
from sandbox.alipay.notices import AT_BANK, OF_CLOSED, SUMS_AFTER_S
from sandbox.alipay.shown import was_paid
from sandbox.alipay.templates import BY_ID
from sandbox.alipay.trades import CLOSED, TRADE, WAITING
from sandbox.outside import Outside
from sandbox.world.chance import rfc3339
from sandbox.world.people import Person
from sandbox.world.wire import Record, Request
from server.payments.ports import ClientCall
from tests.simulation.channels import Refund, Talk, Told, Trade

RACE = timedelta(seconds=30)
"""How long after a close money that was under way may still come through."""
IN_CONSOLE = "CONSOLE"
LATER_S = 400.0


class SimulatedAlipay:
    """tests.simulation.channels.SimulatedChannel."""

    name = "alipay"
    doors: tuple[str, ...] = ("/notify/alipay/",)
    knows_repeats = False

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._alipay = outside.alipay
        self._records = outside.scene.records
        self._clock = outside.scene.clock
        # Apps may ask to hear of whole refunds, too; this hospital has. Without it the statement is the first to tell of a console refund.
        outside.scene.faults.settings[OF_CLOSED] = True
        outside.scene.faults.settings[SUMS_AFTER_S] = LATER_S
        outside.scene.faults.settings[AT_BANK] = "S"

    @property
    def talk(self) -> Talk:
        return self._alipay.life_account

    def subject(self, person: Person) -> str:
        return person.alipay_user_id

    def follow_event(self, follows: bool) -> dict[str, str]:
        return {"EventType": "follow" if follows else "unfollow"}

    def log_in(self, person: Person, authorize_url: str) -> tuple[str, str]:
        parts = urlsplit(authorize_url)
        request = Request(method="GET", target=f"{parts.path}?{parts.query}", host=parts.netloc)
        answer = self._alipay.authorize(request, person)
        back = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
        return back["auth_code"], back["state"]

    # ---- the cashier -----------------------------------------------------------------------------------------------------------

    def may_go_wrong(self, call: ClientCall) -> Sequence[str]:
        trade = self._alipay.trades.get(call.params["tradeNO"])
        if trade is not None and self._closed_just_now(trade):
            return ("late_money",)
        return ("one_fen_more",) if trade is not None and trade["status"] == WAITING else ()

    def pay(self, call: ClientCall, result: str, fault: str) -> str:
        trade = self._alipay.trades.get(call.params["tradeNO"])
        if trade is None:
            return "no such trade"
        if result != "ok":
            return result
        if fault == "one_fen_more":
            trade = self._records.put(TRADE, trade["trade_no"], {**trade, "total_fen": trade["total_fen"] + 1})
        if fault == "late_money":
            until = rfc3339(self._clock.now() + RACE)
            trade = self._records.put(TRADE, trade["trade_no"], {**trade, "status": WAITING, "expires": until})
        try:
            paid = self._alipay.pay(trade, "ok")
        except Refused as refused:
            return refused.sub_code
        return f"paid {paid['out_trade_no'][-6:]}"

    def _closed_just_now(self, trade: Record) -> bool:
        young = self._clock.now() - datetime.fromisoformat(trade["created"]) < timedelta(minutes=15)
        return trade["status"] == CLOSED and not was_paid(trade) and young

    def pay_early(self, order: Request) -> None:
        trade = self._alipay.trades.by_number(number_of(order))
        if trade is None:
            return
        try:
            self._alipay.pay(trade, "ok")
        except Refused:
            return

    # ---- the books -------------------------------------------------------------------------------------------------------------

    def trades(self) -> Sequence[Trade]:
        return [
            Trade(
                trade["out_trade_no"],
                trade["total_fen"],
                trade["trade_no"] if was_paid(trade) else "",
                trade["status"] == WAITING,
                trade["status"] == CLOSED,
                trade.get("paid", ""),
            )
            for trade in self._alipay.trades.all()
        ]

    def refunds(self) -> Sequence[Refund]:
        refunds = self._alipay.refunds
        return [
            Refund(
                refund["out_request_no"],
                refund["out_trade_no"],
                refund["amount_fen"],
                "success" if refunds.has_moved(refund) else "processing",
                refund["out_request_no"].startswith(IN_CONSOLE),
            )
            for refund in refunds.all()
        ]

    # ---- the merchant's console ------------------------------------------------------------------------------------------------

    def refund_in_console(self, out_trade_no: str, share: float, number: str, *, announced: bool = True) -> str:
        trade = self._alipay.trades.by_number(out_trade_no)
        if trade is None or not was_paid(trade):
            return "not paid"
        left = trade["total_fen"] - self._alipay.trades.refunded_fen(trade)
        if left <= 0:
            return "nothing left"
        try:
            refund, _ = self._alipay.refunds.submit(
                trade, f"{IN_CONSOLE}{number}", max(1, round(left * share)), "后台退款"
            )
        except Refused as refused:
            return refused.sub_code
        if announced:
            self._alipay.notices.of_refund(refund)
            self._alipay.notices.after_refund(refund)
        return str(refund["amount_fen"])

    def shows_refunds(self, out_trade_no: str) -> bool:
        """Only of one that was refunded in whole: it is closed by that."""
        trade = self._alipay.trades.by_number(out_trade_no)
        if trade is None or not was_paid(trade):
            return False
        return bool(self._alipay.trades.refunded_fen(trade) >= trade["total_fen"])

    def end_abnormal(self, out_refund_no: str) -> None:
        """Alipay knows no stuck refund: money that can't go to the card goes to the balance."""

    def pay_at_window(self, out_trade_no: str, amount_fen: int) -> None:
        scene = self._outside.scene
        asked = {
            "out_trade_no": out_trade_no,
            "total_fen": amount_fen,
            "subject": "窗口收费",
            "body": "",
            "passback_params": "",
            "charset": "utf-8",
            "seller_id": scene.keys["alipay_seller_id"],
            "product": "JSAPI_PAY",
            "expires": rfc3339(self._clock.now() + timedelta(minutes=15)),
            "notify_url": f"{scene.app_public_url}/notify/alipay/{scene.hospital_id}",
        }
        self._alipay.pay(self._alipay.trades.create(asked, scene.people[0].alipay_user_id), "ok")

    # ---- what people saw -------------------------------------------------------------------------------------------------------

    def told(self, person: Person) -> Sequence[Told]:
        messages = self._alipay.chats.messages(person.alipay_user_id)
        cards = [line for line in messages if line["kind"] == "card" and line.get("template_id")]
        return [about(card["template_id"], card["data"], card["at"]) for card in cards]

    def reaches(self, person: Person) -> bool:
        return self._alipay.chats.follows(person.alipay_user_id)


def about(template_id: str, context: Record, at: str = "") -> Told:
    """What a template message says."""
    template = BY_ID[template_id]
    return Told.by(template.values, context, template.purpose, at)


def number_of(asked: Request) -> str:
    """Which number a call of the gateway is about; of a message, payment and purpose as the app's own number of it."""
    try:
        params, charset = read_params(asked)
        content = Call(params.get("method", ""), params, charset, asked.host).content()
    except Refused:
        return ""
    template = content.get("template")
    if isinstance(template, dict) and template.get("template_id") in BY_ID:
        told = about(template["template_id"], template["context"])
        return f"{told.payment}-{told.purpose}"
    return str(content.get("out_request_no") or content.get("out_trade_no") or params.get("method", ""))
