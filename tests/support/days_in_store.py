"""A matched day with known differences, put into a store as reconciliation leaves it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from server.core.days import hospital_day
from server.reconciliation.day_model import DayLeg, DayState, LegAnswer, ReconciliationDay, day_id
from server.reconciliation.model import Balance, Leg, MatchResult, RowKind, Sums
from server.reconciliation.rules.judging import Bounds
from server.reconciliation.rules.matching import match
from server.reconciliation.rules.parts import parts_of
from server.reconciliation.rules.result_text import result_text
from tests.support.builders import HOSPITAL
from tests.support.in_memory_app import InMemoryApp
from tests.unit.reconciliation.days import ALL_LEGS, Day, at, payment, refund

MISSING_IN_HIS, ONLY_IN_HIS, LARGE = "ZF2026112700001", "ZF2026112700002", "ZF2026112700003"
BOUNDS = Bounds(prefix="ZF")
BALANCE = Balance(opening_fen=0, came_fen=3000, went_fen=400, fee_fen=8, closing_fen=2592)


def _sums(day: Day, leg: Leg) -> Sums:
    paid = [row.amount_fen for row in day.rows if row.leg is leg and row.kind is RowKind.PAYMENT]
    back = [row.amount_fen for row in day.rows if row.leg is leg and row.kind is RowKind.REFUND]
    fees = sum(row.fee_fen for row in day.rows if row.leg is leg)
    return Sums(
        payments=len(paid), paid_fen=sum(paid), refunds=len(back), refunded_fen=sum(back), fee_fen=fees
    )  # fmt: skip


def rows_of(day: date) -> Day:
    """Eight payments; the HIS lacks one of 12.01 and one of 2,000 yuan, and has one of 9.99 that nobody else has."""
    made = Day()
    for number, fen in ((MISSING_IN_HIS, 1201), (ONLY_IN_HIS, 999), (LARGE, 200_000)):
        made.all_legs(lambda leg, number, fen: payment(leg, number, fen, at(9, day=day)), number, fen)
    for number in range(10, 15):
        made.all_legs(lambda leg, number: payment(leg, number, 1000, at(10, day=day)), f"ZF20261127000{number}")
    made.all_legs(lambda leg, of: refund(leg, of, 400, at(15, day=day)), "ZF2026112700010")
    made.drop(f"payment:{MISSING_IN_HIS}", Leg.HIS)
    made.drop(f"payment:{LARGE}", Leg.HIS)
    made.drop(f"payment:{ONLY_IN_HIS}", Leg.OURS, Leg.CHANNEL, Leg.FUND)
    return made


def matched_day(
    day: date, rows: Day, channel: str = "wechat", state: DayState = DayState.DIFFERING
) -> ReconciliationDay:
    sums = {leg: _sums(rows, leg) for leg in ALL_LEGS}
    found: MatchResult = match(day, parts_of(rows.rows, set(ALL_LEGS), BOUNDS.prefix), set(ALL_LEGS), BOUNDS)
    result = replace(found, sums=sums)
    moment = at(10, 30, day=day + timedelta(days=1))
    legs = tuple(
        DayLeg(
            leg=leg, answer=LegAnswer.FILE, at=moment, sha256=f"{ALL_LEGS.index(leg)}" * 64, sums=sums[leg],
            balance=BALANCE if leg is Leg.FUND else None,
        )
        for leg in ALL_LEGS
    )  # fmt: skip
    return ReconciliationDay(
        hospital=HOSPITAL, channel=channel, day=day, version=1, state=state, created_at=moment, legs=legs, result=result_text(result)
    )  # fmt: skip


async def a_differing_day(memory_app: InMemoryApp) -> str:
    """Yesterday, with three differences; the id of the document."""
    day = hospital_day(memory_app.clock.now()) - timedelta(days=1)
    await memory_app.stores.days.insert(matched_day(day, rows_of(day)))
    return day_id("wechat", day)
