"""Whose each number of a shift is: locked, offered, booked, or free (docs/his-interface.md section 9)."""

from __future__ import annotations

from datetime import datetime

from sandbox.hospital.schedules import slots_of, taken_by_others
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

SLOT, NUMBER = "his.slot", "his.slot_of_number"
GIVEN_BACK = "his.slot_given_back"
"""Numbers of people who came another way and have given them back."""
OFFERED = "offered"


class Numbers:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def holder(self, slot_no: str) -> Record | None:
        """Who has the number through the app: a booking, or a lock or an offer that has not ended."""
        held = self._scene.records.get(SLOT, slot_no)
        if held is None or (held["until"] and datetime.fromisoformat(held["until"]) <= self._scene.clock.now()):
            return None
        return held

    def holders(self) -> list[Record]:
        """Every lock and booking that holds a number now."""
        held = (self.holder(one["slot_no"]) for one in list(self._scene.records.all(SLOT)))
        return [one for one in held if one is not None and one["state"] != OFFERED]

    def is_taken(self, slot_no: str) -> bool:
        return self.holder(slot_no) is not None or self.is_others(slot_no)

    def is_others(self, slot_no: str) -> bool:
        """Is it of somebody who came another way, and still has it?"""
        return taken_by_others(slot_no) and self._scene.records.get(GIVEN_BACK, slot_no) is None

    def keep(self, slot_no: str, number: str, card_no: str, state: str, until: str) -> None:
        kept = {"slot_no": slot_no, "out_trade_no": number, "card_no": card_no, "state": state, "until": until}
        self._scene.records.put(SLOT, slot_no, kept)
        if number:
            self._scene.records.put(NUMBER, number, {"slot_no": slot_no, "card_no": card_no})

    def release(self, number: str) -> None:
        """What is held under this number of the app's is free."""
        known = self._scene.records.get(NUMBER, number)
        held = None if known is None else self._scene.records.get(SLOT, known["slot_no"])
        if held is not None and held["out_trade_no"] == number:
            self._scene.records.drop(SLOT, held["slot_no"])

    def withdraw(self, slot_no: str) -> None:
        """The number is offered to nobody any more."""
        held = self._scene.records.get(SLOT, slot_no)
        if held is not None and held["state"] == OFFERED:
            self._scene.records.drop(SLOT, slot_no)

    def free(self, shift: Record) -> list[Record]:
        """Numbers that nobody has, and whose time is not over."""
        now = self._scene.clock.business_now()
        return [
            slot
            for slot in slots_of(shift)
            if not self.is_taken(slot["slot_no"]) and datetime.fromisoformat(slot["ends_at"]) > now
        ]

    def give_back(self, slot_no: str) -> bool:
        """Somebody who came another way gives the number back; False where nobody such has it."""
        held = self.holder(slot_no)
        if held is not None and not held["out_trade_no"] and held["state"] == "booked":
            self._scene.records.drop(SLOT, slot_no)
        elif held is not None or not self.is_others(slot_no):
            return False
        self._scene.records.put(GIVEN_BACK, slot_no, {"slot_no": slot_no})
        return True
