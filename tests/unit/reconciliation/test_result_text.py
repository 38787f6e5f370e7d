"""What is stored of a day's result: the day on which the HIS has a row, and who does each proposed act."""

from __future__ import annotations

from datetime import date

import pytest

from server.reconciliation.model import (
    Act,
    Carried,
    Leg,
    MatchResult,
    Row,
    RowKind,
    RowState,
)
from server.reconciliation.repairs import ASKS_CHANNEL
from server.reconciliation.rules.lines import line_of
from server.reconciliation.rules.lines import row_of as row_of_line
from server.reconciliation.rules.result_text import result_from_text, result_text
from server.reconciliation.texts import ACTS
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio


async def test_the_day_on_which_the_his_has_it_is_kept_with_the_row() -> None:
    row = Row(
        Leg.OURS, RowKind.PAYMENT, "ZF1", "ZF1", 100, RowState.DONE, MORNING, note="n", booked_on=date(2026, 11, 24)
    )
    assert row_of_line(Leg.OURS, line_of(row)) == row
    result = MatchResult(day=date(2026, 11, 23), carried=(Carried(key=row.key, since=date(2026, 11, 23), rows=(row,)),))
    assert result_from_text(result_text(result)) == result


@pytest.mark.parametrize("act", list(Act))
async def test_each_proposed_act_has_its_actor(act: Act) -> None:
    """Repairs do what is Zhenfu's own; the next days' runs wait; everything else is for a person, who decides in the console."""
    by_a_person = {Act.CHECK_HIS, Act.CHECK_CHANNEL, Act.CHECK_BANK, Act.RED_FLUSH, Act.LOOK}
    assert (act in ASKS_CHANNEL | {Act.ASK_HIS}) + (act is Act.WAIT) + (act in by_a_person) == 1
    assert (ACTS[act].startswith("请")) is (act in by_a_person)


async def test_a_result_of_another_form_is_not_read() -> None:
    text = result_text(MatchResult(day=date(2026, 11, 23)))
    with pytest.raises(ValueError, match="another form"):
        result_from_text(text.replace('"form":1', '"form":2'))
