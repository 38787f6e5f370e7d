"""The demo hospital's wards: beds, what a day there costs, and a few invented admissions, from a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone

from sandbox.world.wire import Record

Offered = tuple[str, str, str, str, int]
"""Name, category, spec, unit, price in fen."""
WARDS: dict[str, tuple[str, tuple[str, ...], int, tuple[Offered, ...]]] = {
    # department: ward, doctors, average own part of the disease in fen, what is given there
    "心血管内科": ("心内科一病区", ("林示范", "高样本"), 650_000, (
        ("注射用丹参多酚酸盐", "西药", "100mg", "支", 5320), ("硝酸甘油注射液", "西药", "5mg", "支", 1180), ("心电监护", "检查", "", "小时", 400),
        ("心肌酶谱", "检验", "", "项", 8500), ("超声心动图", "检查", "", "次", 24000))),
    "呼吸内科": ("呼吸科二病区", ("沈假定", "何虚拟"), 420_000, (
        ("注射用头孢曲松钠", "西药", "1.0g", "支", 1960), ("布地奈德雾化混悬液", "西药", "1mg", "支", 690), ("雾化吸入", "治疗", "", "次", 800),
        ("血气分析", "检验", "", "项", 5500), ("胸部CT平扫", "检查", "", "次", 22000))),
    "骨科": ("骨科三病区", ("韩模拟", "许例子"), 1_280_000, (
        ("注射用头孢呋辛钠", "西药", "0.75g", "支", 1240), ("换药", "治疗", "中", "次", 2600), ("膝关节X线", "检查", "正侧位", "次", 9000),
        ("凝血四项", "检验", "", "项", 4800), ("康复训练", "治疗", "", "次", 6000))),
}  # fmt: skip
EVERY_DAY: tuple[Offered, ...] = (
    ("三人间床位费", "床位", "三人间", "天", 6000), ("二级护理", "护理", "", "天", 2400), ("住院诊查费", "诊察", "", "天", 2000),
)  # fmt: skip
KINDS = ("床位", "诊察", "护理", "检查", "检验", "治疗", "西药")
FUND_PERCENT = 65
ZONE = timezone(timedelta(hours=8))


def invented_admission(
    dice: random.Random, number: int, patient: Record, now: datetime, *, state: str = "admitted", insured: bool = True
) -> Record:
    """One stay that began some days ago, with a deposit paid in cash at the window."""
    department = dice.choice(list(WARDS))
    ward, doctors, average_fen, _ = WARDS[department]
    days = dice.randint(3, 6)
    now = now.astimezone(ZONE)
    admitted = (now - timedelta(days=days)).replace(hour=9, minute=dice.randint(0, 59), second=0, microsecond=0)
    left = (now - timedelta(hours=20)).replace(microsecond=0) if state == "discharged" else None
    return {
        "admission_no": f"ZY{admitted:%y%m}{number:05d}", "stay": 1, "card_no": patient["cards"][0], "patient_name": patient["name"],
        "department": department, "ward": ward, "bed": str(dice.randint(1, 40)), "doctor": dice.choice(doctors),
        "admitted_at": admitted.isoformat(timespec="seconds"), "discharged_at": left and left.isoformat(timespec="seconds"), "state": state,
        "average_fen": average_fen, "fund_percent": FUND_PERCENT if insured else 0, "trades": [], "window": [{
            "his_trade_no": f"HISW{number:011d}", "receipt_no": f"YJ{number:010d}", "way": "cash", "amount_fen": 100_000,
            "paid_at": (admitted + timedelta(minutes=10)).isoformat(timespec="seconds"),
        }],
    }  # fmt: skip


def items_of_day(seed: int, admission: Record, day: date) -> list[Record]:
    """What that day cost, always the same for the same day."""
    dice = random.Random(f"{seed}/{admission['admission_no']}/{day}")
    offered = WARDS[admission["department"]][3]
    given = [(one, 1) for one in EVERY_DAY]
    given += [(one, dice.choice((1, 1, 2, 3))) for one in dice.sample(offered, dice.randint(2, len(offered)))]
    return [
        {"name": name, "category": category, "spec": spec, "unit": unit, "quantity": str(count), "unit_price_fen": price, "amount_fen": price * count}
        for (name, category, spec, unit, price), count in given
    ]  # fmt: skip


def by_kind(items: Sequence[Record]) -> list[Record]:
    """Grouped by kind of item, in the order of the hospital's list."""
    kinds = sorted({item["category"] for item in items}, key=KINDS.index)
    return [
        {
            "category": kind,
            "amount_fen": sum(item["amount_fen"] for item in items if item["category"] == kind),
            "items": [_without_kind(item) for item in items if item["category"] == kind],
        }
        for kind in kinds
    ]


def _without_kind(item: Record) -> Record:
    return {name: value for name, value in item.items() if name != "category"}
