"""Paid here and not in the HIS: the HIS is asked, told again what it has lost, and the day balances; what it refuses is for a person."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from server.core.errors import OutsideRefusal
from server.core.history import HistoryEvent
from server.effects.model import EffectKind
from server.payments.model import Payment, PaymentState, changed
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.reconciliation.day_model import DayState, ReconciliationDay
from server.reconciliation.model import (
    Act,
    Category,
    Discrepancy,
    RowKind,
)
from server.reconciliation.rules.result_text import result_from_text, result_text
from tests.support.builders import HOSPITAL, a_booking
from tests.support.payment_fixtures import paid
from tests.support.reconciled import ReconciledApp, a_booked_payment, row_of

pytestmark = pytest.mark.asyncio


async def lacking(days_app: ReconciledApp) -> Payment:
    """Booked, and the HIS's list of the day has it not."""
    payment = await a_booked_payment(days_app)
    days_app.take(row_of(payment))
    return payment


def told(day: ReconciliationDay) -> list[tuple[Category, Act]]:
    return [(each.category, each.act) for each in found(day)]


def found(day: ReconciliationDay) -> tuple[Discrepancy, ...]:
    return result_from_text(day.result).discrepancies


def lines(payment: Payment, *what: str) -> list[HistoryEvent]:
    return [line for line in payment.history if line.what in what]


async def matched_again(days_app: ReconciledApp) -> ReconciliationDay:
    """What was set going has been done, and the day has looked again."""
    await days_app.app.work()
    days_app.app.clock.forward(minutes=11)
    await days_app.work()
    return await days_app.day()


async def test_what_the_his_has_lost_is_booked_again_and_both_days_close_by_themselves() -> None:
    days_app = ReconciledApp()
    payment = await lacking(days_app)
    days_app.app.his.booked.clear()
    await days_app.next_morning()
    assert told(await days_app.day()) == [(Category.MISSING_IN_HIS, Act.ASK_HIS)]
    day = await matched_again(days_app)
    again = await days_app.app.payment(payment.id)
    (line,) = lines(again, "booked_again")
    assert line.detail["his_trade_no"] == again.booking.his_trade_no == days_app.app.his.booked[payment.id].his_trade_no  # type: ignore[union-attr]
    assert (day.state, told(day)) == (DayState.CLOSED, [(Category.CROSS_DAY, Act.WAIT)])
    days_app.book(row_of(payment, at=line.at))
    await days_app.next_morning()
    next_day = await days_app.day(days_app.today + timedelta(days=1))
    assert (next_day.state, told(next_day)) == (DayState.CLOSED, [])
    assert result_from_text(next_day.result).settled == ((f"payment:{payment.id}", days_app.today),)


async def test_a_second_booking_whose_answer_was_lost_is_found_and_kept() -> None:
    """The HIS has our number again, under a new number of its own."""
    days_app = ReconciledApp()
    payment = await lacking(days_app)
    days_app.app.his.booked[payment.id] = a_booking("HIS-2")
    await days_app.next_morning()
    day = await matched_again(days_app)
    again = await days_app.app.payment(payment.id)
    assert again.booking is not None
    assert (again.booking.his_trade_no, len(lines(again, "booked_again"))) == ("HIS-2", 1)
    assert (day.state, told(day)) == (DayState.CLOSED, [(Category.CROSS_DAY, Act.WAIT)])


async def test_that_it_was_booked_again_stands_in_the_audit_chain() -> None:
    days_app = ReconciledApp()
    payment = await lacking(days_app)
    days_app.app.his.booked.clear()
    await days_app.next_morning()
    await days_app.app.work()
    entries = await days_app.app.stores.audit.latest(HOSPITAL, 50)
    assert ("booked_again", payment.id) in [(entry.what, entry.source[1]) for entry in entries]


async def test_what_the_his_has_all_the_same_is_asked_about_once_and_left_to_a_person() -> None:
    days_app = ReconciledApp()
    payment = await lacking(days_app)
    await days_app.next_morning()
    for _ in range(4):
        day = await matched_again(days_app)
    (line,) = lines(await days_app.app.payment(payment.id), "his_asked")
    assert line.detail == {"found": "yes", "his_trade_no": days_app.app.his.booked[payment.id].his_trade_no}
    assert (day.state, told(day)) == (DayState.DIFFERING, [(Category.MISSING_IN_HIS, Act.ASK_HIS)])
    assert await days_app.app.stores.alerts.get(HOSPITAL, f"day_differs:{day.id}") is not None


async def test_what_the_his_has_lost_and_refuses_stays_booked_until_a_person_decides() -> None:
    days_app = ReconciledApp()
    payment = await lacking(days_app)
    days_app.app.his.booked.clear()
    days_app.app.his.will("confirm", OutsideRefusal("his", "BILL_CHANGED"))
    await days_app.next_morning()
    day = await matched_again(days_app)
    after = await days_app.app.payment(payment.id)
    (line,) = lines(after, "his_asked")
    assert line.detail == {"found": "no", "code": "BILL_CHANGED"}
    assert (after.state, after.refunds) == (PaymentState.BOOKED, ())
    assert [effect.kind for effect in after.effects] == [EffectKind.LATE_BOOKING]
    assert day.state is DayState.DIFFERING


