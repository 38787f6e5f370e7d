"""The report functions of docs/his-interface.md section 10: the page's own vector, and answers that can't be believed."""

from __future__ import annotations

import base64
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown
from server.platforms.his.reports import FILES_MAX, ITEMS_MAX, REPORTS_MAX, HisReports
from server.platforms.his.signing import request_signature
from server.reports.model import Flag, ReportKind, ReportState
from tests.unit.platforms.test_his import SECRET, a_his, said

pytestmark = pytest.mark.asyncio
CARD, NUMBER, DAY = "8800000001", "R20231115-01", date(2026, 11, 24)
PAGE = (Path(__file__).resolve().parents[3] / "docs/his-interface.md").read_text("utf-8").partition("## 10.")[2]
PNG = b"\x89PNG\r\n\x1a\nrest"


def the_vector() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(re.findall(r"^```\n(.+?)\n```$", PAGE, re.M)[1])
    report: dict[str, Any] = told["data"]["report"]
    return report


def head_of(report: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in report.items()
        if name not in {"items", "findings", "conclusion", "files", "specimen"}
    }


async def test_the_report_of_the_page_s_vector() -> None:
    his, transport = a_his(said(data={"report": the_vector()}))
    report = await HisReports(his).report(CARD, NUMBER)
    [sent] = transport.sent
    signature = request_signature(SECRET, "/hospital/v1/report.detail", "1700000000", "0123456789abcdef", sent.body)
    assert signature in PAGE
    assert report is not None
    assert (report.head.kind, report.head.state, report.head.is_printed) == (ReportKind.LAB, ReportState.AUDITED, False)
    assert [(item.item_no, item.value, item.reference, item.flag) for item in report.items] == [
        ("LDL", "3.91", "1.2–3.4", Flag.HIGH)
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"card_no": "8800000002"},
        {"report_no": "R2"},
        {"state": "final"},
        {"audited_at": None},
        {"audited_at": "0001-01-01T00:00:00+08:00"},
        {"audited_at": "2023-11-15T10:05:00"},
        {"kind": "other"},
        {"title": "x" * 101},
        {"findings": "x" * 20_001},
        {"abnormal": -1},
        {"printed": "no"},
        {"items": [{"item_no": "LDL", "name": "x", "value": "1"}]},
        {"items": [{"item_no": "L/L", "name": "x", "value": "1", "flag": "high"}]},
        {"items": [{"item_no": "LDL", "name": "x", "value": "1", "flag": "H"}]},
        {"items": [{"item_no": "LDL", "name": "x", "value": "1", "flag": "high"}] * (ITEMS_MAX + 1)},
        {"files": [{"file_no": "1", "name": "x", "media_type": "text/html"}]},
        {"files": [{"file_no": "1", "name": "x", "media_type": "image/png"}] * (FILES_MAX + 1)},
    ],
    ids=str,
)
async def test_a_report_that_is_not_as_the_page_says_is_unknown(changed: dict[str, Any]) -> None:
    his, _ = a_his(said(data={"report": {**the_vector(), **changed}}))
    with pytest.raises(OutcomeUnknown):
        await HisReports(his).report(CARD, NUMBER)


@pytest.mark.parametrize("missing", ["report_no", "card_no", "patient_name", "kind", "title", "state"])
async def test_a_report_that_lacks_a_field_is_unknown(missing: str) -> None:
    told = {name: value for name, value in the_vector().items() if name != missing}
    his, _ = a_his(said(data={"report": told}), said(data={"reports": [head_of(told)]}))
    with pytest.raises(OutcomeUnknown):
        await HisReports(his).report(CARD, NUMBER)
    with pytest.raises(OutcomeUnknown):
        await HisReports(his).reports(CARD, DAY, DAY)


async def test_a_list_of_another_card_or_too_long_is_unknown() -> None:
    head = head_of(the_vector())
    his, transport = a_his(
        said(data={"reports": [head]}),
        said(data={"reports": [head, {**head, "card_no": "8800000002"}]}),
        said(data={"reports": [head] * (REPORTS_MAX + 1)}),
        said(data={}),
        said(code="NO_DATA"),
    )
    reports = HisReports(his)
    assert [one.report_no for one in await reports.reports(CARD, DAY, DAY)] == [NUMBER]
    assert json.loads(transport.sent[0].body) == {"card_no": CARD, "from": "2026-11-24", "to": "2026-11-24"}
    for _ in range(3):
        with pytest.raises(OutcomeUnknown):
            await reports.reports(CARD, DAY, DAY)
    assert await reports.reports(CARD, DAY, DAY) == ()


async def test_an_unfinished_report_needs_no_time_of_its_audit() -> None:
    head = {**head_of(the_vector()), "state": "preliminary", "audited_at": None}
    his, _ = a_his(said(data={"reports": [head]}))
    [told] = await HisReports(his).reports(CARD, DAY, DAY)
    assert (told.state, told.audited_at) == (ReportState.PRELIMINARY, None)


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("image/png", "not base64!"),
        ("image/png", base64.b64encode(b"<html>").decode()),
        ("application/pdf", base64.b64encode(PNG).decode()),
        ("text/html", base64.b64encode(b"<html>").decode()),
    ],
)
async def test_a_file_that_is_not_what_it_says_is_unknown(media_type: str, content: str) -> None:
    good = {"media_type": "image/png", "content_base64": base64.b64encode(PNG).decode()}
    his, _ = a_his(said(data=good), said(data={"media_type": media_type, "content_base64": content}))
    reports = HisReports(his)
    file = await reports.file(CARD, NUMBER, "1")
    assert file is not None
    assert (file.media_type, file.content) == ("image/png", PNG)
    with pytest.raises(OutcomeUnknown):
        await reports.file(CARD, NUMBER, "1")


async def test_past_values_come_from_the_oldest_to_the_newest() -> None:
    value = {
        "report_no": "R1",
        "at": "2026-11-20T09:00:00+08:00",
        "value": "5",
        "unit": "g",
        "range": "1–2",
        "flag": "high",
    }
    earlier = {**value, "report_no": "R0", "at": "2026-10-20T09:00:00+08:00"}
    his, _ = a_his(said(data={"values": [value, earlier]}), said(data={"values": [{**value, "at": None}]}))
    reports = HisReports(his)
    assert [one.report_no for one in await reports.past_values(CARD, "LDL", DAY, DAY)] == ["R0", "R1"]
    with pytest.raises(OutcomeUnknown):
        await reports.past_values(CARD, "LDL", DAY, DAY)
    his, _ = a_his(said(data={"values": [value] * 200}), said(data={"values": [value] * 201}))
    assert len(await HisReports(his).past_values(CARD, "LDL", DAY, DAY)) == 200
    with pytest.raises(OutcomeUnknown):
        await HisReports(his).past_values(CARD, "LDL", DAY, DAY)
