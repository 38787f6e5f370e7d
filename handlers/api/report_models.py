"""What the API asks and answers about reports. Texts are for the person, in the words of the H5 pages."""

from __future__ import annotations

from typing import Literal

from handlers.api.models import Asked, Look, Moment, PerhapsPart, Told, Typed, page_of


class ReportLineTold(Told):
    """A ``closed`` report needs a code first; neither its title nor its department is told. ``text``: how many values are abnormal."""

    report_key: str
    card_key: str
    name_masked: str
    card_masked: str
    title: str
    about: str
    text: str
    look: Look
    closed: bool


class ReportFactTold(Told):
    label: str
    value: str


class ReportItemTold(Told):
    """One value. ``flag`` says in words and with an arrow how the laboratory judges it, ``look`` the same by colour."""

    item_no: str
    name: str
    value: str
    reference: str
    flag: str
    look: Look


class ReportFileLine(Told):
    """A picture or a paper of a report. ``kind`` says which."""

    file_no: str
    name: str
    kind: Literal["picture", "paper"]


class ReportContentTold(Told):
    """``text``: how many values are abnormal, empty where there are none. ``files``: pictures and papers that belong to it."""

    title: str
    facts: list[ReportFactTold]
    items: list[ReportItemTold]
    text: str
    look: Look
    findings: list[str]
    conclusion: list[str]
    files: list[ReportFileLine]


class ShareTold(Told):
    """A link by which anybody sees this report until ``until``; ``text`` says so to the person."""

    url: str
    until: Moment
    text: str


class ReportFileTold(Told):
    """``content_base64``: the file itself; ``media_type`` a PDF or a picture."""

    media_type: str
    content_base64: str


class ReportTold(Told):
    """``report`` is null while a code is needed first. ``can_share``: a link to it can be made; ``share`` the living one, null where none is."""

    report_key: str
    name_masked: str
    card_masked: str
    report: ReportContentTold | None
    can_share: bool
    share: ShareTold | None


class ReportCodeTold(Told):
    """``phone_masked``: where the code went; null where the report is open already."""

    phone_masked: str | None


class ReportOpeningAsked(Asked):
    """``code``: as it was typed or pasted."""

    code: Typed


class PastValueTold(Told):
    at: Moment
    value: str
    reference: str
    flag: str
    look: Look


class ValuesTold(Told):
    """One value of a patient over time, the newest first."""

    name: str
    name_masked: str
    card_masked: str
    values: list[PastValueTold]


ReportPage = page_of(ReportLineTold, PerhapsPart)
