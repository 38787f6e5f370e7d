"""报告: the list, one report, its pictures and PDFs, one value over time, and the code that opens sensitive ones."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.base.addresses import HIS_NUMBER, OPAQUE_KEY
from handlers.base.page import NO_WAY_BACK, Page
from handlers.patient.members import members_of
from handlers.patient.views.report_trend import trend_page
from handlers.patient.views.reports import PDF, about_report, code_page, report_list, report_page, share_panel
from server.core.errors import BadInput, TooManyTries
from server.core.ports import RawReply
from server.patients.visible_cards import missing_words

PICTURE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
PDF_POLICY = "default-src 'none'; object-src 'self'; frame-ancestors 'none'"


class _Reports(Page):
    back = ("/reports", "返回报告列表")

    def way_on(self) -> str:
        return f"{self.base}/reports"

    def show_file(self, media_type: str, content: bytes) -> None:
        """A picture or a PDF: it runs nothing, whatever is in it. Chromium shows no PDF under ``sandbox``."""
        self.set_header("Content-Security-Policy", PDF_POLICY if media_type == PDF else PICTURE_POLICY)
        self.set_header("Content-Disposition", "inline")
        self.send(RawReply(status=200, body=content, content_type=media_type))


class ReportsHandler(_Reports):
    async def get(self, hospital: str) -> None:
        session = await self.person()
        bound = await self.services.cards.bound(session)
        mine, failed = await self.services.reports.own.mine_and_failed(session, bound)
        members = members_of(self, session, f"{self.base}/reports", bound)
        shown = members.only(mine, lambda one: one.head.card_no)
        missing = missing_words(failed)
        self.show("reports/reports", {**report_list(self.base, shown), **members.view, "missing": missing})


class ReportHandler(_Reports):
    """A sensitive report asks for a code first."""

    async def get(self, hospital: str, key: str) -> None:
        session = await self.person()
        opened = await self.services.reports.own.open(session, key)
        if opened.report is None:
            self.show("reports/code", code_page(self.base, key, opened.head))
            return
        share = await self.services.reports.sharing.of(session, key)
        view = report_page(self.base, key, opened.report)
        sharing = share_panel(self.hospital.public_url, self.base, share, is_sensitive=opened.is_sensitive)
        self.show("reports/report", {**view, **sharing})


class ReportCodeHandler(_Reports):
    """Sends the code."""

    async def post(self, hospital: str, key: str) -> None:
        session = await self.person()
        opened = await self.services.reports.own.open(session, key)
        if opened.report is not None:
            self.redirect(f"{self.base}/reports/{key}", status=303)
            return
        phone_masked = await self.services.reports.codes.send(session, opened.head.card_no)
        self.show("reports/code", code_page(self.base, key, opened.head, phone_masked))

    def way_on(self) -> str:
        return self.request.path.removesuffix("/code")


class ReportOpenHandler(_Reports):
    """Takes the code. What was typed wrong is said above the form."""

    async def post(self, hospital: str, key: str) -> None:
        code, phone_masked = self.get_body_argument("code", ""), self.get_body_argument("phone_masked", "")[:20]
        session = await self.person()
        head = await self.services.reports.own.head(session, key)
        try:
            await self.services.reports.codes.prove(session, head.card_no, code)
        except (BadInput, TooManyTries) as refusal:
            self.show_again("reports/code", code_page(self.base, key, head, phone_masked), refusal)
            return
        self.redirect(f"{self.base}/reports/{key}", status=303)

    def way_on(self) -> str:
        return self.request.path.removesuffix("/open")


class ReportFileHandler(_Reports):
    async def get(self, hospital: str, key: str, file_no: str) -> None:
        session = await self.person()
        file = await self.services.reports.own.file(session, key, file_no)
        self.show_file(file.media_type, file.content)


class ReportTrendHandler(_Reports):
    async def get(self, hospital: str, key: str, item_no: str) -> None:
        session = await self.person()
        report, values = await self.services.reports.own.past_values(session, key, item_no)
        self.show("reports/trend", trend_page(self.base, key, report, item_no, values))


class ReportShareHandler(_Reports):
    async def post(self, hospital: str, key: str) -> None:
        session = await self.person()
        await self.services.reports.sharing.share(session, key)
        self.redirect(f"{self.base}/reports/{key}", status=303)


class ReportUnshareHandler(_Reports):
    async def post(self, hospital: str, key: str) -> None:
        session = await self.person()
        await self.services.reports.sharing.end(session, key)
        self.redirect(f"{self.base}/reports/{key}", status=303)


class _Shared(_Reports):
    """A page without a login: whoever has the link sees it, and has no list here to go back to. A link that is none of ours costs nobody anything."""

    back = NO_WAY_BACK

    def way_on(self) -> str:
        return self.request.path


class SharedReportHandler(_Shared):
    async def get(self, hospital: str, sealed: str) -> None:
        report = await self.services.reports.sharing.open(hospital, sealed)
        self.show("reports/shared", about_report(report, f"{self.base}/shared/{sealed}", has_trend=False))


class SharedFileHandler(_Shared):
    async def get(self, hospital: str, sealed: str, file_no: str) -> None:
        file = await self.services.reports.sharing.file(hospital, sealed, file_no)
        self.show_file(file.media_type, file.content)


def doors(prefix: str) -> Sequence[tuple[str, str, type[Page]]]:
    """Each door's name for logs and metrics, its pattern below ``prefix``, and its handler."""
    own = rf"{prefix}/reports/(?P<key>{OPAQUE_KEY})"
    shared = rf"{prefix}/shared/(?P<sealed>[^/]{{1,500}})"
    return (
        ("reports", rf"{prefix}/reports", ReportsHandler),
        ("report", own, ReportHandler),
        ("report_code", rf"{own}/code", ReportCodeHandler),
        ("report_open", rf"{own}/open", ReportOpenHandler),
        ("report_share", rf"{own}/share", ReportShareHandler),
        ("report_unshare", rf"{own}/unshare", ReportUnshareHandler),
        ("report_shared", shared, SharedReportHandler),
        ("report_shared_file", rf"{shared}/files/(?P<file_no>{HIS_NUMBER})", SharedFileHandler),
        ("report_file", rf"{own}/files/(?P<file_no>{HIS_NUMBER})", ReportFileHandler),
        ("report_trend", rf"{own}/values/(?P<item_no>{HIS_NUMBER})", ReportTrendHandler),
    )
