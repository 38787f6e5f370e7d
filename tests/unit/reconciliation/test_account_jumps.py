"""The account begins with what the day before left in it; where it does not, some fen moved that no statement lists, and the day says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.reconciliation.day_model import DayState, LegAnswer, ReconciliationDay, day_id
from server.reconciliation.model import Act, Balance, Category, Leg, MatchResult, Reason
from server.reconciliation.rules.account_jumps import left_before, with_jump
from server.reconciliation.rules.anew import compared_anew
from server.reconciliation.rules.days import differing_of
from tests.support.builders import HOSPITAL
from tests.support.reconciled import CHANNEL, ReconciledApp, agreeing
from tests.unit.reconciliation.day_steps import BALANCE, leg
from tests.unit.reconciliation.days import DAY

NONE, HEADERS, GIVEN_UP = LegAnswer.NONE_THAT_DAY, LegAnswer.HEADERS_ONLY, LegAnswer.GIVEN_UP
TOLD = leg(Leg.FUND, balance=BALANCE)


@pytest.mark.parametrize(
    ("funds", "left"),
    [
        ([TOLD], 127), ([leg(Leg.FUND, NONE), leg(Leg.FUND, HEADERS), TOLD], 127), ([], None), ([None, TOLD], None),
        ([leg(Leg.FUND, GIVEN_UP), TOLD], None), ([leg(Leg.FUND, LegAnswer.REFUSED), TOLD], None), ([leg(Leg.FUND, NONE)], None),
    ],
)  # fmt: skip
def test_what_is_left_is_known_from_the_last_day_on_which_something_moved(
    funds: list[object], left: int | None
) -> None:
    assert left_before(funds) == left  # type: ignore[arg-type]


@pytest.mark.parametrize(("balance", "before"), [(None, 5), (BALANCE, None), (BALANCE, 100)])
def test_an_account_that_goes_on_or_of_which_nobody_knows_says_nothing(
    balance: Balance | None, before: int | None
) -> None:
    result = MatchResult(day=DAY)
    assert with_jump(result, balance, before) is result


@pytest.mark.parametrize(("before", "fen", "said"), [(99, 1, 1), (130, -30, -30)])
def test_what_moved_in_between_is_named(before: int, fen: int, said: int) -> None:
    (found,) = with_jump(MatchResult(day=DAY), BALANCE, before).differing
    assert (found.category, found.reason, found.act, found.difference_fen) == (
        Category.SETTLEMENT, Reason.BALANCE_JUMPS, Act.CHECK_CHANNEL, fen,
    )  # fmt: skip
    assert (found.called.number, [row.signed_fen for row in found.rows], found.ours) == ("期初余额", [said], True)


async def day_with(days_app: ReconciledApp, opening_fen: int, closing_fen: int, back: int) -> ReconciliationDay:
    """Its fund statement has this balance from now on, and it is matched again."""
    found = await days_app.day(days_app.today + timedelta(days=back))
    balance = Balance(
        opening_fen=opening_fen, came_fen=closing_fen - opening_fen, went_fen=0, fee_fen=0, closing_fen=closing_fen
    )
    legs = tuple(replace(each, balance=balance) if each.leg is Leg.FUND else each for each in found.legs)
    await days_app.days.ledger.apply(
        HOSPITAL, day_id(CHANNEL, found.day), lambda day: replace(day, version=day.version + 1, legs=legs)
    )
    return await again(days_app, back)


async def again(days_app: ReconciledApp, back: int) -> ReconciliationDay:
    day = days_app.today + timedelta(days=back)
    await days_app.days.ledger.apply(
        HOSPITAL, day_id(CHANNEL, day), lambda day: compared_anew(day, days_app.app.clock.now())
    )
    await days_app.work()
    return await days_app.day(day)


@pytest.mark.asyncio
async def test_a_day_whose_account_begins_otherwise_differs_until_the_day_before_is_corrected() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    await days_app.next_morning()
    await days_app.next_morning()
    assert (await day_with(days_app, 0, 100, 0)).state is DayState.CLOSED
    jumped = await day_with(days_app, 101, 101, 1)
    assert (jumped.state, [each.difference_fen for each in differing_of(jumped)]) == (DayState.DIFFERING, [1])
    assert (await again(days_app, 1)).result == jumped.result
    corrected = await day_with(days_app, 0, 101, 0)
    assert corrected.state is DayState.CLOSED
    after = await again(days_app, 1)
    assert (after.state, differing_of(after)) == (DayState.CLOSED, ())
    sides = [day.leg(Leg.OURS) for day in (jumped, after)]
    assert len({side.sha256 for side in sides if side is not None}) == 2, "what the run has read is another"
