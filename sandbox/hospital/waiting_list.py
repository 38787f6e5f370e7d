"""候补: who waits for a number of a full shift, and to whom one that has become free is offered (docs/his-interface.md section 9, reg.wait)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.hospital.clinics import Clinics
from sandbox.hospital.errors import No
from sandbox.hospital.numbers import OFFERED, Numbers
from sandbox.hospital.registration import Registration
from sandbox.hospital.schedules import ends_at, schedule, schedule_and_slot
from sandbox.world.chance import rfc3339
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

WAIT = "his.wait"
OFFER_PUSH = "notify.his.offer"
OFFER_MINUTES = 15
WAITING_MAX = 20
"""So many wait for one shift."""


class WaitingList:
    """First come, first offered. ``patient`` finds the patient of a card (raises No)."""

    def __init__(self, scene: Scene, registration: Registration, patient: Callable[[Record], Record]) -> None:
        self._scene = scene
        self._registration = registration
        self._numbers: Numbers = registration.numbers
        self._clinics = Clinics(scene)
        self._patient = patient
        self.functions: dict[str, Callable[[Record], Record]] = {
            "reg.wait": self.wait,
            "reg.wait_end": self.end,
            "reg.waits": self.waits,
        }

    def wait(self, asked: Record) -> Record:
        """Repeatable. Raises No for a shift that is not full, is stopped or over, and for a full list."""
        patient, shift = self._patient({"card_no": asked["card_no"]})["patient"], schedule(asked["schedule_no"])
        self.offer_due()
        key = _key(shift["schedule_no"], patient)
        if self._scene.records.get(WAIT, key) is None:
            self._must_be_full(shift)
            if len(self._waiting(shift["schedule_no"])) >= WAITING_MAX:
                raise No("REFUSED", "候补的人已满，请选择其他时间或医生")
            kept = {
                "key": key, "schedule_no": shift["schedule_no"], "card_no": asked["card_no"], "state": "waiting", "slot_no": "", "until": "",
                "turn": self._turn(),
            }  # fmt: skip
            self._scene.records.put(WAIT, key, kept)
        return {}

    def end(self, asked: Record) -> Record:
        """The patient waits no longer; what was offered to them goes to the next. Repeatable."""
        patient = self._patient({"card_no": asked["card_no"]})["patient"]
        wait = self._scene.records.get(WAIT, _key(asked["schedule_no"], patient))
        if wait is not None:
            self._drop(wait)
            self.offer_due()
        return {}

    def waits(self, asked: Record) -> Record:
        """Where the patient of this card stands in each list. Raises No."""
        cards = self._patient({"card_no": asked["card_no"]})["patient"]["cards"]
        self.offer_due()
        own = sorted((one for one in self._scene.records.all(WAIT) if one["card_no"] in cards), key=_turn_of)
        if not own:
            raise No("NO_DATA", "没有候补")
        return {"waits": [self._told(one) for one in own]}

    def offer_due(self) -> None:
        """What is over ends, and each free number of a shift goes to whoever waits longest for it."""
        for wait in sorted(self._scene.records.all(WAIT), key=_turn_of):
            if self._is_over(wait):
                self._drop(wait)
        for schedule_no in {one["schedule_no"] for one in self._scene.records.all(WAIT)}:
            waiting = [one for one in self._waiting(schedule_no) if one["state"] == "waiting"]
            for wait, slot in zip(waiting, self._numbers.free(schedule(schedule_no)), strict=False):
                self._offer(wait, slot["slot_no"])

    # ---- steps -------------------------------------------------------------------------------------------------------------------

    def _offer(self, wait: Record, slot_no: str) -> None:
        now = self._scene.clock.now()
        until = rfc3339(now + timedelta(minutes=OFFER_MINUTES))
        self._numbers.keep(slot_no, "", wait["card_no"], OFFERED, until)
        self._scene.records.put(WAIT, wait["key"], {**wait, "state": "offered", "slot_no": slot_no, "until": until})
        payload = {"card_no": wait["card_no"], "schedule_no": wait["schedule_no"]}
        self._scene.deliveries.add(OFFER_PUSH, f"{wait['key']}/{slot_no}", payload, now)

    def _is_over(self, wait: Record) -> bool:
        """Has the patient the number by now, has the offer ended, or is there nothing left to wait for?"""
        if self._clinics.is_stopped(wait["schedule_no"]):
            return True
        if wait["state"] == "offered":
            held = self._numbers.holder(wait["slot_no"])
            return held is None or held["state"] != OFFERED
        return self._has_ended(schedule(wait["schedule_no"]))

    def _drop(self, wait: Record) -> None:
        if wait["slot_no"]:
            self._numbers.withdraw(wait["slot_no"])
        self._scene.records.drop(WAIT, wait["key"])

    def _must_be_full(self, shift: Record) -> None:
        if self._clinics.is_stopped(shift["schedule_no"]):
            raise No("REFUSED", "医生停诊，请选择其他时间")
        if self._numbers.free(shift):
            raise No("REFUSED", "这个班次还有号，请直接挂号")
        if self._has_ended(shift):
            raise No("REFUSED", "这个班次已经结束，请选择其他时间")

    def _has_ended(self, shift: Record) -> bool:
        return datetime.fromisoformat(ends_at(shift)) <= self._scene.clock.business_now()

    def _waiting(self, schedule_no: str) -> list[Record]:
        """Who is on the list of a shift, the longest first."""
        return sorted((one for one in self._scene.records.all(WAIT) if one["schedule_no"] == schedule_no), key=_turn_of)

    def _turn(self) -> int:
        return max((int(one["turn"]) for one in self._scene.records.all(WAIT)), default=0) + 1

    def _told(self, wait: Record) -> Record:
        told: Record = {
            "schedule": self._registration.told(schedule(wait["schedule_no"])), "state": wait["state"], "ahead": 0, "slot": None, "until": None,
        }  # fmt: skip
        if wait["state"] == "offered":
            return {**told, "slot": schedule_and_slot(wait["slot_no"])[1], "until": wait["until"]}
        before = [one for one in self._waiting(wait["schedule_no"]) if one["turn"] < wait["turn"]]
        return {**told, "ahead": sum(one["state"] == "waiting" for one in before)}


def _key(schedule_no: str, patient: Record) -> str:
    return f"{schedule_no}/{patient['patient_id']}"


def _turn_of(wait: Record) -> int:
    return int(wait["turn"])
