"""到院支付: numbers that are taken through the app and paid at the window, or free again (docs/his-interface.md section 9, reg.reserve)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sandbox.hospital.errors import No
from sandbox.hospital.ledger import TRADE
from sandbox.hospital.registration import Registration, receipt
from sandbox.hospital.schedules import schedule_and_slot
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

RESERVED = "reserved"
"""The state of a number that is to be paid at the window; at the end of that time it is free again."""
PAID_PUSH = "notify.his.paid"


class Reservations:
    def __init__(self, scene: Scene, desk: Registration) -> None:
        self._scene = scene
        self._desk = desk
        self.functions: dict[str, Callable[[Record], Record]] = {"reg.reserve": self.reserve}

    def reserve(self, asked: Record) -> Record:
        """Taken without a payment, until the window has its fee or the time for it is over. The same content gets the first result again."""
        number, slot_no = asked["out_trade_no"], asked["slot_no"]
        known = self._scene.records.get(TRADE, number)
        if known is not None:
            if any(known.get(name) != asked[name] for name in ("slot_no", "card_no", "fee_fen", "pay_until")):
                raise No("CONFLICT", "这个支付单号已用于其他内容")
            return receipt(known)
        if datetime.fromisoformat(asked["pay_until"]) <= self._scene.clock.now():
            raise No("REFUSED", "到院支付的时间已过，请在线支付")
        self._desk.lock({**asked, "amount_fen": asked["fee_fen"], "until": asked["pay_until"]})
        told = {name: asked[name] for name in ("card_no", "entrance", "terminal", "operator", "fee_fen", "pay_until")}
        of_nothing = {"out_trade_no": number, "amount_fen": 0, "channel": "none", "transaction_id": "", "paid_at": ""}
        trade = self._desk.booked({**told, **of_nothing}, *schedule_and_slot(slot_no))
        self._scene.records.put(TRADE, number, trade)
        self._desk.numbers.keep(slot_no, number, asked["card_no"], RESERVED, asked["pay_until"])
        return receipt(trade)

    def pay_at_window(self, number: str) -> int:
        """The patient pays the fee at the window; returns it. Raises No where the time for it is over, and where it was paid."""
        trade = self._desk.trade(number)
        held = self._desk.numbers.holder(trade["slot_no"])
        if held is None or (held["out_trade_no"], held["state"]) != (number, RESERVED):
            raise No("REFUSED", "这个号不在待支付中")
        self._scene.records.put(TRADE, number, {**trade, "paid_at_window": True})
        self._desk.numbers.keep(trade["slot_no"], number, trade["card_no"], "booked", "")
        self._scene.deliveries.add(PAID_PUSH, number, {"out_trade_no": number}, self._scene.clock.now())
        return int(trade["fee_fen"])
