"""The hospital's windows and kiosks: they take and give back money without Zhenfu, also on the same merchant accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from sandbox.alipay.errors import failed
from sandbox.alipay.platform import AlipayPlatform
from sandbox.hospital.errors import No
from sandbox.hospital.takings import ON_ACCOUNTS, Takings
from sandbox.wechatpay.platform import WechatPay
from sandbox.world.chance import rfc3339
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

NUMBERS = {"window": "CK", "kiosk": "ZZ"}
"""How the order numbers of each system begin. None of them is a prefix of Zhenfu's."""
DESCRIPTION, REASON = "窗口自助收费", "窗口退费"
Side = Literal["his", "channel"]
PAY_WITHIN = timedelta(hours=3)


class OtherSystems:
    """``missing`` names the Side that does not get the row: what is left is one-sided."""

    def __init__(self, scene: Scene, wechatpay: WechatPay, alipay: AlipayPlatform, takings: Takings) -> None:
        self._scene = scene
        self._wechatpay = wechatpay
        self._alipay = alipay
        self._takings = takings

    def take(self, way: str, amount_fen: int, system: str = "window", missing: str = "") -> Record:
        """A receipt: ``{his_trade_no, out_trade_no, transaction_id, amount_fen}``; an empty number where that side has none."""
        out_trade_no = transaction_id = ""
        if way in ON_ACCOUNTS:
            out_trade_no = f"{NUMBERS[system]}{self._scene.clock.today:%Y%m%d}{self._scene.dice.digits(10)}"
            transaction_id = self._scene.dice.digits(28)
            if missing != "channel":
                transaction_id = self._paid(way, out_trade_no, amount_fen)
        taken = {
            "his_trade_no": "",
            "out_trade_no": out_trade_no,
            "transaction_id": transaction_id,
            "amount_fen": amount_fen,
        }
        if missing != "his":
            numbers = {"out_trade_no": out_trade_no, "transaction_id": transaction_id}
            kept = self._takings.take(way, amount_fen, system, **numbers, only_here=missing == "channel")
            taken |= {"his_trade_no": kept["his_trade_no"]}
        return taken

    def give_back(self, his_trade_no: str, amount_fen: int | None, missing: str = "") -> Record:
        """A refund of a receipt; ``None``: all that is left. Raises No, or either platform's Refused."""
        taken = self._takings.get(his_trade_no)
        left_fen = self._takings.left_fen(taken)
        amount_fen = left_fen if amount_fen is None else amount_fen
        if not 1 <= amount_fen <= left_fen:
            raise No("REFUSED", "退费金额超过可退金额")
        out_refund_no = transaction_id = ""
        if taken["way"] in ON_ACCOUNTS:
            out_refund_no = f"{taken['out_trade_no']}T{self._scene.dice.digits(4)}"
            transaction_id = self._scene.dice.digits(29)
            if missing != "channel":
                transaction_id = self._refunded(taken, out_refund_no, amount_fen)
        numbers = {"out_refund_no": out_refund_no, "transaction_id": transaction_id}
        if missing != "his":
            numbers["his_trade_no"] = self._takings.give_back(taken, amount_fen, **numbers)["his_trade_no"]
        return {"his_trade_no": "", **numbers, "amount_fen": amount_fen}

    def _paid(self, way: str, number: str, amount_fen: int) -> str:
        """The channel's number. No notification: the order is another system's."""
        person = self._scene.people[int(number[-3:]) % len(self._scene.people)]
        keys = self._scene.keys
        if way == "wechat":
            orders = self._wechatpay.orders
            orders.place({
                "appid": keys["appid"], "mchid": keys["mchid"], "description": DESCRIPTION, "out_trade_no": number,
                "amount": {"total": amount_fen, "currency": "CNY"}, "payer": {"openid": person.openid},
            }, "MICROPAY")  # fmt: skip
            return str(orders.pay(orders.get(number))["transaction_id"])
        trades = self._alipay.trades
        trade = trades.create({
            "out_trade_no": number, "total_fen": amount_fen, "subject": DESCRIPTION, "body": "", "product": "FACE_TO_FACE_PAYMENT",
            "passback_params": "", "seller_id": keys["alipay_seller_id"], "notify_url": "", "charset": "utf-8",
            "expires": rfc3339(self._scene.clock.now() + PAY_WITHIN),
        }, person.alipay_user_id)  # fmt: skip
        return str(trades.pay(trade)["trade_no"])

    def _refunded(self, taken: Record, out_refund_no: str, amount_fen: int) -> str:
        """The channel's number of the refund. Raises either platform's Refused."""
        number = taken["out_trade_no"]
        if taken["way"] == "wechat":
            amount = {"refund": amount_fen, "total": taken["amount_fen"], "currency": "CNY"}
            asked = {"out_trade_no": number, "out_refund_no": out_refund_no, "amount": amount}
            return str(self._wechatpay.refunds.submit(asked)["refund_id"])
        trade = self._alipay.trades.by_number(number)
        if trade is None:
            raise failed("ACQ.TRADE_NOT_EXIST")
        self._alipay.refunds.submit(trade, out_refund_no, amount_fen, REASON)
        return str(trade["trade_no"])
