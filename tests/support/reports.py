"""Invented reports, and a HIS that tells of them as it should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from server.core.days import hospital_day
from server.infrastructure.qr_png import draw
from server.reports.model import (
    FileContent,
    Flag,
    LabItem,
    PastValue,
    Report,
    ReportFile,
    ReportHead,
    ReportKind,
    ReportState,
)
from server.reports.ports import ReportOffer
from server.reports.rules import ReportRules
from tests.support.builders import CARD
from tests.support.clock_and_ids import MORNING
from tests.support.played import Played

PNG = b"\x89PNG\r\n\x1a\npicture"
PDF = b"%PDF-1.4 paper"
RULES = ReportRules(sensitive_words=("HIV", "梅毒"))


def a_head(report_no: str = "R1", **fields: Any) -> ReportHead:
    facts: dict[str, Any] = {
        "report_no": report_no,
        "card_no": CARD,
        "patient_name": "张测试",
        "kind": ReportKind.LAB,
        "title": "血脂四项",
        "department": "检验科",
        "doctor": "李虚构",
        "auditor": "王审核",
        "sampled_at": MORNING - timedelta(hours=5),
        "audited_at": MORNING - timedelta(hours=2),
        "state": ReportState.AUDITED,
        "is_printed": False,
        "abnormal": 1,
    }
    return ReportHead(**{**facts, **fields})


def an_item(item_no: str = "LDL", **fields: Any) -> LabItem:
    facts: dict[str, Any] = {
        "item_no": item_no,
        "name": "低密度脂蛋白胆固醇",
        "value": "3.91",
        "unit": "mmol/L",
        "reference": "1.2–3.4",
        "flag": Flag.HIGH,
    }
    return LabItem(**{**facts, **fields})


def a_report(report_no: str = "R1", *items: LabItem, head: Any = None, **fields: Any) -> Report:
    facts: dict[str, Any] = {"specimen": "血清", "findings": "", "conclusion": "", "files": ()}
    of_kind = items or (an_item(), an_item("TC", name="总胆固醇", value="4.10", reference="2.8–5.2", flag=Flag.NORMAL))
    return Report(head=a_head(report_no, **(head or {})), items=of_kind, **{**facts, **fields})


def a_film(report_no: str = "R2", **head: Any) -> Report:
    """A chest film with a picture and a PDF."""
    files = (
        ReportFile(file_no="1", name="胸部正位", media_type="image/png"),
        ReportFile(file_no="2", name="报告单", media_type="application/pdf"),
    )
    of_film = {"kind": ReportKind.EXAM, "title": "胸部正位片", "abnormal": None, **head}
    told = a_report(
        report_no, head=of_film, findings="双肺纹理稍增多。\n心影正常。", conclusion="请结合临床。", files=files
    )
    return replace(told, items=())


def a_screening(report_no: str = "R3", **head: Any) -> Report:
    """A panel whose title says nothing, with a sensitive value in it."""
    item = an_item("HIVAB", name="ＨＩＶ 抗体", value="阴性", unit="", reference="阴性", flag=Flag.NORMAL)
    return a_report(report_no, item, head={"title": "术前八项", "abnormal": 0, **head})


def long_reports() -> FaithfulReports:
    """One of each kind, with the longest words and values that a page must hold; the film has a picture that is wider than a phone."""
    lab = a_report(
        "R1",
        an_item(),
        an_item("WBC", name="白细胞计数", value="＞1000.00", unit="×10^9/L", flag=Flag.VERY_HIGH),
        an_item("AFP", name="甲胎蛋白定量测定（化学发光法）与癌胚抗原联合检测", reference="阴性（成人）；新生儿另见说明", value="弱阳性（±）",
                unit="", flag=Flag.ABNORMAL),
        an_item("TC", name="总胆固醇", value="4.10", reference="2.8–5.2", flag=Flag.NORMAL),
        head={"title": "血脂四项与甲状腺功能五项联合检测", "department": "医学检验科与临床生物化学实验中心", "abnormal": 2},
    )  # fmt: skip
    system = FaithfulReports(lab, a_film(), a_screening())
    system.contents["1"] = FileContent(media_type="image/png", content=draw("x" * 600))
    system.past = [a_past_value(400, "2.90"), a_past_value(90, "3.35"), a_past_value(1, "3.91", flag=Flag.HIGH)]
    return system


class FaithfulReports(Played):
    """ReportSystem: tells of ``known`` by number; ``changes`` makes another of one."""

    def __init__(self, *reports: Report) -> None:
        super().__init__()
        self.known = {report.head.report_no: report for report in reports or (a_report(), a_film())}
        self.contents = {
            "1": FileContent(media_type="image/png", content=PNG),
            "2": FileContent(media_type="application/pdf", content=PDF),
        }
        self.past: list[PastValue] = []

    async def reports(self, card_no: str, first: date, last: date) -> Sequence[ReportHead]:
        await self._begin("reports", card_no)
        heads = (one.head for one in self.known.values() if one.head.card_no == card_no)
        return [head for head in heads if head.audited_at is None or first <= hospital_day(head.audited_at) <= last]

    async def report(self, card_no: str, report_no: str) -> Report | None:
        await self._begin("report", report_no)
        found = self.known.get(report_no)
        return found if found is not None and found.head.card_no == card_no else None

    async def file(self, card_no: str, report_no: str, file_no: str) -> FileContent | None:
        await self._begin("file", file_no)
        return self.contents.get(file_no)

    async def past_values(self, card_no: str, item_no: str, first: date, last: date) -> Sequence[PastValue]:
        await self._begin("past_values", item_no)
        return self.past

    def changes(self, report_no: str, **head: Any) -> None:
        known = self.known[report_no]
        self.known[report_no] = replace(known, head=replace(known.head, **head))


def a_past_value(days_ago: int, value: str, **fields: Any) -> PastValue:
    facts: dict[str, Any] = {
        "report_no": f"P{days_ago}",
        "at": MORNING - timedelta(days=days_ago),
        "value": value,
        "unit": "mmol/L",
        "reference": "1.2–3.4",
        "flag": Flag.NORMAL,
    }
    return PastValue(**{**facts, **fields})


def an_offer(system: FaithfulReports, **rules: Any) -> ReportOffer:
    return ReportOffer(system=system, rules=replace(RULES, **rules))
