"""What the demo hospital has: departments, doctors, items and prices; and a few hundred invented patients with bills, from a seed."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import lru_cache

from sandbox.world.people import Person
from sandbox.world.wire import Record

DEPARTMENTS: dict[str, tuple[tuple[str, ...], tuple[tuple[str, str, str, str, int], ...]]] = {
    # name: doctors, items (name, category, spec, unit, price in fen)
    "心血管内科": (("林示范", "高样本"), (
        ("阿司匹林肠溶片", "西药", "100mg×30片", "盒", 1280), ("苯磺酸氨氯地平片", "西药", "5mg×28片", "盒", 2360),
        ("阿托伐他汀钙片", "西药", "20mg×7片", "盒", 1890), ("十二导联心电图", "检查", "", "次", 3000), ("血脂四项", "检验", "", "项", 4200))),
    "呼吸内科": (("沈假定", "何虚拟"), (
        ("阿莫西林胶囊", "西药", "0.25g×24粒", "盒", 960), ("盐酸氨溴索口服溶液", "西药", "100ml", "瓶", 2150),
        ("胸部正位片", "检查", "", "次", 8000), ("血常规", "检验", "五分类", "项", 2200))),
    "骨科": (("韩模拟", "许例子"), (
        ("膝关节磁共振平扫", "检查", "", "部位", 52000), ("双氯芬酸钠缓释片", "西药", "75mg×10片", "盒", 2480), ("石膏外固定", "治疗", "", "次", 12000))),
    "儿科": (("白演示", "蓝测验"), (
        ("布洛芬混悬液", "西药", "100ml", "瓶", 1850), ("小儿豉翘清热颗粒", "中成药", "2g×9袋", "盒", 3180), ("甲型流感抗原检测", "检验", "", "项", 3500))),
    "中医科": (("秦设定",), (
        ("黄芪", "中草药", "饮片", "g", 12), ("当归", "中草药", "饮片", "g", 15), ("针刺治疗", "治疗", "五个穴位", "次", 4500), ("艾灸", "治疗", "", "次", 3000))),
    "眼科": (("钱样板",), (
        ("玻璃酸钠滴眼液", "西药", "0.1% 5ml", "支", 3260), ("眼底照相", "检查", "双眼", "次", 6000), ("验光", "检查", "", "次", 1500))),
}  # fmt: skip
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN = ("样本", "测试", "虚构", "演示", "例子", "假定", "模拟", "无名", "某某", "示例")
PATIENTS = 300
BILLS_OF_PEOPLE = 3


def patient_of_person(person: Person) -> Record:
    return {
        "patient_id": f"P{person.number:06d}", "name": person.name, "sex": person.sex, "birth_date": person.birth_date,
        "phone": person.phone, "id_no": person.id_no, "cards": list(person.cards),
    }  # fmt: skip


def invented_patients(dice: random.Random) -> list[Record]:
    """Patients without a phone of their own in the sandbox. Area code 999999 and block 1990001 belong to nobody."""
    patients = []
    for number in range(1, PATIENTS + 1):
        birth = f"{dice.randint(1935, 2024)}-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}"
        patients.append({
            "patient_id": f"Q{number:06d}", "name": dice.choice(SURNAMES) + dice.choice(GIVEN), "sex": dice.choice(["male", "female"]),
            "birth_date": birth, "phone": f"1990001{number:04d}", "id_no": f"999999{birth.replace('-', '')}{number % 1000:03d}X",
            "cards": [f"8801{number:06d}"],
        })  # fmt: skip
    return patients


def invented_bill(
    dice: random.Random,
    number: int,
    patient: Record,
    issued_at: datetime,
    settle_group: str,
    *,
    card_no: str = "",
    own_fen: int | None = None,
) -> Record:
    """Total = fund + account + own. One bill in twelve is fully paid by insurance: nothing to pay. ``own_fen``: one item of that price."""
    department = dice.choice(list(DEPARTMENTS))
    doctors, offered = DEPARTMENTS[department]
    items = [
        _item(dice, f"{number:06d}-{line}", item)
        for line, item in enumerate(dice.sample(offered, dice.randint(1, min(4, len(offered)))), 1)
    ]
    if own_fen is not None:
        items = [_item(dice, f"{number:06d}-1", ("综合诊疗费", "诊察", "", "次", own_fen), 1)]
    total = sum(item["amount_fen"] for item in items)
    insured = dice.random() < 0.7 and own_fen is None
    fund = (
        total if number % 12 == 0 and own_fen is None else (total * dice.choice([50, 60, 70]) // 100 if insured else 0)
    )
    account = min(total - fund, dice.choice([0, 0, 1000, 2000])) if insured else 0
    if number % 2:  # every other bill says the patient's part of each item, as some hospitals' systems do
        _split(items, total, total - fund - account)
    return {
        "bill_no": f"MZ{issued_at:%Y%m%d}{number:06d}", "card_no": card_no or patient["cards"][0], "patient_name": patient["name"], "kind": "outpatient",
        "department": department, "doctor": dice.choice(doctors), "issued_at": issued_at.isoformat(timespec="seconds"), "status": "unpaid",
        "total_fen": total, "fund_fen": fund, "account_fen": account, "own_fen": total - fund - account, "settle_group": settle_group, "items": items,
    }  # fmt: skip


def _split(items: list[Record], total: int, own: int) -> None:
    """Gives every item its ``own_fen``: the first ones are rounded down, the last one takes the rest."""
    left = own
    for item in items[:-1]:
        item["own_fen"] = own * item["amount_fen"] // total if total else 0
        left -= item["own_fen"]
    items[-1]["own_fen"] = left


def _item(dice: random.Random, item_no: str, offered: tuple[str, str, str, str, int], count: int = 0) -> Record:
    name, category, spec, unit, price = offered
    quantity = count or dice.choice([10, 15, 20] if unit == "g" else [1, 1, 1, 2, 3])
    return {
        "item_no": item_no, "name": name, "category": category, "spec": spec, "unit": unit, "quantity": str(quantity),
        "unit_price_fen": price, "amount_fen": price * quantity,
    }  # fmt: skip


@lru_cache(maxsize=1)
def first_morning(seed: int, people: tuple[Person, ...], now: datetime) -> tuple[list[Record], list[Record]]:
    """(patients, bills). Everybody with a phone has three bills, the first two of which can be settled together.

    Worlds that begin at the same moment share these records; nobody changes a record in place.
    """
    dice = random.Random(seed)
    patients = [patient_of_person(person) for person in people]
    bills, number = [], 0
    for patient in patients:
        visit = now - timedelta(minutes=dice.randint(20, 200))
        for line in range(BILLS_OF_PEOPLE):
            number += 1
            group = f"{patient['patient_id']}-{'A' if line < 2 else 'B'}"
            bills.append(invented_bill(dice, number, patient, visit + timedelta(minutes=line), group))
    others = invented_patients(dice)
    for patient in others:
        for _ in range(dice.choice([0, 1, 1, 2])):
            number += 1
            issued = now - timedelta(minutes=dice.randint(5, 2000))
            bills.append(invented_bill(dice, number, patient, issued, f"{patient['patient_id']}-A"))
    return [*patients, *others], bills
