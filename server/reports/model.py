"""Reports as the HIS tells of them (docs/his-interface.md section 10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReportKind(StrEnum):
    LAB = "lab"
    EXAM = "exam"
    PATHOLOGY = "pathology"


class ReportState(StrEnum):
    REGISTERED = "registered"
    PRELIMINARY = "preliminary"
    AUDITED = "audited"
    AMENDED = "amended"  # audited again after a correction
    WITHDRAWN = "withdrawn"


class Flag(StrEnum):
    """How the laboratory judges a value against its range."""

    NONE = "none"  # not judged
    NORMAL = "normal"
    LOW = "low"
    HIGH = "high"
    VERY_LOW = "very_low"
    VERY_HIGH = "very_high"
    ABNORMAL = "abnormal"  # of values that are no number: 阳性


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHead:
    """What a list of reports tells of one. ``is_printed`` is None where the HIS does not know. ``abnormal`` counts the abnormal values, None
    where the HIS does not count them. ``is_sensitive``: the HIS itself says so. ``audited_at`` is there for audited and amended reports.
    """

    report_no: str
    card_no: str
    patient_name: str
    kind: ReportKind
    title: str
    department: str
    doctor: str
    auditor: str
    sampled_at: datetime | None
    audited_at: datetime | None
    state: ReportState
    is_printed: bool | None = None
    is_sensitive: bool = False
    abnormal: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabItem:
    """``value`` is text, because many values are no numbers; ``reference`` is the range as the laboratory writes it."""

    item_no: str
    name: str
    value: str
    unit: str
    reference: str
    flag: Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """A picture or a PDF that belongs to the report; its content is asked for by itself."""

    file_no: str
    name: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``items`` are of a laboratory report, ``findings`` (所见) and ``conclusion`` (诊断意见) of the others."""

    head: ReportHead
    specimen: str
    items: tuple[LabItem, ...]
    findings: str
    conclusion: str
    files: tuple[ReportFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PastValue:
    """One earlier value of an item, from the audited report ``report_no``."""

    report_no: str
    at: datetime
    value: str
    unit: str
    reference: str
    flag: Flag
