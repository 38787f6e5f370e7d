"""The link in an SMS: asked for once for each message, and a message without one where it can't be had in time."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.messages import links
from server.messages.links import PaymentLinks
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.storage.memory_short_lived import MemoryShortLived
from tests.support.builders import a_payment, an_identity
from tests.support.clock_and_ids import FakeClock
from tests.support.mini_program import MINI_APP, ObligingMiniProgram
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio
LINK = "weixin://dl/business/?t=abc"


class App(ObligingMiniProgram):
    """Answers ``answers`` one after the other."""

    def __init__(self, *answers: Any) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def payment_link(self, payment_id: str, days: int) -> str:
        self.asked.append((payment_id, days))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            await asyncio.Event().wait()
        return str(answer)


class LinkParts:
    def __init__(self, *answers: Any) -> None:
        self.app = App(*answers)
        self.hospital: Hospital = a_hospital(mini_program=self.app)
        self.clock, self.store = FakeClock(), MemoryShortLived()
        self.links = PaymentLinks(self.store, self.clock)
        self.payment: Payment = a_payment(payer=an_identity(app_id=MINI_APP))

    async def made(self, message: str = "sms-1", payment: Payment | None = None) -> str:
        return await self.links.made(self.hospital, payment or self.payment, message)


async def test_a_link_is_made_once_for_each_message_and_lasts_for_thirty_days() -> None:
    parts = LinkParts(LINK, "another")
    assert [await parts.made(), await parts.made()] == [LINK, LINK]
    assert parts.app.asked == [(parts.payment.id, 30)]
    assert await parts.made("sms-2") == "another"
    parts.clock.forward(timedelta(days=30).total_seconds() - 1)
    assert await parts.made() == LINK
    parts.clock.forward(1)
    parts.app.answers = ["new"]
    assert await parts.made() == "new"


async def test_who_paid_in_no_mini_program_gets_none() -> None:
    parts = LinkParts(LINK)
    assert await parts.made(payment=a_payment()) == ""
    assert parts.app.asked == []


@pytest.mark.parametrize("answer", [OutcomeUnknown("wechat", "silent"), OutsideRefusal("wechat", "44990")])
async def test_a_message_whose_link_was_refused_goes_without_one(
    answer: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    parts = LinkParts(answer)
    with caplog.at_level(logging.WARNING, "zhenfu.links"):
        assert [await parts.made(), await parts.made()] == ["", ""]
    assert len(parts.app.asked) == 1, "it is not asked for again"
    assert [line.getMessage() for line in caplog.records] == [
        f"no link payment={parts.payment.id} why={type(answer).__name__}"
    ]


async def test_an_empty_answer_is_no_link() -> None:
    parts = LinkParts("")
    assert [await parts.made(), await parts.made()] == ["", ""]


async def test_a_link_that_takes_too_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = LinkParts(None)
    monkeypatch.setattr(links, "MADE_WITHIN_S", 0.01)
    assert await parts.made() == ""


async def test_a_mark_that_ended_meanwhile_leaves_the_message_without_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sends it again would have another one."""
    parts = LinkParts(LINK)

    async def ended(*given: object) -> bool:
        return False

    monkeypatch.setattr(parts.store, "swap", ended)
    assert await parts.made() == ""
