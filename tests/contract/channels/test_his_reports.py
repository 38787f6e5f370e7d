"""The HIS adapter's functions for reports against the sandbox's hospital."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.days import hospital_day
from server.infrastructure.clock_and_ids import SystemClock, SystemIds
from server.infrastructure.transport import AiohttpTransport
from server.platforms.his.http_json import HttpJsonHis
from server.platforms.his.reports import HisReports
from server.reports.model import ReportKind, ReportState
from tests.contract.channels.conftest import Controls, RunningSandbox
from tests.contract.channels.test_his import a_config

pytestmark = pytest.mark.asyncio


@pytest.fixture
def his(sandbox: RunningSandbox, transport: AiohttpTransport) -> HisReports:
    return HisReports(HttpJsonHis(a_config(sandbox), transport, SystemClock(), SystemIds(), timeout_s=3.0))


async def test_reports_of_every_kind_with_their_files_and_past_values(his: HisReports, controls: Controls) -> None:
    card_no, today = controls.credentials["people"][0]["cards"][0], hospital_day(SystemClock().now())
    first = today - timedelta(days=200)
    heads = await his.reports(card_no, first, today)
    assert {head.kind for head in heads} == set(ReportKind)
    assert await his.reports("NOSUCHCARD", first, today) == ()
    film = next(head for head in heads if head.kind is ReportKind.EXAM)
    report = await his.report(card_no, film.report_no)
    assert report is not None
    assert report.head == film
    for named in report.files:
        content = await his.file(card_no, film.report_no, named.file_no)
        assert content is not None
        assert content.media_type == named.media_type
    assert await his.report(card_no, "NOSUCH") is None
    panel = next(head for head in heads if head.kind is ReportKind.LAB and head.state is ReportState.AUDITED)
    counted = await his.report(card_no, panel.report_no)
    assert counted is not None
    values = await his.past_values(card_no, counted.items[0].item_no, first, today)
    assert panel.report_no in {value.report_no for value in values}
    assert await his.past_values(card_no, "NONE", first, today) == ()
