"""What became of a patient's numbers: booked, used, missed, given back (docs/his-interface.md section 9, reg.records)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from sandbox.hospital.clinics import Clinics
from sandbox.hospital.ledger import TRADE
from sandbox.hospital.numbers import SLOT
from sandbox.hospital.registration import USED
from sandbox.hospital.schedules import departments, schedule_and_slot, schedule_no_of, schedules_of, slots_of
from sandbox.world.chance import rfc3339
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

OLD = "his.old_registration"
"""Numbers from before the first morning. Nobody took them through the app."""


class Attendance:
    """``patient`` finds the patient of a card (raises No)."""

    def __init__(self, scene: Scene, patient: Callable[[Record], Record]) -> None:
        self._scene = scene
        self._patient = patient
        self._clinics = Clinics(scene)
        self.functions: dict[str, Callable[[Record], Record]] = {"reg.records": self.records}

    def records(self, asked: Record) -> Record:
        """Returns what every card of the patient has or had in these days. Raises No."""
        cards = set(self._patient({"card_no": asked["card_no"]})["patient"]["cards"])
        first, last = date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"])
        found = [
            *self._ours(cards),
            *(one["record"] for one in self._scene.records.all(OLD) if one["card_no"] in cards),
        ]
        return {"records": [one for one in found if first <= datetime.fromisoformat(one["begins_at"]).date() <= last]}

    def miss(self, card_no: str, count: int) -> None:
        """The patient has missed ``count`` numbers of the last weeks, on days that the card's number decides. Raises No."""
        self._patient({"card_no": card_no})
        now, dice = self._scene.clock.business_now(), random.Random(f"missed/{card_no}")
        for place in range(1, count + 1):
            day = now.date() - timedelta(days=7 * place)
            shift = next(iter(schedules_of(dice.choice(departments())["department_no"], day)))
            slot = dice.choice(slots_of(shift))
            begins = datetime.fromisoformat(slot["begins_at"])
            record = {
                "slot_no": slot["slot_no"], "department_no": shift["department_no"], "begins_at": slot["begins_at"],
                "taken_at": rfc3339(begins - timedelta(days=2)), "state": "missed", "ended_at": slot["ends_at"], "out_trade_no": "",
            }  # fmt: skip
            self._scene.records.put(OLD, f"{card_no}/{slot['slot_no']}", {"card_no": card_no, "record": record})

    def _ours(self, cards: set[str]) -> Iterator[Record]:
        for trade in self._scene.records.all(TRADE):
            if trade.get("slot_no") and trade["card_no"] in cards:
                yield self._told(trade)

    def _told(self, trade: Record) -> Record:
        shift, slot = schedule_and_slot(trade["slot_no"])
        state, ended_at = self._became(trade, slot)
        return {
            "slot_no": trade["slot_no"], "department_no": shift["department_no"], "begins_at": slot["begins_at"],
            "taken_at": trade["at"], "state": state, "ended_at": ended_at, "out_trade_no": trade["out_trade_no"],
        }  # fmt: skip

    def _became(self, trade: Record, slot: Record) -> tuple[str, str | None]:
        """The state, and since when."""
        now = self._scene.clock.now()
        if trade.get("pay_until") and not trade.get("paid_at_window"):
            limit = datetime.fromisoformat(trade["pay_until"])
            if limit <= min(now, datetime.fromisoformat(trade.get("ended_at") or rfc3339(now))):
                return "missed", trade["pay_until"]
        if trade.get("ended_at"):
            return ("stopped" if trade["ended_while"] != "open" else "cancelled"), trade["ended_at"]
        held = self._scene.records.get(SLOT, trade["slot_no"]) or {}
        if held.get("state") in USED:
            return "used", slot["begins_at"]
        clinic = self._clinics.of(schedule_no_of(slot["slot_no"]))
        if clinic["state"] == "stopped":
            return "stopped", clinic["at"]
        is_over = datetime.fromisoformat(slot["ends_at"]) <= self._scene.clock.business_now()
        return ("missed", slot["ends_at"]) if is_over else ("booked", None)
