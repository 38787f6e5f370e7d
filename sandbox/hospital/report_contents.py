"""What the demo hospital's laboratory, imaging and pathology write: invented reports from a seed, believable for a person of that age."""

from __future__ import annotations

import random
import struct
import zlib
from datetime import datetime, timedelta

from sandbox.world.wire import Record

Value = tuple[str, str, str, float, float, int]
"""Item number, name, unit, lower and upper end of the range, decimals."""
PANELS: dict[str, tuple[str, tuple[Value, ...]]] = {
    "血常规": ("静脉血", (
        ("WBC", "白细胞计数", "10^9/L", 3.5, 9.5, 2), ("RBC", "红细胞计数", "10^12/L", 3.8, 5.1, 2), ("HGB", "血红蛋白", "g/L", 115, 150, 0),
        ("PLT", "血小板计数", "10^9/L", 125, 350, 0), ("CRP", "C反应蛋白", "mg/L", 0, 10, 1))),
    "血脂四项": ("血清", (
        ("TC", "总胆固醇", "mmol/L", 2.8, 5.2, 2), ("TG", "甘油三酯", "mmol/L", 0.4, 1.7, 2),
        ("HDL", "高密度脂蛋白胆固醇", "mmol/L", 1.04, 1.55, 2), ("LDL", "低密度脂蛋白胆固醇", "mmol/L", 1.2, 3.4, 2))),
    "空腹血糖和糖化血红蛋白": ("静脉血", (("GLU", "葡萄糖", "mmol/L", 3.9, 6.1, 2), ("HBA1C", "糖化血红蛋白", "%", 4.0, 6.0, 1))),
}  # fmt: skip
REPEATED = ("血常规", "血脂四项", "血常规", "空腹血糖和糖化血红蛋白", "血常规", "血脂四项")
"""The panels of a person, one a month, the newest first: so a value has a history."""
SCREENING_TITLE = "术前感染筛查"
SCREENING = (("HBSAG", "乙肝表面抗原"), ("HCVAB", "丙肝抗体"), ("HIVAB", "HIV抗体"), ("TPAB", "梅毒螺旋体抗体"))
SIDE = 96
AUDITORS = ("审核员甲", "审核员乙")


def reports_of(dice: random.Random, number: int, patient: Record, now: datetime) -> list[Record]:
    """Of one patient: panels over half a year, a chest film with picture and PDF, a pathology, a sensitive screening, one not audited yet."""
    made = [
        lab(dice, f"R{number:04d}{place:02d}", patient, now - timedelta(days=30 * place, hours=2), title)
        for place, title in enumerate(REPEATED)
    ]
    begun = now - timedelta(days=9)
    made.append(screening(f"R{number:04d}20", patient, begun))
    made.append(film(f"R{number:04d}30", patient, begun - timedelta(days=3)))
    made.append(pathology(f"R{number:04d}40", patient, begun - timedelta(days=40)))
    waiting = lab(dice, f"R{number:04d}50", patient, now - timedelta(minutes=40), "血常规")
    made.append({**waiting, "state": "preliminary", "audited_at": None, "auditor": "", "printed": False})
    return made


def lab(dice: random.Random, report_no: str, patient: Record, audited: datetime, title: str) -> Record:
    specimen, values = PANELS[title]
    items = [_item(dice, value) for value in values]
    return {**_head(report_no, patient, "lab", title, audited), "specimen": specimen, "items": items}


def screening(report_no: str, patient: Record, audited: datetime) -> Record:
    items = [
        {"item_no": item_no, "name": name, "value": "阴性", "unit": "", "range": "阴性", "flag": "normal"}
        for item_no, name in SCREENING
    ]
    head = _head(report_no, patient, "lab", SCREENING_TITLE, audited)
    return {**head, "sensitive": True, "specimen": "血清", "items": items}


def film(report_no: str, patient: Record, audited: datetime) -> Record:
    return {
        **_head(report_no, patient, "exam", "胸部正位片", audited), "department": "放射科",
        "findings": "双侧胸廓对称，纵隔居中。双肺纹理稍增多，未见明确实变影。\n心影大小、形态在正常范围。双侧膈面光整，肋膈角锐利。",
        "conclusion": "双肺纹理稍增多，请结合临床。",
        "files": [
            {"file_no": "1", "name": "胸部正位", "media_type": "image/png"},
            {"file_no": "2", "name": "报告单", "media_type": "application/pdf"},
        ],
    }  # fmt: skip


def pathology(report_no: str, patient: Record, audited: datetime) -> Record:
    return {
        **_head(report_no, patient, "pathology", "胃窦活检组织病理", audited), "department": "病理科", "specimen": "胃窦黏膜",
        "findings": "灰白色组织两块，直径约0.2厘米。镜下见黏膜慢性炎细胞浸润，腺体排列规则。", "conclusion": "（胃窦）慢性浅表性胃炎。",
    }  # fmt: skip


def _head(report_no: str, patient: Record, kind: str, title: str, audited: datetime) -> Record:
    at = audited.isoformat(timespec="seconds")
    return {
        "report_no": report_no, "card_no": patient["cards"][0], "patient_name": patient["name"], "kind": kind, "title": title,
        "department": "检验科", "doctor": "高样本", "auditor": AUDITORS[len(title) % 2], "audited_at": at,
        "sampled_at": (audited - timedelta(hours=3)).isoformat(timespec="seconds"), "state": "audited", "printed": int(report_no[-2:]) % 3 == 1,
        "sensitive": False, "specimen": "", "items": [], "findings": "", "conclusion": "", "files": [],
    }  # fmt: skip


def _item(dice: random.Random, value: Value) -> Record:
    """Four of five values lie in their range; of the others a few lie far out of it."""
    item_no, name, unit, low, high, decimals = value
    width = high - low
    place = dice.choice([*(dice.uniform(0.1, 0.9) for _ in range(8)), -0.15, 1.2])
    measured = max(low + width * (place if dice.random() > 0.03 else 1.9), 0)
    ends = (f"{low:g}", f"{high:g}")
    reference = "–".join(ends) if low else f"<{ends[1]}"
    return {
        "item_no": item_no, "name": name, "value": f"{measured:.{decimals}f}", "unit": unit, "range": reference,
        "flag": _flag(measured, low, high),
    }  # fmt: skip


def _flag(measured: float, low: float, high: float) -> str:
    if measured < low:
        return "low"
    if measured <= high:
        return "normal"
    return "high" if measured < low + 1.6 * (high - low) else "very_high"


def picture() -> bytes:
    """A PNG that looks like a chest film from afar: two dark fields on grey."""
    rows = b"".join(b"\0" + bytes(_shade(x, y) for x in range(SIDE)) for y in range(SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def _shade(x: int, y: int) -> int:
    for centre in (0.32, 0.68):
        if ((x / SIDE - centre) / 0.16) ** 2 + ((y / SIDE - 0.5) / 0.34) ** 2 < 1:
            return 60
    return 170 if abs(x / SIDE - 0.5) < 0.05 else 130


def sheet(report_no: str) -> bytes:
    """A PDF of one page. Its standard fonts have no Chinese, so it is in English."""
    text = f"BT /F1 18 Tf 60 780 Td (Demo hospital - chest film {report_no}) Tj ET".encode()
    bodies = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    written, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(written))
        written += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    begins = len(written)
    return written + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        begins,
    )
