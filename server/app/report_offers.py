"""A hospital's file and its HIS → whether it shows reports, and under which rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import cast

from server.app.configuration.hospital_file import HospitalFile
from server.app.configuration.reports import Reports
from server.payments.hospital import Hospital
from server.platforms.his.asking import Asking
from server.platforms.his.reports import HisReports
from server.reports.model import ReportKind
from server.reports.ports import ReportOffer, ReportOffers
from server.reports.rules import ReportRules


def report_offers(files: Iterable[HospitalFile], hospitals: Mapping[str, Hospital]) -> ReportOffers:
    """By hospital; one without the section shows no reports. `Hospital.his` says less than its adapter can."""
    return {
        file.id: ReportOffer(system=HisReports(cast(Asking, hospitals[file.id].his)), rules=report_rules(file.reports))
        for file in files
        if file.reports is not None
    }


def report_rules(section: Reports) -> ReportRules:
    return ReportRules(
        days_back=section.days_back,
        new_for=timedelta(days=section.new_days),
        shared_for=timedelta(hours=section.shared_hours),
        sensitive_kinds=frozenset(ReportKind(kind) for kind in section.sensitive_kinds),
        sensitive_words=section.sensitive_words,
        announced=section.announced,
    )
