"""The HIS gives out numbers: locked for a while, confirmed when paid, free again (docs/his-interface.md section 9).

Only locks, bookings and ended numbers of ours are records.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from sandbox.hospital.clinics import OPEN, Clinics
from sandbox.hospital.errors import No
from sandbox.hospital.ledger import CONTENT, TRADE
from sandbox.hospital.numbers import NUMBER, OFFERED, SLOT, Numbers
from sandbox.hospital.schedules import (
    departments,
    doctors,
    ends_at,
    schedule,
    schedule_and_slot,
    schedule_no_of,
    schedules_of,
    slots_of,
)
from sandbox.world.chance import rfc3339
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

ENDED = "his.slot_ended"
TO_COME = frozenset({"booked", "reserved"})
LOCKED_UNDER = "his.clinic_when_locked"
"""What was known of the clinic when the number was locked: a patient who took it knowing of a change is not told again."""
LOCK_MINUTES_MAX = 30
DAYS_MAX = 60
CONFIRMED = tuple(name for name in CONTENT if name != "bill_nos")
USED = frozenset({"checked_in", "seen"})
GONE = "这个号已被占用，请选择其他号"


class Registration:
    """``patient`` finds the patient of a card (raises No)."""

    def __init__(self, scene: Scene, patient: Callable[[Record], Record]) -> None:
        self.scene = scene
        self._patient = patient
        self.numbers = Numbers(scene)
        self.clinics = Clinics(scene)
        self.functions: dict[str, Callable[[Record], Record]] = {
            "reg.departments": self.departments,
            "reg.doctors": self.doctors,
            "reg.schedules": self.schedules,
            "reg.slots": self.slots,
            "reg.lock": self.lock,
            "reg.unlock": self.unlock,
            "reg.confirm": self.confirm,
            "reg.cancel": self.cancel,
        }

    # ---- questions ---------------------------------------------------------------------------------------------------------------

    def departments(self, asked: Record) -> Record:
        return {"departments": departments()}

    def doctors(self, asked: Record) -> Record:
        return {"doctors": doctors()}

    def schedules(self, asked: Record) -> Record:
        first, last = date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"])
        days = [first + timedelta(days=place) for place in range(min((last - first).days, DAYS_MAX) + 1)]
        shifts = [shift for day in days for shift in schedules_of(asked["department_no"], day)]
        return {"schedules": [self.told(shift) for shift in shifts]}

    def slots(self, asked: Record) -> Record:
        shift = schedule(asked["schedule_no"])
        return {"schedule": self.told(shift), "slots": self._free(shift)}

    # ---- one number --------------------------------------------------------------------------------------------------------------

    def lock(self, asked: Record) -> Record:
        """The same number of the app with the same content is locked once; an ended one never again."""
        number, slot_no = asked["out_trade_no"], asked["slot_no"]
        if self.scene.records.get(ENDED, number) is not None:
            raise No("REFUSED", "这个支付单号已经释放过号源")
        shift, _ = self._open(slot_no)
        cards = self._patient({"card_no": asked["card_no"]})["patient"]["cards"]
        if asked["amount_fen"] != shift["fee_fen"]:
            raise No("AMOUNT_DIFFERS", "挂号费有变化")
        known, held = self.scene.records.get(NUMBER, number), self.numbers.holder(slot_no)
        if known is not None and (known["slot_no"], known["card_no"]) != (slot_no, asked["card_no"]):
            raise No("CONFLICT", "这个支付单号已用于其他内容")
        if held is not None and held["out_trade_no"] == number:
            return {"until": held["until"]}
        is_offered = held is not None and held["state"] == OFFERED and held["card_no"] in cards
        if (held is not None and not is_offered) or self.numbers.is_others(slot_no):
            raise No("REFUSED", GONE)
        longest = self.scene.clock.now() + timedelta(minutes=LOCK_MINUTES_MAX)
        until = min(datetime.fromisoformat(asked["until"]), longest)
        self.numbers.keep(slot_no, number, asked["card_no"], "locked", rfc3339(until))
        if known is None:
            self.scene.records.put(LOCKED_UNDER, number, self.clinics.of(shift["schedule_no"]))
        return {"until": rfc3339(until)}

    def unlock(self, asked: Record) -> Record:
        """What is locked under this number is free; a later lock under it is refused. What is booked stays."""
        number = asked["out_trade_no"]
        if self.scene.records.get(TRADE, number) is not None:
            return {}
        self.scene.records.put(ENDED, number, {"out_trade_no": number})
        self.numbers.release(number)
        return {}

    def confirm(self, asked: Record) -> Record:
        """Booked, also after the lock has ended, while nobody else has the number. The same content gets the first result again."""
        number, slot_no = asked["out_trade_no"], asked["slot_no"]
        known = self.scene.records.get(TRADE, number)
        if known is not None:
            if any(known[name] != asked[name] for name in (*CONFIRMED, "slot_no")):
                raise No("CONFLICT", "这个支付单号已用于其他内容")
            return receipt(known)
        shift, slot = self._open(slot_no)
        held = self.numbers.holder(slot_no)
        if (held is not None and held["out_trade_no"] != number) or (held is None and self.numbers.is_others(slot_no)):
            raise No("REFUSED", GONE)
        if asked["amount_fen"] != shift["fee_fen"]:
            raise No("AMOUNT_DIFFERS", "支付金额与挂号费不符")
        if (asked["channel"] == "none") != (asked["amount_fen"] == 0) or (
            asked["amount_fen"] and not asked["transaction_id"]
        ):
            raise No("REFUSED", "支付渠道与金额不符，或没有渠道交易号")
        trade = self.booked({"out_trade_no": number, **{name: asked[name] for name in CONFIRMED}}, shift, slot)
        self.scene.records.put(TRADE, number, trade)
        self.numbers.keep(slot_no, number, asked["card_no"], "booked", "")
        if self.clinics.of(shift["schedule_no"]) != (self.scene.records.get(LOCKED_UNDER, number) or OPEN):
            self.clinics.announce(shift["schedule_no"], number)
        return receipt(trade)

    def cancel(self, asked: Record) -> Record:
        """A number that cost nothing here is given back. Repeatable."""
        trade = self.trade(asked["out_trade_no"])
        if trade["amount_fen"]:
            raise No("REFUSED", "已付款的号请按退费办理")
        if trade.get("paid_at_window"):
            raise No("REFUSED", "挂号费已在窗口支付，请到窗口退号")
        self.must_be_unused(trade)
        self.written_off(trade)
        return {}

    # ---- what became of it -------------------------------------------------------------------------------------------------------

    def must_be_unused(self, trade: Record) -> None:
        """Raises No for the number of somebody who has been seen."""
        held = self.scene.records.get(SLOT, str(trade.get("slot_no", "")))
        if held is not None and held["out_trade_no"] == trade["out_trade_no"] and held["state"] in USED:
            raise No("REFUSED", "已经签到或就诊，不能退号")

    def written_off(self, trade: Record) -> None:
        """The number of a booking that is given back is free again."""
        if not trade.get("slot_no"):
            return
        number, at = trade["out_trade_no"], rfc3339(self.scene.clock.business_now())
        clinic = self.clinics.of(schedule_no_of(trade["slot_no"]))["state"]
        ended = {**(self.scene.records.get(TRADE, number) or trade), "ended_at": at, "ended_while": clinic}
        self.scene.records.put(TRADE, number, ended)
        self.numbers.release(number)

    def change(self, schedule_no: str, state: str, replaced_by: str = "", reason: str = "") -> list[str]:
        """停诊, 替诊, or as before: every booked number of the app's is told. Returns our numbers of them. Raises No."""
        schedule(schedule_no)
        booked = [
            one["out_trade_no"]
            for one in self.numbers.holders()
            if one["state"] in TO_COME
            and schedule_no_of(one["slot_no"]) == schedule_no
            and self.scene.records.get(TRADE, one["out_trade_no"]) is not None
        ]
        told = {"state": state, "replaced_by": replaced_by, "reason": reason}
        self.clinics.change(schedule_no, told, booked)
        return booked

    def fill(self, schedule_no: str) -> int:
        """People at the windows take every free number of the shift; returns how many. Raises No."""
        free = self._free(schedule(schedule_no))
        for slot in free:
            self.numbers.keep(slot["slot_no"], "", "", "booked", "")
        return len(free)

    def give_back(self, schedule_no: str) -> str:
        """Somebody who came another way gives back a number of the shift; returns which. Raises No."""
        now = self.scene.clock.business_now()
        for slot in slots_of(schedule(schedule_no)):
            if datetime.fromisoformat(slot["ends_at"]) > now and self.numbers.give_back(slot["slot_no"]):
                return str(slot["slot_no"])
        raise No("NO_DATA", "这个班次没有别人的号")

    def next_clinic_of(self, card_no: str) -> str:
        """The shift of the next number that this card has. Raises No."""
        booked = [one for one in self.numbers.holders() if one["card_no"] == card_no and one["state"] in TO_COME]
        if not booked:
            raise No("NO_DATA", "没有预约的号")
        return schedule_no_of(min(one["slot_no"] for one in booked))

    # ---- steps -------------------------------------------------------------------------------------------------------------------

    def _free(self, shift: Record) -> list[Record]:
        """Numbers that anybody may take now: of a stopped shift none, and none whose time is over."""
        if self.clinics.is_stopped(shift["schedule_no"]):
            return []
        return self.numbers.free(shift)

    def told(self, shift: Record) -> Record:
        """A shift as the interface tells it: without how many numbers it has, and with how many are free and when the last one ends."""
        told = {name: value for name, value in shift.items() if name != "count"} | {"ends_at": ends_at(shift)}
        clinic = self.clinics.of(shift["schedule_no"])
        return {**told, "state": clinic["state"], "replaced_by": clinic["replaced_by"], "left": len(self._free(shift))}

    def booked(self, told: Record, shift: Record, slot: Record) -> Record:
        return {
            **told, "bill_nos": [], "slot_no": slot["slot_no"],
            "department": shift["department"], "doctor": shift["doctor"], "place": shift["place"], "number": slot["number"],
            "his_trade_no": f"HIS{self.scene.dice.digits(12)}", "receipt_no": f"GH{self.scene.dice.digits(10)}",
            "at": rfc3339(self.scene.clock.business_now()), "released_fen": 0, "released_lines": {},
        }  # fmt: skip

    def _open(self, slot_no: str) -> tuple[Record, Record]:
        """The shift of a number, and the number. Raises No for a number that there is not, and for a clinic that is stopped."""
        shift, slot = schedule_and_slot(slot_no)
        if self.clinics.is_stopped(shift["schedule_no"]):
            raise No("REFUSED", "医生停诊，请选择其他时间")
        return shift, slot

    def trade(self, number: str) -> Record:
        """The booking of our number, also one that was given back. Raises No."""
        trade = self.scene.records.get(TRADE, number)
        if trade is None or not trade.get("slot_no"):
            raise No("NO_DATA", "没有这个挂号")
        return trade


def receipt(trade: Record) -> Record:
    guide = f"请按时到{trade['place']}候诊，您是 {trade['number']} 号。"
    if trade.get("pay_until"):
        until = datetime.fromisoformat(trade["pay_until"])
        guide = f"{until.month}月{until.day}日 {until:%H:%M} 前到窗口付挂号费"
    return {
        "his_trade_no": trade["his_trade_no"], "receipt_no": trade["receipt_no"], "receipt_url": "", "guide_text": guide,
    }  # fmt: skip
