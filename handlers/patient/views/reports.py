"""What the pages of reports show."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from handlers.base.display import day_and_time, patient_text
from server.reports.model import Flag, LabItem, PastValue, Report, ReportFile, ReportHead
from server.reports.own_reports import KnownReport
from server.reports.rules import FINE, abnormal_count
from server.reports.sharing import Share
from server.reports.texts import FLAGS, KINDS, MADE_AT, SENSITIVE_TITLE, STATES

PRINTED = {True: "已打印", False: "未打印，可到自助机打印", None: ""}
PDF = "application/pdf"


def report_list(base: str, reports: Sequence[KnownReport]) -> dict[str, object]:
    """By patient, the newest first. Of what needs a code neither title nor department is told."""
    by_patient: dict[str, list[dict[str, object]]] = {}
    for known in reports:
        by_patient.setdefault(who_of(known.head), []).append(_line(base, known))
    return {"patients": [{"name": name, "reports": lines} for name, lines in by_patient.items()]}


def who_of(head: ReportHead) -> str:
    return patient_text(head.patient_name, head.card_no)


def _line(base: str, known: KnownReport) -> dict[str, object]:
    return {"url": f"{base}/reports/{known.key}", **line_words(known)}


def line_words(known: KnownReport) -> dict[str, str]:
    """Title, what it is about, and how many values are abnormal, with its look."""
    head = known.head
    if known.is_closed:
        title, department, state, look = SENSITIVE_TITLE, "", "", "info"
    else:
        title, department = head.title, head.department
        state, look = _count_words(head.abnormal)
    about = " ".join(part for part in (KINDS[head.kind], department, _audited(head)) if part)
    return {"title": title, "about": about, "state": state, "look": look}


def count_words(report: Report) -> tuple[str, str]:
    """How many values are abnormal, with its look; empty where there are no values."""
    text, look = _count_words(abnormal_count(report))
    return (text if report.items else ""), look


def _count_words(abnormal: int | None) -> tuple[str, str]:
    if abnormal is None:
        return "", "info"
    return (f"{abnormal} 项异常", "warn") if abnormal else ("未见异常值", "success")


def _audited(head: ReportHead) -> str:
    return day_and_time(head.audited_at) if head.audited_at else ""


def report_page(base: str, key: str, report: Report) -> dict[str, object]:
    own = f"{base}/reports/{key}"
    return {**about_report(report, own), "own_url": own, "list_url": f"{base}/reports"}


def about_report(report: Report, own: str, *, has_trend: bool = True) -> dict[str, object]:
    """What a report's page shows, below the address ``own``."""
    count, count_look = count_words(report)
    return {
        "title_of_report": report.head.title,
        "facts": [{"label": label, "value": value} for label, value in facts_of(report)],
        "items": [_item(item, own if has_trend else "") for item in report.items],
        "count": count,
        "count_look": count_look,
        "findings": lines_of(report.findings),
        "conclusion": lines_of(report.conclusion),
        "pictures": [_file(one, own) for one in report.files if one.media_type != PDF],
        "papers": [_file(one, own) for one in report.files if one.media_type == PDF],
    }


def facts_of(report: Report) -> list[tuple[str, str]]:
    """What is told of the report itself, each with its label."""
    head = report.head
    facts = [
        ("就诊人", who_of(head)),
        ("类别", KINDS[head.kind]),
        ("标本", report.specimen),
        ("科室", head.department),
        ("报告医生", head.doctor),
        ("审核", head.auditor),
        (MADE_AT[head.kind], day_and_time(head.sampled_at) if head.sampled_at else ""),
        ("审核时间", _audited(head)),
        ("状态", STATES.get(head.state, "")),
        ("纸质报告", PRINTED[head.is_printed]),
    ]
    return [(label, value) for label, value in facts if value]


def lines_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _item(item: LabItem, own: str) -> dict[str, str]:
    trend_url = f"{own}/values/{quote(item.item_no, safe='')}" if own else ""
    return {"name": item.name, **value_words(item), "trend_url": trend_url}


def value_words(one: LabItem | PastValue) -> dict[str, str]:
    """A value with its unit, its range, and how the laboratory judges it."""
    return {
        "value": f"{one.value} {one.unit}".strip(),
        "reference": f"参考范围 {one.reference}" if one.reference else "",
        "flag": FLAGS[one.flag],
        "look": "success" if one.flag is Flag.NORMAL else "info" if one.flag in FINE else "warn",
    }


def _file(file: ReportFile, own: str) -> dict[str, str]:
    return {"url": f"{own}/files/{quote(file.file_no, safe='')}", "name": file.name}


def share_url(public_url: str, base: str, share: Share) -> str:
    return f"{public_url}{base}/shared/{share.sealed}"


def shared_text(share: Share) -> str:
    """``拿到链接的人都能看到这份报告，有效期至 2026-11-30 08:00。``"""
    return f"拿到链接的人都能看到这份报告，有效期至 {day_and_time(share.until)}。"


def share_panel(public_url: str, base: str, share: Share | None, *, is_sensitive: bool) -> dict[str, object]:
    """``share_url`` is empty while there is no link; a sensitive report has no such panel."""
    return {
        "can_share": not is_sensitive,
        "share_url": share_url(public_url, base, share) if share is not None else "",
        "share_until": day_and_time(share.until) if share is not None else "",
    }


def code_page(base: str, key: str, head: ReportHead, phone_masked: str = "") -> dict[str, object]:
    """Asks for the code; without ``phone_masked`` none was sent yet."""
    own = f"{base}/reports/{key}"
    return {
        "name": who_of(head),
        "phone_masked": phone_masked,
        "problem": "",
        "own_url": own,
        "list_url": f"{base}/reports",
    }
