"""What Zhenfu mends itself: a payment owes one ordinary question, now, unless it is being asked; what is no payment of ours is not asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.effects.model import Effect, EffectKind
from server.payments.model import Payment, bumped
from server.payments.rules.his_asked import BOOKED_AGAIN
from server.reconciliation.model import Act, Category, Discrepancy, Leg, Reason, Row, RowKind
from server.reconciliation.repairs import Repairs
from server.reconciliation.rules.our_rows import our_rows
from tests.support.builders import HOSPITAL
from tests.support.payment_fixtures import waiting
from tests.support.reconciled import ReconciledApp, a_booked_payment, row_of
from tests.unit.reconciliation.day_steps import a_day

pytestmark = pytest.mark.asyncio


def a_difference(*rows: Row, act: Act = Act.QUERY_CHANNEL) -> Discrepancy:
    return Discrepancy(
        id=rows[0].key, category=Category.MISSING_HERE, reason=Reason.NOTIFICATION_LOST, act=act, rows=rows,
        difference_fen=0, since=rows[0].at.date(),
    )  # fmt: skip


async def mended(days_app: ReconciledApp, *found: Discrepancy) -> list[str]:
    app = days_app.app
    repairs = Repairs(app.hospitals, app.transitions, app.services.shared.unclaimed, app.clock)
    return await repairs.set_going(replace(a_day(), hospital=HOSPITAL), found)


@pytest.mark.parametrize(
    ("seconds", "held", "anew"), [(60, False, True), (60, True, False), (0, False, False), (-60, False, False)]
)
async def test_a_payment_is_asked_about_now_unless_that_is_under_way_or_due(
    seconds: int, held: bool, anew: bool
) -> None:
    days_app = ReconciledApp()
    app = days_app.app
    payment, now = await waiting(app), app.clock.now()
    lease = "worker-1" if held else None
    effect = Effect(kind=EffectKind.QUERY, due_at=now + timedelta(seconds=seconds), lease=lease)

    def owing(current: Payment) -> Payment:
        return bumped(current, effects=(effect,))

    before = await app.transitions.apply(HOSPITAL, payment.id, owing)
    assert await mended(days_app, a_difference(row_of(payment))) == [f"payment:{payment.id}"]
    after = await app.payment(payment.id)
    assert (after.version > before.version) is anew
    if anew:
        assert [(one.kind, one.due_at) for one in after.effects] == [(EffectKind.QUERY, now)]


async def test_the_his_is_asked_about_what_our_own_row_names() -> None:
    days_app = ReconciledApp()
    payment = await a_booked_payment(days_app)
    theirs = row_of(payment, Leg.CHANNEL, number="X", payment_number="X")
    found = a_difference(theirs, row_of(payment, Leg.OURS), act=Act.ASK_HIS)
    assert await mended(days_app, found) == [found.id]
    assert [one.kind for one in (await days_app.app.payment(payment.id)).effects] == [EffectKind.ASK_HIS]


async def test_what_the_his_has_answered_since_the_rows_were_compared_is_looked_at_again() -> None:
    """The process died after the payment owed the question and before the day noted it; another one has asked meanwhile."""
    days_app = ReconciledApp()
    payment = await a_booked_payment(days_app)
    (compared,) = our_rows(payment, "wechat", days_app.today)
    found = a_difference(compared, act=Act.ASK_HIS)
    await mended(days_app, found)
    days_app.app.his.booked.clear()
    days_app.app.clock.forward(days=1)
    await days_app.app.work()
    again = await days_app.app.payment(payment.id)
    assert [line.what for line in again.history][-1] == BOOKED_AGAIN
    assert await mended(days_app, found) == [found.id]
    (now,) = our_rows(again, "wechat", days_app.today)
    assert await mended(days_app, a_difference(now, act=Act.ASK_HIS)) == [], "it was compared as it is, and asked"


async def test_where_no_row_is_ours_the_his_is_asked_nothing() -> None:
    days_app = ReconciledApp()
    payment = await a_booked_payment(days_app)
    assert await mended(days_app, a_difference(row_of(payment, Leg.CHANNEL), act=Act.ASK_HIS)) == []


async def test_a_refund_of_no_payment_of_ours_is_no_money_that_came_in() -> None:
    days_app = ReconciledApp()
    payment = await a_booked_payment(days_app)
    number = f"{days_app.app.hospital.prefix}20261123NOBODY"
    asked = len(days_app.app.channel.named("query"))
    row = row_of(payment, kind=RowKind.REFUND, number=f"{number}R01", payment_number=number)
    assert await mended(days_app, a_difference(row, act=Act.RECORD_REFUND)) == []
    assert len(days_app.app.channel.named("query")) == asked
    assert await days_app.app.stores.unclaimed.latest(HOSPITAL, 10) == []
