"""What Zhenfu mends of a day itself: notifications that were lost, refunds in the merchant's console, and refunds under other numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.days import hospital_day
from server.effects.model import EffectKind
from server.payments.model import PaymentState, changed
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.trades import RefundOutcome, TradeState
from server.reconciliation.day_model import DayState
from server.reconciliation.model import Category, RowKind
from server.reconciliation.rules.our_rows import our_rows
from server.reconciliation.rules.result_text import result_from_text
from tests.support.builders import HOSPITAL
from tests.support.every_payment import every_payment
from tests.support.payment_fixtures import waiting
from tests.support.reconciled import ReconciledApp, agreeing, categories, differing, row_of

pytestmark = pytest.mark.asyncio
CHANNEL_ASKED = {EffectKind.QUERY, EffectKind.QUERY_REFUND}


async def test_a_lost_notification_is_mended_by_a_query_and_the_day_closes() -> None:
    days_app = ReconciledApp()
    payment = await waiting(days_app.app)
    days_app.app.channel.pay(payment.id)
    trade = await days_app.app.channel.query(payment.id)
    row = row_of(payment, at=trade.paid_at or payment.created_at, channel_no=trade.transaction_id)
    days_app.take(row)
    days_app.book(row)
    await days_app.next_morning()
    assert categories(await days_app.day()) == [Category.MISSING_HERE]
    await days_app.app.work()
    assert (await days_app.app.payment(payment.id)).state is PaymentState.BOOKED
    days_app.app.clock.forward(minutes=11)
    await days_app.work()
    day = await days_app.day()
    assert (day.state, categories(day), day.closes[0].decided) == (DayState.CLOSED, [], 0)


async def test_another_systems_money_is_never_asked_about() -> None:
    days_app = ReconciledApp()
    await differing(days_app)
    assert await days_app.app.stores.unclaimed.latest(HOSPITAL, 10) == []
    payments = await every_payment(days_app.app.stores.payments)
    assert not [each for each in payments for effect in each.effects if effect.kind is EffectKind.QUERY]


async def test_money_of_ours_that_no_payment_knows_is_kept_as_unclaimed_once_the_channel_confirms_it() -> None:
    days_app = ReconciledApp()
    payment = await agreeing(days_app)
    number, channel = f"{days_app.app.hospital.prefix}20261123NOBODY", days_app.app.channel
    days_app.take(row_of(payment, number=number, payment_number=number, channel_no="98", fee_fen=0))
    channel.orders[number], channel.states[number] = payment.parts[0].request, TradeState.UNPAID
    channel.pay(number)
    await days_app.next_morning()
    assert (await days_app.day()).state is DayState.DIFFERING
    assert [money.out_trade_no for money in await days_app.app.stores.unclaimed.latest(HOSPITAL, 10)] == [number]


async def test_a_refund_in_the_merchants_console_is_recorded_by_the_rules_for_those() -> None:
    days_app = ReconciledApp()
    payment = await agreeing(days_app)
    number = "CONSOLE1"
    row = row_of(payment, kind=RowKind.REFUND, number=number, amount_fen=34, channel_no="5098", fee_fen=0)
    days_app.take(row)
    days_app.app.channel.refunds[number] = (34, RefundOutcome.SUCCEEDED)
    await days_app.next_morning()
    assert categories(await days_app.day()) == [Category.MISSING_HERE]
    await days_app.app.work()
    (refund,) = (await days_app.app.payment(payment.id)).refunds
    assert (refund.id, refund.amount_fen, refund.origin) == (number, 34, RefundOrigin.MERCHANT_CONSOLE)


async def test_a_console_refund_belongs_to_the_day_on_which_the_channel_made_it() -> None:
    """It is found the next morning, and then the day of the refund agrees."""
    days_app = ReconciledApp()
    payment = await agreeing(days_app)
    made_at = payment.paid_at
    refund = Refund(
        id="CONSOLE1", amount_fen=34, origin=RefundOrigin.MERCHANT_CONSOLE, reason="", state=RefundState.SUCCEEDED,
        at=days_app.app.clock.now() + timedelta(days=1), finished_at=made_at,
    )  # fmt: skip
    found = changed(
        payment, "refund_succeeded", at=refund.at, detail={"refund": refund.id, "amount_fen": "34"}, refunds=(refund,)
    )
    days = [[row.number for row in our_rows(found, "wechat", days_app.today + timedelta(days=n))] for n in (0, 1)]
    assert days == [[payment.id, "CONSOLE1"], []]


async def test_a_refund_that_the_channel_has_otherwise_is_asked_for_and_not_its_payment() -> None:
    days_app = ReconciledApp()
    payment = await agreeing(days_app)
    now, number = days_app.app.clock.now(), f"{payment.id}R01"
    refund = Refund(
        id=number, amount_fen=34, origin=RefundOrigin.STAFF, reason="other", state=RefundState.CLOSED, at=now,
        finished_at=now,
    )  # fmt: skip
    known = await days_app.app.payment(payment.id)
    await days_app.app.payment_store.save(
        known, changed(known, "refund_closed", at=now, detail={"refund": number}, refunds=(refund,))
    )
    days_app.take(row_of(payment, kind=RowKind.REFUND, number=number, amount_fen=34, channel_no="5098", fee_fen=0))
    await days_app.next_morning()
    assert categories(await days_app.day()) == [Category.STATE]
    owed = (await days_app.app.payment(payment.id)).effects
    assert [(each.kind, each.subject) for each in owed if each.kind in CHANNEL_ASKED] == [
        (EffectKind.QUERY_REFUND, number)
    ]


async def test_a_refund_of_a_payment_of_long_ago_is_found_by_its_number() -> None:
    days_app = ReconciledApp()
    payment = await agreeing(days_app)
    await days_app.next_morning()
    days_app.app.clock.forward(days=30)
    number = f"{payment.id}R01"
    refund = Refund(
        id=number, amount_fen=34, origin=RefundOrigin.STAFF, reason="other", state=RefundState.SUCCEEDED,
        at=days_app.app.clock.now(), finished_at=days_app.app.clock.now(),
    )  # fmt: skip
    known = await days_app.app.payment(payment.id)
    after = changed(
        known, "refund_succeeded", at=days_app.app.clock.now(), detail={"refund": number}, refunds=(refund,)
    )
    await days_app.app.payment_store.save(known, after)
    today = hospital_day(days_app.app.clock.now())
    row = row_of(payment, kind=RowKind.REFUND, number=number, amount_fen=34, channel_no="5099", fee_fen=0)
    days_app.take(row._replace(at=days_app.app.clock.now()))
    days_app.book(row._replace(at=days_app.app.clock.now()))
    await days_app.next_morning()
    day = await days_app.day(today)
    assert (day.state, categories(day), result_from_text(day.result).matched) == (DayState.CLOSED, [], 1)


async def test_a_refund_that_the_channel_took_under_another_number_than_the_his_agrees() -> None:
    """The channel refused R01 for good after the HIS had written it off: the money went back as R02, and is written off once."""
    days_app = ReconciledApp()
    payment = await agreeing(days_app)
    now, first, second = days_app.app.clock.now(), f"{payment.id}R01", f"{payment.id}R02"
    refund = Refund(
        id=second, amount_fen=34, origin=RefundOrigin.STAFF, reason="other", state=RefundState.SUCCEEDED, at=now,
        finished_at=now, written_off_as=first, his_settled_at=now,
    )  # fmt: skip
    refused = replace(refund, id=first, state=RefundState.CLOSED, written_off_as=first)
    known = await days_app.app.payment(payment.id)
    lines = changed(known, "refund_closed", at=now, detail={"refund": first}, refunds=(refused, refund))
    await days_app.app.payment_store.save(known, lines)
    row = row_of(payment, kind=RowKind.REFUND, amount_fen=34, fee_fen=0)
    days_app.take(row._replace(number=second, channel_no="5002"))
    days_app.book(row._replace(number=first))
    await days_app.next_morning()
    day = await days_app.day()
    assert (day.state, categories(day), result_from_text(day.result).matched) == (DayState.CLOSED, [], 3)


@pytest.mark.parametrize(("by", "origin"), [("S01", RefundOrigin.ELSEWHERE), ("C99", RefundOrigin.MERCHANT_CONSOLE)])
async def test_a_write_off_belongs_to_whatever_brought_the_money_back(by: str, origin: RefundOrigin) -> None:
    """The HIS has R01; the payer got the money by transfer, or by a refund in the console to which R01 gave way."""
    days_app = ReconciledApp()
    payment = await agreeing(days_app)
    now, first, second = days_app.app.clock.now(), f"{payment.id}R01", f"{payment.id}{by}"
    refund = Refund(
        id=second, amount_fen=34, origin=origin, reason="other", state=RefundState.SUCCEEDED, at=now, finished_at=now,
        covered_fen=34, his_settled_at=now,
    )  # fmt: skip
    stuck = replace(
        refund, id=first, origin=RefundOrigin.STAFF, state=RefundState.WITHDRAWN, covered_fen=0, covered_by=second
    )
    known = await days_app.app.payment(payment.id)
    lines = changed(known, "refund_succeeded", at=now, detail={"refund": second}, refunds=(stuck, refund))
    await days_app.app.payment_store.save(known, lines)
    row = row_of(payment, kind=RowKind.REFUND, amount_fen=34, fee_fen=0)
    days_app.book(row._replace(number=first, channel_no=""))
    if origin is RefundOrigin.MERCHANT_CONSOLE:
        days_app.take(row._replace(number=second, channel_no="5009"))
    await days_app.next_morning()
    day = await days_app.day()
    assert (day.state, categories(day), result_from_text(day.result).matched) == (DayState.CLOSED, [], 2)
