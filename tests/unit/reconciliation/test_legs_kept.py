"""What is kept of each leg: its sums, whether its file has rows, and when a side that lists the running day may be believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.app.reconciling import at_once
from server.reconciliation.day_model import LegAnswer, ReconciliationDay
from server.reconciliation.legs import LegFetcher
from server.reconciliation.model import Leg, Sums
from server.reconciliation.rules.days import opened
from server.reconciliation.rules.result_text import result_from_text
from server.reconciliation.statements import StatementAnswer, StatementKind
from tests.support.builders import HOSPITAL
from tests.support.reconciled import CHANNEL, ReconciledApp, agreeing, row_of

pytestmark = pytest.mark.asyncio


async def fetched(days_app: ReconciledApp, day: ReconciliationDay | None = None) -> dict[Leg, LegAnswer]:
    """What each leg of today answers."""
    clock = days_app.app.clock
    fetcher = LegFetcher(
        {HOSPITAL: {CHANNEL: days_app.statements}}, {HOSPITAL: days_app.list}, {}, days_app.files, at_once, clock
    )
    day = day or opened(HOSPITAL, CHANNEL, days_app.today, clock.now(), clock.now())
    return {leg.leg: leg.answer for leg in await fetcher.missing_legs(day)}


async def test_each_leg_keeps_the_sums_of_its_rows() -> None:
    days_app = ReconciledApp()
    payment = await agreeing(days_app)
    await days_app.next_morning()
    day = await days_app.day()
    sums = {leg.leg: leg.sums for leg in day.legs}
    paid = Sums(payments=1, paid_fen=payment.amount_fen)
    fees = replace(paid, fee_fen=7)
    assert sums == {Leg.OURS: paid, Leg.HIS: paid, Leg.CHANNEL: fees, Leg.FUND: fees}
    assert dict(result_from_text(day.result).sums) == sums


@pytest.mark.parametrize(("over", "his"), [(False, LegAnswer.NOT_YET), (True, LegAnswer.FILE)])
async def test_the_his_lists_the_running_day_so_far_and_is_asked_when_it_is_over(over: bool, his: LegAnswer) -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.statements.answers[StatementKind.TRADE] = StatementAnswer.NOT_YET
    days_app.app.clock.forward(days=over)
    answers = await fetched(days_app)
    assert (answers[Leg.CHANNEL], answers[Leg.HIS]) == (LegAnswer.NOT_YET, his)


async def test_the_day_is_over_by_the_channel_that_gives_its_statement_though_our_clock_is_behind() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    assert await fetched(days_app) == dict.fromkeys((Leg.CHANNEL, Leg.FUND, Leg.HIS), LegAnswer.FILE)


@pytest.mark.parametrize("kind", list(StatementKind))
async def test_a_file_without_rows_says_that_there_was_nothing(kind: StatementKind) -> None:
    days_app = ReconciledApp()
    payment = await agreeing(days_app)
    days_app.statements.rows[kind] = [row_of(payment, at=payment.created_at - timedelta(days=3))]
    answers = await fetched(days_app)
    expected = {StatementKind.TRADE: Leg.CHANNEL, StatementKind.FUND: Leg.FUND}
    assert {leg for leg, answer in answers.items() if answer is LegAnswer.HEADERS_ONLY} == {expected[kind]}


async def test_what_a_matched_day_went_without_is_asked_for_anew_and_what_was_there_stays() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    await days_app.next_morning()
    day = await days_app.day()
    given_up = replace(day.leg(Leg.FUND), answer=LegAnswer.GIVEN_UP, sha256="")  # type: ignore[type-var]
    day = replace(day, legs=(*[leg for leg in day.legs if leg.leg is not Leg.FUND], given_up))  # type: ignore[arg-type]
    assert await fetched(days_app, day) == dict.fromkeys((Leg.CHANNEL, Leg.FUND, Leg.HIS), LegAnswer.FILE)
    assert await fetched(days_app, replace(day, result="")) == {}, "a day that was never matched waits for nothing more"
    days_app.list.down = True
    days_app.statements.answers = dict.fromkeys(StatementKind, StatementAnswer.NOT_YET)
    assert await fetched(days_app, day) == {}
