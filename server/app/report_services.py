"""The use cases of reports, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.audit.service import AuditService
from server.core.ports import Clock, Ids, Sealer, ShortLivedStore
from server.patients.card_news import CardNews
from server.patients.ports import CardStore, NewsHospital
from server.reports.codes import ReportCodes
from server.reports.own_reports import ReportService
from server.reports.ports import ReportOffers
from server.reports.sharing import ReportSharing
from server.reports.telling import ReportTelling
from server.reports.views import ReportViews


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportServices:
    own: ReportService
    codes: ReportCodes
    sharing: ReportSharing
    telling: ReportTelling


def report_services(
    offers: ReportOffers,
    hospitals: Mapping[str, NewsHospital],
    cards: CardStore,
    news: CardNews,
    audit: AuditService,
    short_lived: ShortLivedStore,
    sealer: Sealer,
    clock: Clock,
    ids: Ids,
) -> ReportServices:
    codes = ReportCodes(hospitals, short_lived, sealer, clock, ids)
    views = ReportViews(audit, sealer, clock, ids)
    own = ReportService(offers, cards, codes, views, short_lived, sealer, clock)
    return ReportServices(
        own=own,
        codes=codes,
        sharing=ReportSharing(
            offers=offers,
            own=own,
            cards=cards,
            views=views,
            short_lived=short_lived,
            sealer=sealer,
            clock=clock,
            ids=ids,
        ),
        telling=ReportTelling(offers, cards, news, clock),
    )
