"""Finance decides that money goes back which the HIS has lost and does not take again: its payment sends it, once, when two people have said so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from server.core.errors import NotAllowed, OutcomeUnknown, OutsideRefusal
from server.payments.model import Payment, PaymentState
from server.payments.rules.replay import contradictions
from server.payments.sides import SidesNow
from server.reconciliation.day_model import DayState, DispositionAct, ReconciliationDay
from server.reconciliation.model import Category, Leg, Row, RowKind, RowState
from server.reconciliation.rules.days import undecided
from server.reconciliation.rules.result_text import result_from_text
from server.reconciliation.sending_back import SendingBack, sent_fen
from tests.support.builders import HOSPITAL, a_booking
from tests.support.reconciled import ReconciledApp
from tests.unit.reconciliation.test_asking_his import lacking, matched_again

pytestmark = pytest.mark.asyncio
ONE, OTHER, REMARK = "staff:3001", "staff:3002", "医院系统不补记"
SEND_BACK = DispositionAct.SEND_BACK


async def lost(days_app: ReconciledApp) -> tuple[Payment, ReconciliationDay]:
    """The HIS has lost a booking and refused it when it was told again."""
    payment = await lacking(days_app)
    days_app.app.his.booked.clear()
    days_app.app.his.will("confirm", OutsideRefusal("his", "BILL_CHANGED"))
    await days_app.next_morning()
    return payment, await matched_again(days_app)


async def decided(days_app: ReconciledApp, day: ReconciliationDay, payment: Payment) -> ReconciliationDay:
    return await days_app.decide(day, [case(payment)], SEND_BACK, ONE, REMARK)


async def agreed(days_app: ReconciledApp, day: ReconciliationDay, payment: Payment) -> ReconciliationDay:
    return await days_app.days.decisions.agree(HOSPITAL, day.id, case(payment), OTHER)


def case(payment: Payment) -> str:
    return f"payment:{payment.id}"


def sending_back(days_app: ReconciledApp) -> SendingBack:
    app = days_app.app
    return SendingBack(app.transitions, SidesNow(app.hospitals, app.services.shared.purposes), app.clock)


def refunds_sent(days_app: ReconciledApp) -> list[tuple[str, int]]:
    return [(number, fen) for number, fen in days_app.app.channel.named("refund")]


async def test_money_that_finance_sends_back_goes_back_when_a_second_person_agrees() -> None:
    days_app = ReconciledApp()
    payment, day = await lost(days_app)
    day = await decided(days_app, day, payment)
    assert [each.id for each in undecided(day)] == [case(payment)], (
        "however small the amount, another person agrees first"
    )
    assert (await days_app.app.payment(payment.id)).state is PaymentState.BOOKED
    await agreed(days_app, day, payment)
    await days_app.app.work()
    after = await days_app.app.payment(payment.id)
    assert (after.state, after.booking) == (PaymentState.RETURNING, None)
    assert refunds_sent(days_app) == [(f"{payment.id}R01", payment.amount_fen)]
    days_app.app.channel.settle_refund(f"{payment.id}R01")
    await days_app.app.live_on(3600, step=60)
    after = await days_app.app.payment(payment.id)
    assert (after.state, after.refunded_fen, contradictions(after)) == (PaymentState.RETURNED, payment.amount_fen, ())


async def test_who_decided_and_who_agreed_stand_in_the_payment_and_in_the_audit_chain() -> None:
    days_app = ReconciledApp()
    payment, day = await lost(days_app)
    await agreed(days_app, await decided(days_app, day, payment), payment)
    await days_app.app.work()
    (line,) = [line for line in (await days_app.app.payment(payment.id)).history if line.what == "ending_agreed"]
    assert (line.by, dict(line.detail)) == (
        OTHER,
        {"act": "refund_rest", "amount_fen": "1234", "proposed_by": ONE, "difference": f"{day.id} {case(payment)}"},
    )
    entries = await days_app.app.stores.audit.latest(HOSPITAL, 50)
    assert ("ending_agreed", payment.id) in [(entry.what, entry.source[1]) for entry in entries]


async def test_the_day_is_matched_again_and_no_longer_differs_and_the_decision_stays() -> None:
    days_app = ReconciledApp()
    payment, day = await lost(days_app)
    await agreed(days_app, await decided(days_app, day, payment), payment)
    await days_app.work()
    assert (await days_app.day()).state is DayState.SETTLED
    day = await matched_again(days_app)
    assert (day.state, result_from_text(day.result).discrepancies) == (DayState.CLOSED, ())
    assert [close.corrects for close in day.closes] == [0, 1]
    (last,) = {each.sends for each in day.dispositions}
    assert last == payment.id


async def test_money_goes_back_once_whatever_is_repeated() -> None:
    """The day did not hear that the second person had agreed, so they agree again; then the day is matched again."""
    days_app = ReconciledApp()
    payment, day = await lost(days_app)
    day = await decided(days_app, day, payment)
    waits = day.disposition(case(payment))
    assert waits is not None
    await sending_back(days_app).send(day, waits, OTHER)
    await days_app.app.work()
    await agreed(days_app, day, payment)
    await days_app.days.decisions.run_again(HOSPITAL, day.id, ONE)
    await matched_again(days_app)
    assert refunds_sent(days_app) == [(f"{payment.id}R01", payment.amount_fen)]


async def test_the_same_person_does_not_agree() -> None:
    days_app = ReconciledApp()
    payment, day = await lost(days_app)
    day = await decided(days_app, day, payment)
    with pytest.raises(NotAllowed, match="own decision"):
        await days_app.days.decisions.agree(HOSPITAL, day.id, case(payment), ONE)
    assert (await days_app.app.payment(payment.id)).state is PaymentState.BOOKED


async def test_nothing_goes_back_that_the_his_has_taken_meanwhile() -> None:
    days_app = ReconciledApp()
    payment, day = await lost(days_app)
    day = await decided(days_app, day, payment)
    days_app.app.his.booked[payment.id] = a_booking("HIS-3")
    with pytest.raises(NotAllowed, match="in the HIS"):
        await agreed(days_app, day, payment)
    assert (await days_app.app.payment(payment.id)).state is PaymentState.BOOKED


async def test_what_the_his_has_is_a_record_for_its_people() -> None:
    """Its list is wrong, and its people correct it."""
    days_app = ReconciledApp()
    payment = await lacking(days_app)
    await days_app.next_morning()
    day = await matched_again(days_app)
    day = await decided(days_app, day, payment)
    assert [(each.act, each.sends) for each in day.dispositions] == [(SEND_BACK, "")]
    assert undecided(day) == ()


async def test_nothing_is_decided_while_the_his_does_not_answer() -> None:
    days_app = ReconciledApp()
    payment, day = await lost(days_app)
    days_app.app.his.will("check", OutcomeUnknown("his", "no answer"))
    with pytest.raises(NotAllowed, match="silent HIS"):
        await decided(days_app, day, payment)


async def test_nothing_goes_back_before_the_his_was_told_again() -> None:
    days_app = ReconciledApp()
    payment = await lacking(days_app)
    days_app.app.his.booked.clear()
    await days_app.next_morning()
    with pytest.raises(NotAllowed, match="may be booked again"):
        await decided(days_app, await days_app.day(), payment)


async def test_money_of_another_system_is_a_record_and_moves_nothing() -> None:
    days_app = ReconciledApp()
    at = days_app.app.clock.now()
    days_app.take(
        Row(Leg.CHANNEL, RowKind.PAYMENT, "KIOSK1", "KIOSK1", 500, RowState.DONE, at, channel_no="99", fee_fen=0)
    )
    await days_app.next_morning()
    day = await days_app.day()
    summary = await days_app.days.decisions.summary(HOSPITAL, day.id, ["payment:KIOSK1"], SEND_BACK, ONE)
    assert (summary.sent, summary.sent_fen, summary.second_needed) == (0, 0, 0)
    day = await days_app.decide(day, ["payment:KIOSK1"], SEND_BACK, ONE, REMARK)
    assert [(each.act, each.sends, each.holds) for each in day.dispositions] == [(SEND_BACK, "", True)]
    assert days_app.app.channel.named("refund") == []


async def test_the_summary_says_how_much_goes_back() -> None:
    days_app = ReconciledApp()
    payment, day = await lost(days_app)
    summary = await days_app.days.decisions.summary(HOSPITAL, day.id, [case(payment)], SEND_BACK, ONE)
    assert (summary.sent, summary.sent_fen, summary.second_needed) == (1, 1234, 1)


async def test_a_decision_of_before_is_a_record() -> None:
    """A decision that was stored before decisions moved money says nothing of what it sends."""
    days_app = ReconciledApp()
    payment, day = await lost(days_app)
    day = await decided(days_app, day, payment)
    (last,) = day.dispositions
    old = replace(day, version=day.version + 1, dispositions=(last, replace(last, sends="")))
    await days_app.app.stores.days.save(day, old)
    await agreed(days_app, old, payment)
    assert (await days_app.app.payment(payment.id)).state is PaymentState.BOOKED


async def test_the_payment_of_a_decision_that_sends_money_back_is_shown_and_a_record_has_none() -> None:
    days_app = ReconciledApp()
    payment, day = await lost(days_app)
    day = await decided(days_app, day, payment)
    waits = day.disposition(case(payment))
    assert waits is not None
    shown = await days_app.days.decisions.payment_sent_back(HOSPITAL, waits)
    assert shown is not None
    assert shown.id == payment.id
    assert await days_app.days.decisions.payment_sent_back(HOSPITAL, replace(waits, sends="")) is None


@pytest.mark.parametrize(
    ("changed", "sends"),
    [
        ({}, True),
        ({"ours": False}, False),
        ({"category": Category.MISSING_AT_CHANNEL}, False),
        ({"category": Category.AMOUNT}, False),
    ],
)
async def test_only_a_payment_of_ours_whose_money_nobody_has_booked_is_sent_back(
    changed: dict[str, Any], sends: bool
) -> None:
    days_app = ReconciledApp()
    payment, day = await lost(days_app)
    (found,) = undecided(day)
    found = replace(found, rows=found.rows[:1], **changed)
    would = await sending_back(days_app).would_send(day, found, ONE)
    assert (would is not None and would.id == payment.id) is sends


async def test_a_refund_that_the_his_lacks_sends_no_payment_back() -> None:
    days_app = ReconciledApp()
    payment, day = await lost(days_app)
    (found,) = undecided(day)
    row = found.rows[0]._replace(kind=RowKind.REFUND, number=f"{payment.id}R01")
    assert await sending_back(days_app).would_send(day, replace(found, rows=(row,)), ONE) is None


async def test_of_what_has_gone_back_whole_nothing_more_goes() -> None:
    days_app = ReconciledApp()
    payment, day = await lost(days_app)
    await agreed(days_app, await decided(days_app, day, payment), payment)
    await days_app.app.work()
    days_app.app.channel.settle_refund(f"{payment.id}R01")
    await days_app.app.live_on(3600, step=60)
    assert sent_fen(await days_app.app.payment(payment.id)) == 0
