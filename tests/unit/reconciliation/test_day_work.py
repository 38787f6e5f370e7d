"""A day from its opening to its sealed close, with legs that come late or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.alerts.model import AlertState
from server.reconciliation.day_model import DayState, LegAnswer
from server.reconciliation.model import Leg
from server.reconciliation.rules.result_text import result_from_text, result_text
from server.reconciliation.statements import StatementAnswer, StatementKind
from tests.support.builders import HOSPITAL
from tests.support.reconciled import ReconciledApp, a_booked_payment, agreeing, categories, differing, row_of

pytestmark = pytest.mark.asyncio


async def test_a_day_that_agrees_is_closed_by_itself() -> None:
    days_app = ReconciledApp()
    payment = await agreeing(days_app)
    await days_app.next_morning()
    day = await days_app.day()
    assert (day.state, categories(day), day.next_due) == (DayState.CLOSED, [], None)
    (close,) = day.closes
    assert (close.number, close.matched, close.decided, close.missing, close.corrects) == (1, 1, 0, (), 0)
    assert day.leg(Leg.OURS) is not None
    assert payment.id.encode() in (await days_app.files.opened(day.leg(Leg.OURS).sha256))().read()  # type: ignore[union-attr]


async def test_the_close_stands_in_the_audit_chain() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    await days_app.next_morning()
    day = await days_app.day()
    assert day.audited_lines == len(day.history) > 0
    last = await days_app.app.stores.audit.last(HOSPITAL)
    assert last is not None
    assert (last.what, last.detail["matched"], last.detail["sha256"]) == (
        "day_closed_reconciled", "1", day.closes[0].result_sha256,
    )  # fmt: skip
    report = await days_app.app.services.shared.audit_check.verify(HOSPITAL, None, "")
    assert report.problems == []


async def test_nothing_is_asked_for_before_the_statements_may_be_there() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.app.clock.forward(hours=24)  # 09:30 of the next day
    await days_app.open_days.once()
    await days_app.work()
    assert (days_app.today, StatementKind.TRADE) not in days_app.statements.asked


async def test_days_that_were_missed_are_opened_too() -> None:
    days_app = ReconciledApp()
    await days_app.next_morning()
    days_app.app.clock.forward(days=3)
    await days_app.open_days.once()
    for back in range(4):
        assert (
            await days_app.app.stores.days.get(HOSPITAL, f"wechat-{days_app.today + timedelta(days=back)}") is not None
        )


@pytest.mark.parametrize("answer", [StatementAnswer.NOT_YET, StatementAnswer.EMPTY_FILE])
async def test_a_statement_that_is_not_there_is_waited_for(answer: StatementAnswer) -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.statements.answers[StatementKind.TRADE] = answer
    await days_app.next_morning()
    day = await days_app.day()
    assert (day.state, day.result) == (DayState.WAITING, "")
    assert day.leg(Leg.CHANNEL).answer == answer  # type: ignore[union-attr]
    del days_app.statements.answers[StatementKind.TRADE]
    days_app.app.clock.forward(minutes=11)
    await days_app.work()
    assert (await days_app.day()).state is DayState.CLOSED


async def test_a_day_is_never_matched_without_the_trade_statement_and_finance_hears_of_it() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.statements.answers[StatementKind.TRADE] = StatementAnswer.NOT_YET
    await days_app.next_morning()
    for _ in range(60):
        days_app.app.clock.forward(minutes=11)
        await days_app.work()
    assert (await days_app.day()).result == ""
    assert await days_app.app.stores.alerts.get(HOSPITAL, f"day_waits:wechat-{days_app.today}") is not None


async def waits_are_told(days_app: ReconciledApp) -> bool:
    alert = await days_app.app.stores.alerts.get(HOSPITAL, f"day_waits:wechat-{days_app.today}")
    return alert is not None and alert.state is not AlertState.CLOSED


async def test_finance_hears_that_a_day_waits_after_six_hours_and_no_more_once_it_is_compared() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.statements.answers[StatementKind.TRADE] = StatementAnswer.NOT_YET
    await days_app.next_morning()
    opened = (await days_app.day()).created_at
    for after, told in ((timedelta(hours=5, minutes=50), False), (timedelta(hours=6), True)):
        days_app.app.clock.forward(seconds=(opened + after - days_app.app.clock.now()).total_seconds())
        await days_app.days.runner.run_due(HOSPITAL, f"wechat-{days_app.today}")
        assert await waits_are_told(days_app) is told
    days_app.statements.answers.clear()
    days_app.app.clock.forward(minutes=11)
    await days_app.work()
    assert (await days_app.day()).state is DayState.CLOSED
    assert not await waits_are_told(days_app)


async def test_of_a_day_that_has_all_its_files_nobody_hears_however_late_they_are_read() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.app.clock.forward(days=1, hours=1)
    await days_app.open_days.once()
    days_app.app.clock.forward(hours=7)
    await days_app.work()
    assert (await days_app.day()).state is DayState.CLOSED
    assert await days_app.app.stores.alerts.get(HOSPITAL, f"day_waits:wechat-{days_app.today}") is None


async def test_a_file_that_must_not_be_used_is_waited_for() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.statements.spoilt[StatementKind.TRADE] = b"kind,number\nhalf"
    await days_app.next_morning()
    day = await days_app.day()
    leg = day.leg(Leg.CHANNEL)
    assert (day.state, leg and leg.answer, leg and leg.detail) == (DayState.WAITING, LegAnswer.REFUSED, "unreadable")


async def test_the_his_s_list_and_the_fund_statement_are_waited_for_and_then_gone_without() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.list.down = True
    days_app.statements.answers[StatementKind.FUND] = StatementAnswer.NOT_YET
    await days_app.next_morning()
    assert (await days_app.day()).state is DayState.WAITING
    for _ in range(40):
        days_app.app.clock.forward(minutes=11)
        await days_app.work()
    day = await days_app.day()
    assert (day.state, day.closes[0].missing) == (DayState.CLOSED, (Leg.FUND, Leg.HIS))


async def test_a_hospital_without_a_list_closes_with_what_it_has_and_says_so() -> None:
    days_app = ReconciledApp()
    payment = await a_booked_payment(days_app)
    days_app.take(row_of(payment))
    days_app.list.rows = None
    await days_app.next_morning()
    day = await days_app.day()
    assert (day.state, day.closes[0].missing) == (DayState.CLOSED, (Leg.HIS,))


async def test_a_run_on_the_same_files_is_the_same_byte_for_byte() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app)
    await days_app.days.decisions.run_again(HOSPITAL, day.id, "staff:1")
    await days_app.work()
    again = await days_app.day()
    assert (again.result, result_text(result_from_text(day.result))) == (day.result, day.result)


async def test_a_day_waits_for_the_result_of_the_day_before() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.statements.answers[StatementKind.TRADE] = StatementAnswer.NOT_YET
    await days_app.next_morning()
    days_app.app.clock.forward(days=1)
    await days_app.open_days.once()
    days_app.statements.answers.clear()
    tomorrow = days_app.today + timedelta(days=1)
    await days_app.days.runner.run_due(HOSPITAL, f"wechat-{tomorrow}")
    await days_app.days.runner.run_due(HOSPITAL, f"wechat-{tomorrow}")
    assert (await days_app.day(tomorrow)).result == ""
    await days_app.work()
    days_app.app.clock.forward(minutes=30)
    await days_app.work()
    assert (await days_app.day(tomorrow)).state is DayState.CLOSED
