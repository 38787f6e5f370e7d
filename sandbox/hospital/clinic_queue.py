"""Who waits before a clinic: checked in or not, called by the time of the day (docs/his-interface.md section 9, reg.queue and reg.check_in)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sandbox.hospital.errors import No
from sandbox.hospital.ledger import TRADE
from sandbox.hospital.numbers import SLOT, Numbers
from sandbox.hospital.reservations import RESERVED
from sandbox.hospital.schedules import schedule_and_slot, slots_of
from sandbox.world.scene import Scene
from sandbox.world.wire import Record


class ClinicQueue:
    """One patient is seen after the other, each at the time of their number."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._numbers = Numbers(scene)
        self.functions: dict[str, Callable[[Record], Record]] = {"reg.queue": self.queue, "reg.check_in": self.check_in}

    def queue(self, asked: Record) -> Record:
        held, shift, own = self._number(asked["out_trade_no"])
        slots, now = slots_of(shift), self._scene.clock.business_now()
        begun = [one for one in slots if datetime.fromisoformat(one["begins_at"]) <= now]
        before = [
            one
            for one in slots
            if one["number"] < own["number"] and one not in begun and self._numbers.is_taken(one["slot_no"])
        ]
        state = self._state(held, own, now)
        return {
            "state": state, "now_number": begun[-1]["number"] if begun else 0, "ahead": len(before), "place": shift["place"],
            "can_check_in": state == "booked" and held["state"] != RESERVED and datetime.fromisoformat(own["begins_at"]).date() == now.date(),
        }  # fmt: skip

    def check_in(self, asked: Record) -> Record:
        """Repeatable. Raises No before the day, and when the time is over."""
        held, _, own = self._number(asked["out_trade_no"])
        told = self.queue(asked)
        if told["state"] in {"checked_in", "called"}:
            return told
        if not told["can_check_in"]:
            raise No("REFUSED", "现在不能签到，请在就诊当天、就诊时间以前签到")
        self._scene.records.put(SLOT, own["slot_no"], {**held, "state": "checked_in"})
        return self.queue(asked)

    def see(self, out_trade_no: str) -> None:
        """The doctor sees the patient of this number: it is used. Raises No for one that nobody holds any more."""
        held, _, own = self._number(out_trade_no)
        self._scene.records.put(SLOT, own["slot_no"], {**held, "state": "seen"})

    def _state(self, held: Record, own: Record, now: datetime) -> str:
        if held["state"] == "seen":
            return "used"
        begins, ends = (datetime.fromisoformat(own[name]) for name in ("begins_at", "ends_at"))
        if ends <= now:
            return "used" if held["state"] == "checked_in" else "missed"
        if held["state"] == "checked_in":
            return "called" if begins <= now else "checked_in"
        return "booked"

    def _number(self, number: str) -> tuple[Record, Record, Record]:
        """Who holds it, its shift, and it itself. Raises No."""
        trade = self._scene.records.get(TRADE, number)
        held = None if trade is None else self._scene.records.get(SLOT, str(trade.get("slot_no", "")))
        if trade is None or held is None or held["out_trade_no"] != number:
            raise No("NO_DATA", "没有这个挂号")
        return held, *schedule_and_slot(trade["slot_no"])
