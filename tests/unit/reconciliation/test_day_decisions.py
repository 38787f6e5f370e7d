"""What differs waits for a person, and what people decide of it closes the day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import NotAllowed, NotFound
from server.reconciliation.day_model import DayState, DispositionAct
from server.reconciliation.rules.days import undecided
from server.reconciliation.rules.result_text import result_from_text, result_text
from tests.support.builders import HOSPITAL
from tests.support.reconciled import KIOSK, ReconciledApp, differing

pytestmark = pytest.mark.asyncio


async def test_a_day_that_differs_waits_for_a_person_and_finance_is_told() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app)
    assert (day.state, [each.id for each in undecided(day)], day.closes) == (DayState.DIFFERING, [KIOSK], ())
    alert = await days_app.app.stores.alerts.get(HOSPITAL, f"day_differs:wechat-{days_app.today}")
    assert alert is not None
    assert alert.live


async def test_what_a_person_decides_closes_the_day_and_ends_the_alert() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app)
    await days_app.decide(day, [KIOSK], DispositionAct.SEND_BACK, "staff:1", "自助机补录")
    await days_app.work()
    day = await days_app.day()
    assert (day.state, day.closes[0].decided, undecided(day)) == (DayState.SETTLED, 1, ())
    alert = await days_app.app.stores.alerts.get(HOSPITAL, f"day_differs:wechat-{days_app.today}")
    assert alert is not None
    assert not alert.live


async def test_what_was_decided_survives_every_run() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app)
    await days_app.decide(day, [KIOSK], DispositionAct.SEND_BACK, "staff:1", "自助机补录")
    await days_app.work()
    before = await days_app.day()
    await days_app.days.decisions.run_again(HOSPITAL, day.id, "staff:1")
    await days_app.work()
    after = await days_app.day()
    assert (after.result, after.dispositions, after.closes) == (before.result, before.dispositions, before.closes)
    assert after.state is DayState.SETTLED


async def test_a_decision_about_another_amount_is_no_decision() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app)
    await days_app.decide(day, [KIOSK], DispositionAct.CONFIRM, "staff:1", "已核实")
    day = await days_app.day()
    result = result_from_text(day.result)
    other = [row._replace(amount_fen=600) for each in result.discrepancies for row in each.rows]
    grown = replace(
        result, discrepancies=tuple(replace(e, rows=tuple(other), difference_fen=600) for e in result.discrepancies)
    )
    assert [each.id for each in undecided(replace(day, result=result_text(grown)))] == [KIOSK]


async def test_over_the_limit_a_second_person_must_agree() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app, amount_fen=100_001)
    decisions = days_app.days.decisions
    assert (await decisions.summary(HOSPITAL, day.id, [KIOSK])).second_needed == 1
    await days_app.decide(day, [KIOSK], DispositionAct.WRITE_OFF, "staff:1", "核销，已报批")
    await days_app.work()
    assert (await days_app.day()).state is DayState.DIFFERING
    with pytest.raises(NotAllowed):
        await decisions.agree(HOSPITAL, day.id, KIOSK, "staff:1")
    await decisions.agree(HOSPITAL, day.id, KIOSK, "staff:2")
    await days_app.work()
    day = await days_app.day()
    assert (day.state, len(day.dispositions), day.dispositions[-1].second_by) == (DayState.SETTLED, 2, "staff:2")


async def test_a_decision_needs_a_remark_and_something_that_differs() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app)
    with pytest.raises(NotAllowed):
        await days_app.decide(day, [KIOSK], DispositionAct.CONFIRM, "staff:1", " ")
    for ids in ([], ["payment:X"], [KIOSK, "payment:X"]):
        with pytest.raises(NotFound):
            await days_app.decide(day, ids, DispositionAct.CONFIRM, "staff:1", "已核实")
    assert (await days_app.day()).dispositions == ()


@pytest.mark.parametrize(("amount_fen", "needed"), [(100_000, 0), (100_001, 1)])
async def test_the_limit_itself_is_one_person_s(amount_fen: int, needed: int) -> None:
    days_app = ReconciledApp()
    day = await differing(days_app, amount_fen)
    assert (await days_app.days.decisions.summary(HOSPITAL, day.id, [KIOSK])).second_needed == needed


async def test_what_is_not_there_is_said_to_have_gone() -> None:
    days_app = ReconciledApp()
    with pytest.raises(NotFound):
        await days_app.days.decisions.agree(HOSPITAL, "wechat-2020-01-01", KIOSK, "staff:2")
    with pytest.raises(NotFound) as gone:
        await days_app.days.decisions.summary(HOSPITAL, "wechat-2020-01-01", [KIOSK])
    assert gone.value.user_message == "没有找到这条差异，请刷新后再看。"


async def test_of_what_another_has_decided_meanwhile_nothing_is_recorded() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app)
    decisions = days_app.days.decisions
    late = await decisions.proposed(HOSPITAL, day.id, [KIOSK], DispositionAct.WRITE_OFF, "staff:2")
    await days_app.decide(day, [KIOSK], DispositionAct.CONFIRM, "staff:1", "已核实")
    with pytest.raises(NotFound):
        await decisions.record(late, "核销，已报批")
    assert [each.by for each in (await days_app.day()).dispositions] == ["staff:1"]


@pytest.mark.parametrize(("many", "known"), [(200, True), (201, False)])
async def test_so_many_differences_are_decided_at_once(many: int, known: bool) -> None:
    days_app = ReconciledApp()
    day = await differing(days_app)
    if known:
        assert (await days_app.days.decisions.summary(HOSPITAL, day.id, [KIOSK] * many)).count == 1
    else:
        with pytest.raises(NotFound):
            await days_app.days.decisions.summary(HOSPITAL, day.id, [KIOSK] * many)
