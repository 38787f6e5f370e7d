"""报告: the list, one report, one value over time, and the code that opens sensitive ones."""

from __future__ import annotations

import base64

from pydantic import BaseModel

from handlers.api import report_models as models
from handlers.api.door import ApiHandler
from handlers.api.operation import Operation, operation
from handlers.patient.views import reports as words
from server.core.errors import NotFound
from server.patients.model import mask_card, mask_name
from server.patients.visible_cards import missing_words
from server.reports.model import Report, ReportHead
from server.reports.own_reports import KnownReport, OpenedReport
from server.reports.sharing import Share
from server.reports.texts import LINK_ENDED


def _who(head: ReportHead) -> dict[str, str]:
    return {"name_masked": mask_name(head.patient_name), "card_masked": mask_card(head.card_no)}


def _line(door: ApiHandler, known: KnownReport) -> models.ReportLineTold:
    said = words.line_words(known)
    told = {"title": said["title"], "about": said["about"], "text": said["state"], "look": said["look"]}
    return models.ReportLineTold.model_validate(
        {
            "report_key": known.key,
            "card_key": door.card_key(known.head.card_no),
            **_who(known.head),
            **told,
            "closed": known.is_closed,
        }
    )


def _content(report: Report) -> models.ReportContentTold:
    text, look = words.count_words(report)
    told = {
        "title": report.head.title,
        "facts": [models.ReportFactTold(label=label, value=value) for label, value in words.facts_of(report)],
        "items": [{"item_no": item.item_no, "name": item.name, **words.value_words(item)} for item in report.items],
        "text": text,
        "look": look,
        "findings": words.lines_of(report.findings),
        "conclusion": words.lines_of(report.conclusion),
        "files": [
            {"file_no": one.file_no, "name": one.name, "kind": "paper" if one.media_type == words.PDF else "picture"}
            for one in report.files
        ],
    }
    return models.ReportContentTold.model_validate(told)


class ReportsHandler(ApiHandler):
    @operation(Operation(summary="Audited reports of my cards, the newest first", answer=models.ReportPage))
    async def get(self, asked: None) -> BaseModel:
        """The reports of the hospital's time at once, so always one page."""
        mine, failed = await self.services.reports.own.mine_and_failed(self.session)
        return models.ReportPage(items=[_line(self, known) for known in mine], next=None, note=missing_words(failed))


class _OfReportHandler(ApiHandler):
    @property
    def key(self) -> str:
        return self.path_kwargs["report_key"] or ""

    async def report_told(self, opened: OpenedReport) -> models.ReportTold:
        content = None if opened.report is None else _content(opened.report)
        can_share = content is not None and not opened.is_sensitive
        share = await self.services.reports.sharing.of(self.session, opened.key) if can_share else None
        return models.ReportTold(
            report_key=opened.key,
            **_who(opened.head),
            report=content,
            can_share=can_share,
            share=None if share is None else self.share_told(share),
        )

    def share_told(self, share: Share) -> models.ShareTold:
        url = words.share_url(self.hospital.public_url, f"/h/{self.hospital.id}", share)
        return models.ShareTold(url=url, until=share.until, text=words.shared_text(share))


class ReportHandler(_OfReportHandler):
    @operation(Operation(summary="One report; every view of it is recorded", answer=models.ReportTold))
    async def get(self, asked: None) -> models.ReportTold:
        return await self.report_told(await self.services.reports.own.open(self.session, self.key))


class ReportCodesHandler(_OfReportHandler):
    @operation(
        Operation(
            summary="Send a code to the phone that the hospital has for the patient of a sensitive report",
            answer=models.ReportCodeTold,
            status=201,
            refuses=(403,),
        )
    )
    async def post(self, asked: None) -> models.ReportCodeTold:
        reports = self.services.reports
        opened = await reports.own.open(self.session, self.key)
        if opened.report is not None:
            return models.ReportCodeTold(phone_masked=None)
        return models.ReportCodeTold(phone_masked=await reports.codes.send(self.session, opened.head.card_no))


class OpeningHandler(_OfReportHandler):
    @operation(
        Operation(
            summary="Open a sensitive report by its code, and the patient's others for a while",
            body=models.ReportOpeningAsked,
            answer=models.ReportTold,
        )
    )
    async def post(self, asked: models.ReportOpeningAsked) -> models.ReportTold:
        return await self.report_told(await self.services.reports.own.open_by_code(self.session, self.key, asked.code))


class ShareHandler(_OfReportHandler):
    @operation(
        Operation(
            summary="Make a link to a report that ends by itself; the one before it ends", answer=models.ShareTold
        )
    )
    async def post(self, asked: None) -> models.ShareTold:
        sharing = self.services.reports.sharing
        await sharing.share(self.session, self.key)
        share = await sharing.of(self.session, self.key)
        if share is None:  # ended at once elsewhere
            raise NotFound("link has ended", user_message=LINK_ENDED)
        return self.share_told(share)

    @operation(Operation(summary="End the link: nobody sees the report by it any more", status=204))
    async def delete(self, asked: None) -> None:
        """Repeatable."""
        await self.services.reports.sharing.end(self.session, self.key)


class FileHandler(_OfReportHandler):
    @operation(
        Operation(summary="A picture or a paper of a report; every view is recorded", answer=models.ReportFileTold)
    )
    async def get(self, asked: None) -> models.ReportFileTold:
        file = await self.services.reports.own.file(self.session, self.key, self.path_kwargs["file_no"] or "")
        content = base64.b64encode(file.content).decode()
        return models.ReportFileTold(media_type=file.media_type, content_base64=content)


class ValuesHandler(_OfReportHandler):
    @operation(Operation(summary="One value of the patient over time, the newest first", answer=models.ValuesTold))
    async def get(self, asked: None) -> models.ValuesTold:
        item_no = self.path_kwargs["item_no"] or ""
        report, values = await self.services.reports.own.past_values(self.session, self.key, item_no)
        item = next(one for one in report.items if one.item_no == item_no)
        told = [{"at": one.at, **words.value_words(one)} for one in reversed(values)]
        return models.ValuesTold.model_validate({"name": item.name, **_who(report.head), "values": told})
