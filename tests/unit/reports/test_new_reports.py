"""Where the HIS does not announce reports, a round over the bound cards finds those audited lately and tells of each once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.effects.model import EffectKind
from server.patients.model import BoundCard
from server.reports.model import ReportState
from server.reports.telling import REPORT_READY
from tests.support.builders import CARD, HOSPITAL, PHONE, an_identity
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import RecordingMessenger, RecordingSms, a_hospital
from tests.support.reports import FaithfulReports, a_report, an_offer

pytestmark = pytest.mark.asyncio


async def a_laboratory(system: FaithfulReports, *, announced: bool = False, follows: bool = True) -> InMemoryApp:
    offer = an_offer(system)
    rules = replace(offer.rules, announced=announced)
    hospital = a_hospital(messengers={"wechat": RecordingMessenger(follows=follows)}, sms=RecordingSms())
    memory_app = InMemoryApp(hospital, reports={HOSPITAL: replace(offer, rules=rules)})
    card = BoundCard(hospital=HOSPITAL, owner=an_identity().key, card_no=CARD, name="张测试")
    await memory_app.stores.cards.bind(card)
    return memory_app


def an_empty_laboratory() -> FaithfulReports:
    system = FaithfulReports()
    system.known.clear()
    return system


def now_has(system: FaithfulReports, memory_app: InMemoryApp, number: str, hours_ago: int = 1, **head: Any) -> None:
    audited_at = memory_app.clock.now() - timedelta(hours=hours_ago)
    system.known[number] = a_report(number, head={"audited_at": audited_at, **head})


async def test_each_new_report_is_told_once_and_not_what_it_is() -> None:
    system = an_empty_laboratory()
    memory_app = await a_laboratory(system)
    now_has(system, memory_app, "R1")
    for _ in range(2):
        await memory_app.new_reports.once()
    now_has(system, memory_app, "R2")
    await memory_app.new_reports.once()
    told = [notice for _, notice, _ in memory_app.messenger.named("send")]
    assert [notice.purpose for notice in told] == [REPORT_READY] * 2
    for secret in ("血脂", "R1", CARD, "张测试", "异常", "检验"):
        assert secret not in f"{told[0].values}{told[0].url}"


async def test_what_is_old_or_not_audited_is_no_news() -> None:
    system = an_empty_laboratory()
    memory_app = await a_laboratory(system)
    now_has(system, memory_app, "R1", 48)
    now_has(system, memory_app, "R2", state=ReportState.PRELIMINARY)
    await memory_app.new_reports.once()
    assert memory_app.messenger.named("send") == []


async def test_who_follows_nothing_is_told_by_sms() -> None:
    system = an_empty_laboratory()
    memory_app = await a_laboratory(system, follows=False)
    now_has(system, memory_app, "R1")
    for _ in range(2):
        await memory_app.new_reports.once()
    [(phone, notice, _)] = memory_app.sms.sent
    assert (phone, notice.purpose) == (PHONE, REPORT_READY)


async def test_a_his_that_announces_them_is_not_asked() -> None:
    system = an_empty_laboratory()
    memory_app = await a_laboratory(system, announced=True)
    now_has(system, memory_app, "R1")
    await memory_app.new_reports.once()
    assert (system.calls, memory_app.messenger.named("send")) == ([], [])


async def test_new_reports_are_looked_for_every_half_hour() -> None:
    assert InMemoryApp().composition.timetables.tasks[EffectKind.NEW_REPORTS].every == timedelta(minutes=30)