async def test_nothing_is_booked_again_of_which_something_was_refunded() -> None:
    days_app = ReconciledApp()
    payment = await lacking(days_app)
    await refunded(days_app, payment, 34)
    days_app.app.his.booked.clear()
    days_app.book(row_of(payment, kind=RowKind.REFUND, number=f"{payment.id}R01", amount_fen=34))
    await days_app.next_morning()
    await matched_again(days_app)
    (line,) = lines(await days_app.app.payment(payment.id), "his_asked", "booked_again")
    assert line.detail == {"found": "no"}
    assert payment.id not in days_app.app.his.booked


async def test_what_is_not_booked_yet_is_left_to_the_booking_and_the_day_closes_after_it() -> None:
    days_app = ReconciledApp()
    payment = await paid(days_app.app)
    days_app.take(row_of(payment))
    await days_app.next_morning()
    assert told(await days_app.day()) == [(Category.MISSING_IN_HIS, Act.ASK_HIS)]
    day = await matched_again(days_app)
    after = await days_app.app.payment(payment.id)
    assert (after.state, lines(after, "his_asked")) == (PaymentState.BOOKED, [])
    assert (day.state, told(day)) == (DayState.CLOSED, [(Category.CROSS_DAY, Act.WAIT)])


async def booked_after_midnight() -> ReconciledApp:
    """Paid on the one day, booked on the next."""
    days_app = ReconciledApp()
    payment = await paid(days_app.app)
    days_app.take(row_of(payment))
    days_app.app.clock.forward(days=1)
    await days_app.app.work()
    days_app.app.clock.forward(hours=1)
    await days_app.open_days.once()
    await days_app.work()
    return days_app


async def test_what_was_booked_after_midnight_waits_for_the_list_of_that_day() -> None:
    days_app = await booked_after_midnight()
    day = await days_app.day()
    assert (day.state, told(day)) == (DayState.CLOSED, [(Category.CROSS_DAY, Act.WAIT)])


async def test_what_the_list_of_that_day_lacks_counts_there() -> None:
    days_app = await booked_after_midnight()
    await days_app.next_morning()
    next_day = await days_app.day(days_app.today + timedelta(days=1))
    assert (next_day.state, told(next_day)) == (DayState.DIFFERING, [(Category.MISSING_IN_HIS, Act.ASK_HIS)])


async def test_a_write_off_that_the_his_has_lost_is_asked_for_again_under_the_same_number() -> None:
    days_app = ReconciledApp()
    payment = await a_booked_payment(days_app)
    refund = await refunded(days_app, payment, 34)
    row = row_of(payment)
    days_app.take(row)
    days_app.book(row)
    back = row_of(payment, kind=RowKind.REFUND, number=refund.id, amount_fen=34, channel_no="5001", fee_fen=0)
    days_app.take(back)
    await days_app.next_morning()
    for _ in range(3):
        assert (await days_app.day()).state is DayState.CLOSED
        await days_app.next_morning()
    counted_on = days_app.today + timedelta(days=3)
    assert told(await days_app.day(counted_on)) == [(Category.MISSING_IN_HIS, Act.ASK_HIS)]
    await matched_again(days_app)
    after = await days_app.app.payment(payment.id)
    (line,) = lines(after, "written_off_again")
    assert (line.detail["refund"], list(days_app.app.his.released)) == (refund.id, [refund.id])
    assert (after.refunds[0].his_refund_no, refund.id in days_app.app.his.notified) == ("HISR-1", True)
    assert told(await days_app.day(counted_on)) == [(Category.CROSS_DAY, Act.WAIT)]
    days_app.book(back._replace(at=line.at))
    await days_app.next_morning()
    last = await days_app.day(counted_on + timedelta(days=1))
    assert (last.state, told(last)) == (DayState.CLOSED, [])


async def test_the_question_is_an_effect_of_the_payment() -> None:
    days_app = ReconciledApp()
    payment = await lacking(days_app)
    asked = len(days_app.app.his.calls)
    await days_app.next_morning()
    assert told(await days_app.day()) == [(Category.MISSING_IN_HIS, Act.ASK_HIS)]
    assert (await days_app.app.payment(payment.id)).effects[-1].kind is EffectKind.ASK_HIS
    assert len(days_app.app.his.calls) == asked, "the day lets the payment owe it; the payment's worker asks"


async def test_a_result_of_before_opens_and_a_row_without_a_later_day_is_written_as_before() -> None:
    days_app = ReconciledApp()
    await lacking(days_app)
    await days_app.next_morning()
    text = (await days_app.day()).result
    assert "booked_on" not in text
    assert all(len(row) == 12 for each in json.loads(text)["discrepancies"] for row in each["rows"])
    assert result_text(result_from_text(text)) == text


async def refunded(days_app: ReconciledApp, payment: Payment, amount_fen: int) -> Refund:
    """In part, by staff: written off in the HIS, sent, arrived."""
    now, number = days_app.app.clock.now(), f"{payment.id}R01"
    refund = Refund(
        id=number, amount_fen=amount_fen, origin=RefundOrigin.STAFF, reason="other", state=RefundState.SUCCEEDED, at=now,
        finished_at=now, his_refund_no="HISR-9", written_off_as=number, his_settled_at=now,
    )  # fmt: skip
    known = await days_app.app.payment(payment.id)
    after = changed(known, "refund_succeeded", at=now, detail={"refund": number}, refunds=(refund,))
    await days_app.app.payment_store.save(known, after)
    return refund
