"""How a trade looks in answers and notices (sections 4, 7)."""

from __future__ import annotations

from sandbox.alipay.fields import clock_text, yuan
from sandbox.world.people import Person
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

IDENTITY = "alipay_identity"
FUNDS = "ALIPAYACCOUNT"


class Buyers:
    """Which name of a person an app gets: ``user_id`` (older apps) or ``open_id``."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def person(self, who: str) -> Person:
        person = self._scene.person(who)
        if person is None:
            raise KeyError(who)
        return person

    def named(self, who: str, user_id: str = "user_id", open_id: str = "open_id") -> Record:
        person = self.person(who)
        if self._scene.faults.settings[IDENTITY] == "open_id":
            return {open_id: person.alipay_open_id}
        return {user_id: person.alipay_user_id}

    def logon_id(self, who: str) -> str:
        """Masked, as Alipay shows it."""
        phone = self.person(who).phone
        return f"{phone[:3]}****{phone[-4:]}"

    def counterparty(self, who: str) -> str:
        """As a statement names a buyer: ``*杨(137****2600)``."""
        return f"*{self.person(who).name[1:]}({self.logon_id(who)})"


def was_paid(trade: Record) -> bool:
    return "paid" in trade


def numbers(trade: Record) -> Record:
    return {"trade_no": trade["trade_no"], "out_trade_no": trade["out_trade_no"]}


def queried(trade: Record, buyers: Buyers, *, more_fen: int = 0) -> Record:
    """The answer of alipay.trade.query. ``more_fen``: a fault that makes it another amount."""
    total = yuan(trade["total_fen"] + more_fen)
    paid = total if was_paid(trade) else "0.00"
    told = {
        **numbers(trade),
        "buyer_logon_id": buyers.logon_id(trade["buyer"]),
        **buyers.named(trade["buyer"], "buyer_user_id", "buyer_open_id"),
        "buyer_user_type": "PRIVATE",
        "trade_status": trade["status"],
        "total_amount": total,
        "receipt_amount": paid,
        "buyer_pay_amount": paid,
        "invoice_amount": paid,
        "point_amount": "0.00",
        "subject": trade["subject"],
    }
    told |= {name: trade[name] for name in ("body", "passback_params") if trade[name]}
    if was_paid(trade):
        told["send_pay_date"] = clock_text(trade["paid"])
        told["fund_bill_list"] = [{"fund_channel": FUNDS, "amount": paid}]
    return told


def refunded(trade: Record, refund: Record, refunded_fen: int, buyers: Buyers, *, changed: bool) -> Record:
    """The answer of alipay.trade.refund: ``refund_fee`` is all that has been refunded so far."""
    return {
        **numbers(trade),
        "buyer_logon_id": buyers.logon_id(trade["buyer"]),
        **buyers.named(trade["buyer"], "buyer_user_id", "buyer_open_id"),
        "fund_change": "Y" if changed else "N",
        "refund_fee": yuan(refunded_fen),
        "gmt_refund_pay": clock_text(refund["time"]),
        "refund_detail_item_list": [{"fund_channel": FUNDS, "amount": yuan(refund["amount_fen"])}],
        "send_back_fee": yuan(refund["amount_fen"]),
    }


def missing(out_trade_no: str) -> Record:
    """The amounts that the refusal of an unknown trade carries all the same."""
    zero = {name: "0.00" for name in ("buyer_pay_amount", "invoice_amount", "point_amount", "receipt_amount")}
    return zero | ({"out_trade_no": out_trade_no} if out_trade_no else {})
