"""Reports over Zhenfu's own interface as reports.ports.ReportSystem (docs/his-interface.md section 10), read strictly."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from server.core.errors import OutcomeUnknown
from server.platforms.his import wire
from server.platforms.his.account import SYSTEM
from server.platforms.his.asking import Asking, read, read_as
from server.platforms.his.wire import Line, No
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
from server.reports.rules import SHOWN

REPORTS_MAX = 500
ITEMS_MAX = 300
FILES_MAX = 20
VALUES_MAX = 200
TEXT_CHARS_MAX = 20_000
MEDIA_BEGIN: Mapping[str, bytes] = {
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "application/pdf": b"%PDF-",
}
"""The kinds of files that are shown, and how each begins: a browser gets nothing else under these names."""
_Text = Annotated[str, Field(max_length=TEXT_CHARS_MAX)]
_Flag = Literal["none", "normal", "low", "high", "very_low", "very_high", "abnormal"]
_Media = Literal["image/jpeg", "image/png", "application/pdf"]


class _Head(wire.Wire):
    report_no: No
    card_no: Annotated[str, Field(min_length=1, max_length=64)]
    patient_name: Line
    kind: Literal["lab", "exam", "pathology"]
    title: Line
    department: Line = ""
    doctor: Line = ""
    auditor: Line = ""
    sampled_at: wire.Moment | None = None
    audited_at: wire.Moment | None = None
    state: Literal["registered", "preliminary", "audited", "amended", "withdrawn"]
    printed: bool | None = None
    sensitive: bool = False
    abnormal: Annotated[int, Field(ge=0, le=ITEMS_MAX)] | None = None


class _Item(wire.Wire):
    item_no: No
    name: Line
    value: Line
    unit: Line = ""
    range: Line = ""
    flag: _Flag


class _File(wire.Wire):
    file_no: No
    name: Line
    media_type: _Media


class _Report(_Head):
    specimen: Line = ""
    items: list[_Item] = Field(default_factory=list, max_length=ITEMS_MAX)
    findings: _Text = ""
    conclusion: _Text = ""
    files: list[_File] = Field(default_factory=list, max_length=FILES_MAX)


class _Reports(wire.Wire):
    reports: list[_Head] = Field(max_length=REPORTS_MAX)


class _OneReport(wire.Wire):
    report: _Report


class _Content(wire.Wire):
    media_type: _Media
    content_base64: str


class _Value(wire.Wire):
    report_no: No
    at: wire.Moment
    value: Line
    unit: Line = ""
    range: Line = ""
    flag: _Flag


class _Values(wire.Wire):
    values: list[_Value] = Field(max_length=VALUES_MAX)


class HisReports:
    """``his`` signs the questions and checks the answers."""

    def __init__(self, his: Asking) -> None:
        self._his = his

    async def reports(self, card_no: str, first: date, last: date) -> Sequence[ReportHead]:
        question = {"card_no": card_no, "from": first.isoformat(), "to": last.isoformat()}
        data = await self._his.ask("reports.list", question)
        heads = () if data is None else tuple(_head(one) for one in read_as(_Reports, data).reports)
        if any(head.card_no != card_no for head in heads):
            raise OutcomeUnknown(SYSTEM, "answer about another card")
        return heads

    async def report(self, card_no: str, report_no: str) -> Report | None:
        data = await self._his.ask("report.detail", {"card_no": card_no, "report_no": report_no})
        report = None if data is None else _report(read_as(_OneReport, data).report)
        if report is not None and (report.head.card_no, report.head.report_no) != (card_no, report_no):
            raise OutcomeUnknown(SYSTEM, "answer about another report")
        return report

    async def file(self, card_no: str, report_no: str, file_no: str) -> FileContent | None:
        question = {"card_no": card_no, "report_no": report_no, "file_no": file_no}
        data = await self._his.ask("report.file", question)
        return None if data is None else read(_content, read_as(_Content, data))

    async def past_values(self, card_no: str, item_no: str, first: date, last: date) -> Sequence[PastValue]:
        question = {"card_no": card_no, "item_no": item_no, "from": first.isoformat(), "to": last.isoformat()}
        data = await self._his.ask("report.values", question)
        told = [] if data is None else read_as(_Values, data).values
        return tuple(sorted(map(_value, told), key=lambda one: one.at))


def _head(told: _Head) -> ReportHead:
    if told.state in SHOWN and told.audited_at is None:
        raise OutcomeUnknown(SYSTEM, "an audited report without the time of its audit")
    return ReportHead(
        report_no=told.report_no,
        card_no=told.card_no,
        patient_name=told.patient_name,
        kind=ReportKind(told.kind),
        title=told.title,
        department=told.department,
        doctor=told.doctor,
        auditor=told.auditor,
        sampled_at=told.sampled_at,
        audited_at=told.audited_at,
        state=ReportState(told.state),
        is_printed=told.printed,
        is_sensitive=told.sensitive,
        abnormal=told.abnormal,
    )


def _report(told: _Report) -> Report:
    return Report(
        head=_head(told),
        specimen=told.specimen,
        items=tuple(
            LabItem(
                item_no=item.item_no,
                name=item.name,
                value=item.value,
                unit=item.unit,
                reference=item.range,
                flag=Flag(item.flag),
            )
            for item in told.items
        ),
        findings=told.findings,
        conclusion=told.conclusion,
        files=tuple(ReportFile(**one.model_dump()) for one in told.files),
    )


def _content(told: _Content) -> FileContent:
    """Raises ValueError for what is no base64, or does not begin as its kind does."""
    try:
        content = base64.b64decode(told.content_base64, validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
    if not content.startswith(MEDIA_BEGIN[told.media_type]):
        raise ValueError("the content is of another kind than it says")
    return FileContent(media_type=told.media_type, content=content)


def _value(told: _Value) -> PastValue:
    return PastValue(
        report_no=told.report_no,
        at=told.at,
        value=told.value,
        unit=told.unit,
        reference=told.range,
        flag=Flag(told.flag),
    )
