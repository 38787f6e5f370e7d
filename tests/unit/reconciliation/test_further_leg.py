"""One more side of a channel's day: switched on for it, waited for, held against our rows, and only ever shown to a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from server.core.days import hospital_day
from server.core.errors import OutcomeUnknown
from server.payments.model import Payment
from server.reconciliation.day_model import DayState, LegAnswer
from server.reconciliation.model import Act, Category, Leg, MatchResult, Reason, Row, RowKind, RowState
from server.reconciliation.repairs import ASKS_CHANNEL
from server.reconciliation.rules.further import with_further
from server.reconciliation.rules.result_text import result_from_text, result_text
from server.reconciliation.statements import RefusalReason, StatementRefused
from server.storage.further_files import FolderLeg
from tests.support.builders import HOSPITAL
from tests.support.reconciled import CHANNEL, ReconciledApp, agreeing, file_of, row_of
from tests.unit.reconciliation.days import DAY, payment, refund


class Insurance:
    """reconciliation.ports.FurtherLeg: a centre that lists what it is told to, or does not answer."""

    def __init__(self) -> None:
        self.listed: list[Row] | None = []
        self.down = False

    async def rows(self, day: date) -> Sequence[Row] | None:
        if self.down:
            raise OutcomeUnknown("insurance", "no answer")
        return None if self.listed is None else [row for row in self.listed if hospital_day(row.at) == day]


async def a_day(insurance: Insurance) -> tuple[ReconciledApp, Payment]:
    days_app = ReconciledApp({HOSPITAL: {CHANNEL: insurance}})
    return days_app, await agreeing(days_app)


@pytest.mark.asyncio
async def test_a_side_that_agrees_closes_the_day_with_its_sums() -> None:
    insurance = Insurance()
    days_app, paid = await a_day(insurance)
    insurance.listed = [row_of(paid, Leg.FURTHER)]
    await days_app.next_morning()
    day = await days_app.day()
    leg = day.leg(Leg.FURTHER)
    assert leg is not None
    assert leg.sums is not None
    assert (day.state, leg.answer, leg.sums.paid_fen) == (DayState.CLOSED, LegAnswer.FILE, paid.amount_fen)


@pytest.mark.asyncio
async def test_a_side_that_lacks_it_makes_the_day_differ_and_nothing_is_repaired() -> None:
    days_app, paid = await a_day(Insurance())
    await days_app.next_morning()
    day = await days_app.day()
    (found,) = result_from_text(day.result).discrepancies
    assert (day.state, found.category, found.reason) == (
        DayState.DIFFERING, Category.MISSING_AT_CHANNEL, Reason.NOT_IN_FURTHER,
    )  # fmt: skip
    assert (found.id, found.difference_fen) == (f"further:payment:{paid.id}", -paid.amount_fen)
    assert found.act not in ASKS_CHANNEL | {Act.ASK_HIS}
    assert result_text(result_from_text(day.result)) == day.result


@pytest.mark.parametrize("why", ["not yet", "down"])
@pytest.mark.asyncio
async def test_it_is_waited_for_and_then_gone_without(why: str) -> None:
    insurance = Insurance()
    insurance.listed, insurance.down = None, why == "down"
    days_app, _ = await a_day(insurance)
    await days_app.next_morning()
    assert (await days_app.day()).state is DayState.WAITING
    for _ in range(3):
        days_app.app.clock.forward(hours=3)
        await days_app.work()
    day = await days_app.day()
    assert (day.state, day.closes[0].missing) == (DayState.CLOSED, (Leg.FURTHER,))


@pytest.mark.asyncio
async def test_a_hospital_without_it_knows_nothing_of_it() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    await days_app.next_morning()
    day = await days_app.day()
    assert day.leg(Leg.FURTHER) is None
    assert Leg.FURTHER not in (*day.closes[0].missing, *day.closes[0].absent)


PAID = payment(Leg.OURS, "ZH1", 1000)
THERE = payment(Leg.FURTHER, "ZH1", 1000)
BACK = refund(Leg.OURS, "ZH1", 400)


@pytest.mark.parametrize(
    ("here", "there", "told"),
    [
        ([PAID, BACK], [THERE, refund(Leg.FURTHER, "ZH1", 400)], []),
        ([PAID], [], [(Category.MISSING_AT_CHANNEL, -1000)]), ([BACK], [], [(Category.MISSING_AT_CHANNEL, 400)]),
        ([], [THERE], [(Category.MISSING_HERE, 1000)]), ([], [THERE._replace(state=RowState.FAILED)], []),
        ([PAID._replace(state=RowState.FAILED)], [], []), ([PAID], [THERE._replace(amount_fen=900)], [(Category.AMOUNT, -100)]),
        ([PAID], [THERE._replace(state=RowState.FAILED)], [(Category.STATE, -1000)]),
        ([BACK._replace(state=RowState.FAILED)], [refund(Leg.FURTHER, "ZH1", 401)._replace(state=RowState.FAILED)], []),
        ([BACK._replace(state=RowState.FAILED)], [refund(Leg.FURTHER, "ZH1", 401)], [(Category.AMOUNT, -401)]),
        ([PAID], [THERE, THERE], [(Category.DOUBLE, 1000)]), ([], [payment(Leg.FURTHER, "KIOSK1", 5)], []),
    ],
)  # fmt: skip
def test_what_differs_and_by_how_much(here: list[Row], there: list[Row], told: list[tuple[Category, int]]) -> None:
    for rows in (there, there[::-1]):
        found = with_further(MatchResult(day=DAY), here, rows, "ZH").discrepancies
        assert [(each.category, each.difference_fen) for each in found] == told


@pytest.mark.asyncio
async def test_a_file_a_day_is_read_from_a_folder(tmp_path: Path) -> None:
    leg = FolderLeg(tmp_path)
    assert await leg.rows(DAY) is None
    path = tmp_path / "2026-11-27.csv"
    path.write_bytes(file_of([PAID]))
    (row,) = await leg.rows(DAY) or ()
    assert (row.leg, row.kind, row.number, row.amount_fen) == (Leg.FURTHER, RowKind.PAYMENT, "ZH1", 1000)
    path.write_bytes(b"")
    with pytest.raises(StatementRefused) as refused:
        await leg.rows(DAY)
    assert refused.value.reason is RefusalReason.EMPTY
