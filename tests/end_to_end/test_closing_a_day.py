"""A day with money closes, with real processes: it waits while the day goes on, then statements, the HIS's list and our books agree; what that
list lacks is named.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from server.core.days import HOSPITAL_ZONE, hospital_day
from server.infrastructure.clock_and_ids import SystemClock
from server.reconciliation.rules.judging import Bounds
from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone
from tests.support.warm_python import warm_python

EDGE = Bounds(prefix="ZF").edge
TAKES_AT_MOST = timedelta(minutes=3)


def now() -> datetime:
    return SystemClock().now().astimezone(HOSPITAL_ZONE)


def is_near_midnight(moment: datetime) -> bool:
    """A row of then that the HIS's list lacks may stand in the next day's."""
    return hospital_day(moment - EDGE) != hospital_day(moment + EDGE)


def reconcile(world: Installation, day: str) -> tuple[int, str]:
    """(exit status, what it said)."""
    ran = warm_python().run(["reconcile", "--hospital", "demo", "--day", day], world.environ)
    return ran.returncode, ran.stdout + ran.stderr


def test_a_day_with_money_of_ours_and_of_a_window_closes_to_the_fen(world: Installation) -> None:
    ends = hospital_day(now() + TAKES_AT_MOST)
    world.wait_until(
        lambda: hospital_day(now()) == ends, "no day turns in the middle", 2 * TAKES_AT_MOST.total_seconds()
    )
    phone, today, began = Phone(world, 1), ends, now()
    (window,) = world.ask("/sandbox/his/take", {"way": "wechat", "fen": 500})["taken"]
    payment_id = phone.pay(phone.bills()[0])
    phone.wait_for(payment_id, "paid")
    world.wait_until(lambda: payment_id in str(world.money()["his"]["trades"]), "the HIS has it")
    assert world.ask("/sandbox/his/take", {"way": "cash", "fen": 500})
    assert reconcile(world, today.isoformat())[0] == 2, "the channels give no statement of a day that goes on"
    yesterday = (today - timedelta(days=1)).isoformat()
    world.ask("/sandbox/clock", {"day": today.isoformat()})  # yesterday's statements are ready, whatever the hour is
    world.wait_until(lambda: reconcile(world, yesterday)[0] == 0, "the day before, without money, is closed first")
    world.ask("/sandbox/clock", {"day": (today + timedelta(days=1)).isoformat()})
    status, said = reconcile(world, today.isoformat())
    assert (status, said.count("已关账")) == (0, 2), said
    assert "已勾兑 2 笔，差异 0 笔" in said
    world.faults({"where": "his.statement.day", "what": "missing_row"})
    status, said = reconcile(world, today.isoformat())
    waits = "跨日待勾兑 1 笔" in said
    assert waits in {is_near_midnight(moment) for moment in (began, now())}, said
    assert (status, said.count("已关账")) == ((0, 2) if waits else (1, 1)), said
    names = (
        f"{payment_id}：",
        f"{window['out_trade_no']}（其他系统）：",
    )  # both may be booked in one second: either is the last
    told = "跨日待勾兑" if waits else "医院系统没有"
    assert [f"{told} {name}" in said for name in names].count(True) == 1, said
    world.faults()
    assert reconcile(world, today.isoformat())[0] == 0, "the HIS's list is asked for anew, and has it"
