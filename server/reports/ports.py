"""What reports need of the HIS (docs/his-interface.md section 10), and which hospitals show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from server.reports.model import FileContent, PastValue, Report, ReportHead
from server.reports.rules import ReportRules


class ReportSystem(Protocol):
    """The HIS as it tells of reports. Everything raises OutsideRefusal, OutcomeUnknown, NotSent; nothing changes anything."""

    async def reports(self, card_no: str, first: date, last: date) -> Sequence[ReportHead]:
        """The reports of the card's patient whose audit was on these days, both included; whatever their state."""

    async def report(self, card_no: str, report_no: str) -> Report | None: ...

    async def file(self, card_no: str, report_no: str, file_no: str) -> FileContent | None: ...

    async def past_values(self, card_no: str, item_no: str, first: date, last: date) -> Sequence[PastValue]:
        """The values in audited reports of these days, the oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOffer:
    """A hospital that shows reports: by which system, under which rules."""

    system: ReportSystem
    rules: ReportRules


ReportOffers = Mapping[str, ReportOffer]
"""By hospital; one that shows no reports is not in it."""
