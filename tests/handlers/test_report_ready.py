"""`report.ready`: whoever has bound the card is told once, and nothing of what it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.core.errors import NotSent, OutcomeUnknown
from server.reports.model import ReportState
from tests.handlers.doors import an_app
from tests.handlers.report_pages import bind
from tests.support.builders import CARD, HOSPITAL, an_identity
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import RecordingMessenger
from tests.support.reports import FaithfulReports, a_report, an_offer

pytestmark = pytest.mark.gen_test
SIGNED = {"Zhenfu_Key_Id": "his-key-1", "Signature": "genuine"}
READY = json.dumps({"card_no": CARD, "report_no": "R1"})


@pytest.fixture
def system() -> FaithfulReports:
    return FaithfulReports(a_report("R1"))


@pytest.fixture
def memory_app(system: FaithfulReports) -> InMemoryApp:
    return an_app(reports={HOSPITAL: an_offer(system)}, messengers={"wechat": RecordingMessenger()})


async def say(post: Any) -> tuple[int, str]:
    answer = await post("/his/v1/report.ready", READY, **SIGNED)
    return answer.code, json.loads(answer.body)["code"]


async def test_each_person_is_told_once_and_not_what(memory_app: InMemoryApp, post: Any) -> None:
    await bind(memory_app, an_identity().key)
    assert [await say(post) for _ in range(3)] == [(200, "OK")] * 3
    [(to, message, _)] = memory_app.messenger.named("send")
    assert to.key == an_identity().key
    assert (message.purpose, message.values["patient"]) == ("report_ready", "张*试")
    assert message.url.endswith("/h/demo/reports")
    for secret in ("血脂", "R1", CARD, "张测试", "异常", "检验"):
        assert secret not in f"{message.values}{message.url}"


async def test_what_is_not_audited_is_not_announced(
    memory_app: InMemoryApp, post: Any, system: FaithfulReports
) -> None:
    await bind(memory_app, an_identity().key)
    system.changes("R1", state=ReportState.PRELIMINARY)
    assert await say(post) == (200, "NO_DATA")
    assert memory_app.messenger.named("send") == []


async def test_what_surely_did_not_go_is_said_again_and_what_may_have_gone_is_not(
    memory_app: InMemoryApp, post: Any
) -> None:
    await bind(memory_app, an_identity().key)
    memory_app.messenger.will("send", NotSent("wechat", "down"), OutcomeUnknown("wechat", "silent"))
    assert (await say(post))[0] >= 500
    assert await say(post) == (200, "OK")
    sent = len(memory_app.messenger.named("send"))
    assert await say(post) == (200, "OK")
    assert len(memory_app.messenger.named("send")) == sent == 2
