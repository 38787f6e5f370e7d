"""Which doctors see patients when, and which numbers that makes: believable, and always the same for the same day (docs/his-interface.md section 9)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from sandbox.hospital.catalogue import DEPARTMENTS
from sandbox.hospital.errors import No
from sandbox.world.chance import CHINA
from sandbox.world.wire import Record

INPUT_CODES = {"心血管内科": "XXGNK", "呼吸内科": "HXNK", "骨科": "GK", "儿科": "EK", "中医科": "ZYK", "眼科": "YK"}
"""What clerks type for a department: the initials of its name in pinyin."""
DOCTOR_CODES = {
    "林示范": "LSF", "高样本": "GYB", "沈假定": "SJD", "何虚拟": "HXN", "韩模拟": "HMN", "许例子": "XLZ", "白演示": "BYS", "蓝测验": "LCY",
    "秦设定": "QSD", "钱样板": "QYB",
}  # fmt: skip
PLACES = (
    "门诊楼 2 层 A 区",
    "门诊楼 2 层 B 区",
    "门诊楼 3 层 A 区",
    "门诊楼 1 层儿科区",
    "门诊楼 4 层中医馆",
    "门诊楼 3 层 B 区",
)
CHILDREN = "儿科"
TITLES = (("主任医师", 3000, 12), ("副主任医师", 2000, 15), ("主治医师", 1000, 20))
"""Title, 诊查费 in fen, how many patients in a half day."""
GENERAL = ("普通门诊", 0, 20)
"""A number of the general clinic costs nothing in the demo hospital."""
HALF_DAYS = (("am", time(8, 0)), ("pm", time(13, 30)))
REGISTER_FEN = 100
MINUTES_EACH = 10
NO_SHIFT = "没有这个班次"


def departments() -> list[Record]:
    return [
        {
            "department_no": f"D{place:02d}", "name": name, "input_code": INPUT_CODES[name], "place": PLACES[place - 1],
            "note": "接诊 14 岁以下的就诊人" if name == CHILDREN else "",
        }
        for place, name in enumerate(DEPARTMENTS, start=1)
    ]  # fmt: skip


def doctors() -> list[Record]:
    """Every doctor by name; the general clinic is nobody's."""
    return [
        {
            "doctor_no": doctor_no(department, place), "name": name, "department_no": department["department_no"],
            "department": department["name"], "title": TITLES[place % len(TITLES)][0], "input_code": DOCTOR_CODES[name], "note": "",
        }
        for department in departments()
        for place, name in enumerate(DEPARTMENTS[department["name"]][0])
    ]  # fmt: skip


def doctor_no(department: Record, place: int) -> str:
    return f"{department['department_no']}{place:02d}"


def schedules_of(department_no: str, day: date) -> list[Record]:
    """The shifts of one day, without what patients have taken of them."""
    known = {one["department_no"]: one for one in departments()}
    department = known.get(department_no)
    return [] if department is None else list(_shifts(department, day))


def _shifts(department: Record, day: date) -> Iterator[Record]:
    doctors = (*DEPARTMENTS[department["name"]][0], "普通门诊")
    for place, doctor in enumerate(doctors):
        for half_day, _ in HALF_DAYS:
            dice = random.Random(f"{department['department_no']}/{day}/{place}/{half_day}")
            is_general = doctor == GENERAL[0]
            if not is_general and (dice.random() < 0.35 or day.weekday() == 6):
                continue
            title, fee_fen, count = GENERAL if is_general else TITLES[place % len(TITLES)]
            fees = [("GH", "挂号费", REGISTER_FEN), ("ZC", "诊查费", fee_fen)] if fee_fen else []
            yield {
                "schedule_no": f"{department['department_no']}-{day:%Y%m%d}-{place}-{half_day}",
                "department_no": department["department_no"], "department": department["name"],
                "doctor_no": doctor_no(department, place), "doctor": doctor, "title": "" if is_general else title,
                "input_code": DOCTOR_CODES.get(doctor, ""), "date": day.isoformat(), "half_day": half_day, "place": department["place"],
                "fee_fen": sum(fee for _, _, fee in fees), "count": count,
                "fees": [{"item_no": number, "name": name, "amount_fen": fee} for number, name, fee in fees],
            }  # fmt: skip


def schedule(schedule_no: str) -> Record:
    """By its number. Raises No."""
    department_no, _, rest = schedule_no.partition("-")
    try:
        day = datetime.strptime(rest[:8], "%Y%m%d").replace(tzinfo=CHINA).date()
    except ValueError:
        raise No("NO_DATA", NO_SHIFT) from None
    for one in schedules_of(department_no, day):
        if one["schedule_no"] == schedule_no:
            return one
    raise No("NO_DATA", NO_SHIFT)


def schedule_no_of(slot_no: str) -> str:
    """The number of the shift to which a number belongs."""
    return slot_no.rpartition("-")[0]


def schedule_and_slot(slot_no: str) -> tuple[Record, Record]:
    """The shift of a number, and the number itself. Raises No."""
    shift = schedule(schedule_no_of(slot_no))
    for one in slots_of(shift):
        if one["slot_no"] == slot_no:
            return shift, one
    raise No("NO_DATA", "没有这个号")


def slots_of(shift: Record) -> list[Record]:
    """All numbers of a shift, taken ones too."""
    begins = datetime.combine(date.fromisoformat(shift["date"]), dict(HALF_DAYS)[shift["half_day"]], tzinfo=CHINA)
    each = timedelta(minutes=MINUTES_EACH)
    return [
        {
            "slot_no": f"{shift['schedule_no']}-{number:02d}", "number": number,
            "begins_at": (begins + (number - 1) * each).isoformat(), "ends_at": (begins + number * each).isoformat(),
        }
        for number in range(1, shift["count"] + 1)
    ]  # fmt: skip


def ends_at(shift: Record) -> str:
    """When the last number of a shift ends."""
    return str(slots_of(shift)[-1]["ends_at"])


def taken_by_others(slot_no: str) -> bool:
    """Is this number of somebody who came another way? Nearly a third are."""
    return random.Random(f"others/{slot_no}").random() < 0.3
