"""New reports on the first page: how many, and nothing of what they are."""

from __future__ import annotations

from collections.abc import Sequence

from server.needs.model import Asked, Need, Place, Told, Urgency
from server.reports.model import ReportHead
from server.reports.own_reports import ReportService
from server.reports.texts import LOOK_AT_THEM, REPORTS_TITLE, new_text


class ReportNeeds:
    name = "reports"

    def __init__(self, reports: ReportService) -> None:
        self._reports = reports

    def places(self, hospital: str) -> Sequence[Place]:
        return (Place(REPORTS_TITLE, "reports"),) if self._reports.is_offered(hospital) else ()

    async def needs(self, asked: Asked) -> Told:
        if not self._reports.is_offered(asked.session.hospital):
            return Told()
        heads, failed = await self._reports.new(asked.session, asked.cards)
        first_of_each = {head.report_no: head for head in reversed(heads)}
        by_card: dict[str, list[ReportHead]] = {}
        for head in first_of_each.values():
            by_card.setdefault(head.card_no, []).append(head)
        return Told(tuple(_need(card_no, of_card) for card_no, of_card in by_card.items()), is_whole=not failed)


def _need(card_no: str, heads: Sequence[ReportHead]) -> Need:
    return Need(
        about=tuple(f"report:{head.report_no}" for head in heads),
        card_no=card_no,
        title=new_text(len(heads)),
        text=LOOK_AT_THEM,
        page="reports",
        urgency=Urgency.NEWS,
        at=min(head.audited_at for head in heads if head.audited_at is not None),
    )
