"""Looks for refunds of past days are made in pieces: each goes on behind the last payment that was looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import cast

import pytest

from server.core.days import HOSPITAL_ZONE, hospital_day
from server.core.errors import NotSent
from server.payments import refund_rounds
from server.payments.model import Payment
from server.payments.refund_looks import RefundLooks
from server.payments.refund_rounds import RefundRounds
from server.storage.memory_payments import MemoryPayments
from tests.support.builders import HOSPITAL, a_paid
from tests.support.clock_and_ids import FakeClock

pytestmark = pytest.mark.asyncio


class PlayedLooks:
    """Notes whom it looks at. ``fails``: the channel does not answer about this one."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.fails = ""

    async def look(self, payment: Payment) -> None:
        self.seen.append(payment.id)
        if payment.id == self.fails:
            raise NotSent("wechatpay", "timeout")


class Office:
    """Payments ``A``, ``B``, ``C`` of yesterday, the newest last, and ``T`` of the day three days ago."""

    def __init__(self) -> None:
        self.clock, self.looks, self.payments = FakeClock(), PlayedLooks(), MemoryPayments()
        self.today = hospital_day(self.clock.now())
        self.rounds = RefundRounds(self.payments, cast("RefundLooks", self.looks), self.clock)

    async def fill(self) -> None:
        for number, (payment_id, days_ago) in enumerate((("A", 1), ("B", 1), ("C", 1), ("T", 3))):
            midnight = datetime.combine(self.today - timedelta(days=days_ago), time(), HOSPITAL_ZONE)
            created_at = midnight + timedelta(hours=1 + number)
            await self.payments.insert(replace(a_paid(), id=payment_id, claims=(), created_at=created_at))

    async def pieces(self, place: str = "", at_most: int = 100) -> tuple[str, bool]:
        """Where the last piece ended, and whether there is more."""
        for _ in range(at_most):
            piece = await self.rounds.piece(HOSPITAL, place)
            place = piece.place
            if not piece.more:
                return place, False
        return place, True


@pytest.mark.parametrize(("page", "piece_s"), [(50, 20), (2, 20), (3, 20), (50, 0), (2, 0), (3, 0), (1, 0)])
async def test_each_payment_is_looked_at_once_whatever_a_page_and_a_piece_hold(
    page: int, piece_s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refund_rounds, "PAGE", page)
    monkeypatch.setattr(refund_rounds, "PIECE", timedelta(seconds=piece_s))
    office = Office()
    await office.fill()
    place, more = await office.pieces()
    assert office.looks.seen == ["C", "B", "A", "T"]
    assert not more
    assert await office.pieces(place) == (place, False)
    assert len(office.looks.seen) == 4, "the day is done"


async def test_a_piece_ends_behind_the_payment_at_which_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refund_rounds, "PIECE", timedelta())
    office = Office()
    await office.fill()
    first = await office.rounds.piece(HOSPITAL, "")
    assert (office.looks.seen, first.more) == (["C"], True)
    await office.rounds.piece(HOSPITAL, first.place)
    assert office.looks.seen == ["C", "B"]


async def test_a_day_that_takes_longer_ends_before_the_next_one_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refund_rounds, "PIECE", timedelta())
    office = Office()
    await office.fill()
    place, _ = await office.pieces(at_most=2)
    office.clock.forward(days=1)
    place, more = await office.pieces(place)
    assert (office.looks.seen, more) == (["C", "B", "A", "T"], False)
    office.clock.forward(days=1)
    await office.pieces(place)
    assert office.looks.seen[4:] == ["C", "B", "A"], "of today's looks: they are three days old"


async def test_a_channel_that_does_not_answer_about_one_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    office = Office()
    office.looks.fails = "B"
    await office.fill()
    await office.pieces()
    assert office.looks.seen == ["C", "B", "A", "T"]
    assert caplog.messages == ["not looked at payment=B why=NotSent"]


async def test_one_piece_looks_at_all_of_a_quiet_day_with_a_breath_after_each() -> None:
    office = Office()
    await office.fill()
    _, more = await office.pieces(at_most=1)
    assert (office.looks.seen, more) == (["C", "B", "A", "T"], False)
    assert office.clock.slept == [0.05] * 4
