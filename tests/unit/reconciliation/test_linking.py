"""Two differences that are one thing: linked only when their money cancels out, and only as long as both differ."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import BadInput
from server.reconciliation.day_model import DayState, Disposition, DispositionAct, ReconciliationDay
from server.reconciliation.model import Leg, Row
from server.reconciliation.rules.days import undecided
from server.reconciliation.rules.linking import linked_with, partners
from tests.support.builders import HOSPITAL
from tests.support.reconciled import ReconciledApp, agreeing, row_of
from tests.unit.reconciliation.day_steps import a_day
from tests.unit.reconciliation.days import at

LINK = DispositionAct.LINK


def test_only_two_whose_money_cancels_out_are_one() -> None:
    assert partners(LINK, {"a": 5, "b": -5}) == {"a": "b", "b": "a"}
    assert partners(DispositionAct.CONFIRM, {"a": 5}) == {}
    for found in ({"a": 5}, {"a": 5, "b": -5, "c": 0}, {"a": 5, "b": 5}, {"a": 0, "b": 0}):
        with pytest.raises(BadInput) as refused:
            partners(LINK, found)
        assert refused.value.user_message == (
            "这两条的差额不能相抵，不是同一笔。请分开处理。"
            if len(found) == 2
            else "“两笔是同一笔”要正好勾选两条。不是的话，请选择怎么处理的另一种方式。"
        )


def about(key: str, other: str, act: DispositionAct = LINK, **fields: object) -> Disposition:
    facts: dict[str, object] = {
        "difference_fen": 5,
        "by": "staff:1",
        "at": at(9),
        "remark": "换号",
        "needs_second": True,
    }
    return Disposition(discrepancy=key, act=act, other=other, **{**facts, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "together"),
    [
        ([], ("a",)),
        ([about("a", "", DispositionAct.CONFIRM)], ("a",)),
        ([about("a", "b"), about("b", "a")], ("a", "b")),
        ([about("a", "b")], ("a",)),
        ([about("a", "b"), about("b", "c")], ("a",)),
        ([about("a", "b"), about("b", "a", second_by="staff:2")], ("a",)),
        ([about("a", "b"), about("b", "a", needs_second=False)], ("a",)),
    ],
    ids=["nothing", "no link", "both wait", "one end", "linked anew", "agreed already", "it needs nobody"],
)
def test_the_second_person_agrees_with_both_ends_while_both_wait(
    made: list[Disposition], together: tuple[str, ...]
) -> None:
    assert linked_with(a_day(dispositions=tuple(made)), "a") == together


async def a_pair(days_app: ReconciledApp, fen: int) -> tuple[Row, ReconciliationDay]:
    """Another system's payment that the channel has under one number and the HIS under another."""
    payment = await agreeing(days_app)
    here = row_of(payment, number="KIOSK1", payment_number="KIOSK1", channel_no="4200", amount_fen=fen)
    days_app.take(here)
    days_app.book(here._replace(leg=Leg.HIS, number="KIOSK2", payment_number="KIOSK2", channel_no=""))
    await days_app.next_morning()
    day = await days_app.day()
    assert [each.id for each in undecided(day)] == ["payment:KIOSK2", "payment:KIOSK1"]
    return here, day


async def link(days_app: ReconciledApp, day: ReconciliationDay) -> ReconciliationDay:
    await days_app.decide(day, [each.id for each in undecided(day)], LINK, "staff:1", "窗口换号")
    await days_app.work()
    return await days_app.day()


@pytest.mark.asyncio
async def test_a_linked_pair_closes_the_day() -> None:
    days_app = ReconciledApp()
    _, day = await a_pair(days_app, 900)
    after = await link(days_app, day)
    assert (after.state, [each.other for each in after.dispositions]) == (
        DayState.SETTLED, ["payment:KIOSK1", "payment:KIOSK2"],
    )  # fmt: skip


@pytest.mark.asyncio
async def test_the_second_person_agrees_with_both_ends_at_once() -> None:
    days_app = ReconciledApp()
    _, day = await a_pair(days_app, 200_000)
    after = await link(days_app, day)
    assert len(undecided(after)) == 2
    await days_app.days.decisions.agree(HOSPITAL, day.id, "payment:KIOSK1", "staff:2")
    await days_app.work()
    assert ((await days_app.day()).state, undecided(await days_app.day())) == (DayState.SETTLED, ())


@pytest.mark.asyncio
async def test_when_one_end_explains_itself_the_other_is_open_again() -> None:
    days_app = ReconciledApp()
    here, day = await a_pair(days_app, 900)
    await link(days_app, day)
    assert days_app.list.rows is not None
    days_app.list.rows[-1] = replace(days_app.list.rows[-1], out_trade_no="KIOSK3", transaction_id="")
    days_app.book(here)
    await days_app.days.decisions.run_again(HOSPITAL, day.id, "staff:1")
    await days_app.work()
    after = await days_app.day()
    assert (after.state, [each.id for each in undecided(after)]) == (DayState.DIFFERING, ["payment:KIOSK3"])
    days_app.list.rows[-2] = replace(days_app.list.rows[-2], out_trade_no="KIOSK2")
    await days_app.days.decisions.run_again(HOSPITAL, day.id, "staff:1")
    await days_app.work()
    assert [each.id for each in undecided(await days_app.day())] == ["payment:KIOSK2"], (
        "its other end is no difference any more"
    )
