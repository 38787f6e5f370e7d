"""A day from its opening to its sealed close: legs that come late, what differs, what people decide, and what Zhenfu mends itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.days import hospital_day
from server.core.errors import NotAllowed, NotFound
from server.effects.model import EffectKind
from server.payments.model import Payment, PaymentState, changed
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.trades import RefundOutcome, TradeState
from server.reconciliation.day_model import DayState, DispositionAct, LegAnswer, ReconciliationDay
from server.reconciliation.model import Category, Leg, Row, RowKind, RowState
from server.reconciliation.result_text import result_from_text, result_text
from server.reconciliation.rules.days import undecided
from server.reconciliation.rules.our_rows import our_rows
from server.reconciliation.statements import StatementAnswer, StatementKind
from tests.support.builders import HOSPITAL
from tests.support.payment_fixtures import paid, waiting
from tests.support.reconciled import ReconciledApp

pytestmark = pytest.mark.asyncio
CHANNEL_ASKED = {EffectKind.QUERY, EffectKind.QUERY_REFUND}


def row_of(payment: Payment, leg: Leg = Leg.CHANNEL, **fields: object) -> Row:
    row = Row(
        leg, RowKind.PAYMENT, payment.id, payment.id, payment.amount_fen, RowState.DONE,
        payment.paid_at or payment.created_at, channel_no=payment.parts[0].transaction_id or f"42{payment.id}", fee_fen=7,
    )  # fmt: skip
    return row._replace(**fields)  # type: ignore[arg-type]


async def a_booked_payment(days_app: ReconciledApp) -> Payment:
    payment = await paid(days_app.app)
    await days_app.app.work()
    payment = await days_app.app.payment(payment.id)
    assert payment.state is PaymentState.BOOKED
    return payment


async def agreeing(days_app: ReconciledApp) -> Payment:
    payment = await a_booked_payment(days_app)
    days_app.take(row_of(payment))
    days_app.book(row_of(payment))
    return payment


def categories(day: ReconciliationDay) -> list[Category]:
    return [each.category for each in result_from_text(day.result).discrepancies]


async def test_a_day_that_agrees_is_closed_by_itself() -> None:
    days_app = ReconciledApp()
    payment = await agreeing(days_app)
    await days_app.next_morning()
    day = await days_app.day()
    assert (day.state, categories(day), day.next_due) == (DayState.CLOSED, [], None)
    (close,) = day.closes
    assert (close.number, close.matched, close.decided, close.missing, close.corrects) == (1, 1, 0, (), 0)
    assert day.leg(Leg.OURS) is not None
    assert payment.id.encode() in (await days_app.files.opened(day.leg(Leg.OURS).sha256))().read()  # type: ignore[union-attr]


async def test_the_close_stands_in_the_audit_chain() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    await days_app.next_morning()
    day = await days_app.day()
    assert day.audited_lines == len(day.history) > 0
    last = await days_app.app.stores.audit.last(HOSPITAL)
    assert last is not None
    assert (last.what, last.detail["matched"], last.detail["sha256"]) == (
        "day_closed_reconciled", "1", day.closes[0].result_sha256,
    )  # fmt: skip
    report = await days_app.app.services.shared.audit_check.verify(HOSPITAL, None, "")
    assert report.problems == []


async def test_nothing_is_asked_for_before_the_statements_may_be_there() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.app.clock.forward(hours=24)  # 09:30 of the next day
    await days_app.open_days.once()
    await days_app.work()
    assert (days_app.today, StatementKind.TRADE) not in days_app.statements.asked


async def test_days_that_were_missed_are_opened_too() -> None:
    days_app = ReconciledApp()
    await days_app.next_morning()
    days_app.app.clock.forward(days=3)
    await days_app.open_days.once()
    for back in range(4):
        assert (
            await days_app.app.stores.days.get(HOSPITAL, f"wechat-{days_app.today + timedelta(days=back)}") is not None
        )


@pytest.mark.parametrize("answer", [StatementAnswer.NOT_YET, StatementAnswer.EMPTY_FILE])
async def test_a_statement_that_is_not_there_is_waited_for(answer: StatementAnswer) -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.statements.answers[StatementKind.TRADE] = answer
    await days_app.next_morning()
    day = await days_app.day()
    assert (day.state, day.result) == (DayState.WAITING, "")
    assert day.leg(Leg.CHANNEL).answer == answer  # type: ignore[union-attr]
    del days_app.statements.answers[StatementKind.TRADE]
    days_app.app.clock.forward(minutes=11)
    await days_app.work()
    assert (await days_app.day()).state is DayState.CLOSED


async def test_a_day_is_never_matched_without_the_trade_statement_and_finance_hears_of_it() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.statements.answers[StatementKind.TRADE] = StatementAnswer.NOT_YET
    await days_app.next_morning()
    for _ in range(60):
        days_app.app.clock.forward(minutes=11)
        await days_app.work()
    assert (await days_app.day()).result == ""
    assert await days_app.app.stores.alerts.get(HOSPITAL, f"day_waits:wechat-{days_app.today}") is not None


async def test_a_file_that_must_not_be_used_is_waited_for() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.statements.spoilt[StatementKind.TRADE] = b"kind,number\nhalf"
    await days_app.next_morning()
    day = await days_app.day()
    leg = day.leg(Leg.CHANNEL)
    assert (day.state, leg and leg.answer, leg and leg.detail) == (DayState.WAITING, LegAnswer.REFUSED, "unreadable")


async def test_the_his_s_list_and_the_fund_statement_are_waited_for_and_then_gone_without() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.list.down = True
    days_app.statements.answers[StatementKind.FUND] = StatementAnswer.NOT_YET
    await days_app.next_morning()
    assert (await days_app.day()).state is DayState.WAITING
    for _ in range(40):
        days_app.app.clock.forward(minutes=11)
        await days_app.work()
    day = await days_app.day()
    assert (day.state, day.closes[0].missing) == (DayState.CLOSED, (Leg.FUND, Leg.HIS))


async def test_a_hospital_without_a_list_closes_with_what_it_has_and_says_so() -> None:
    days_app = ReconciledApp()
    payment = await a_booked_payment(days_app)
    days_app.take(row_of(payment))
    days_app.list.rows = None
    await days_app.next_morning()
    day = await days_app.day()
    assert (day.state, day.closes[0].missing) == (DayState.CLOSED, (Leg.HIS,))


async def differing(days_app: ReconciledApp, amount_fen: int = 500) -> ReconciliationDay:
    """The HIS lacks another system's payment."""
    await agreeing(days_app)
    at = days_app.app.clock.now()
    days_app.take(
        Row(Leg.CHANNEL, RowKind.PAYMENT, "KIOSK1", "KIOSK1", amount_fen, RowState.DONE, at, channel_no="99", fee_fen=0)
    )
    await days_app.next_morning()
    return await days_app.day()


KIOSK = "payment:KIOSK1"


async def test_a_day_that_differs_waits_for_a_person_and_finance_is_told() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app)
    assert (day.state, [each.id for each in undecided(day)], day.closes) == (DayState.DIFFERING, [KIOSK], ())
    alert = await days_app.app.stores.alerts.get(HOSPITAL, f"day_differs:wechat-{days_app.today}")
    assert alert is not None
    assert alert.live


async def test_what_a_person_decides_closes_the_day_and_ends_the_alert() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app)
    await days_app.days.decisions.decide(HOSPITAL, day.id, [KIOSK], DispositionAct.SEND_BACK, "staff:1", "自助机补录")
    await days_app.work()
    day = await days_app.day()
    assert (day.state, day.closes[0].decided, undecided(day)) == (DayState.SETTLED, 1, ())
    alert = await days_app.app.stores.alerts.get(HOSPITAL, f"day_differs:wechat-{days_app.today}")
    assert alert is not None
    assert not alert.live


async def test_what_was_decided_survives_every_run() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app)
    await days_app.days.decisions.decide(HOSPITAL, day.id, [KIOSK], DispositionAct.SEND_BACK, "staff:1", "自助机补录")
    await days_app.work()
    before = await days_app.day()
    await days_app.days.decisions.run_again(HOSPITAL, day.id, "staff:1")
    await days_app.work()
    after = await days_app.day()
    assert (after.result, after.dispositions, after.closes) == (before.result, before.dispositions, before.closes)
    assert after.state is DayState.SETTLED


async def test_a_decision_about_another_amount_is_no_decision() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app)
    await days_app.days.decisions.decide(HOSPITAL, day.id, [KIOSK], DispositionAct.CONFIRM, "staff:1", "已核实")
    day = await days_app.day()
    result = result_from_text(day.result)
    other = [row._replace(amount_fen=600) for each in result.discrepancies for row in each.rows]
    grown = replace(
        result, discrepancies=tuple(replace(e, rows=tuple(other), difference_fen=600) for e in result.discrepancies)
    )
    assert [each.id for each in undecided(replace(day, result=result_text(grown)))] == [KIOSK]


async def test_over_the_limit_a_second_person_must_agree() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app, amount_fen=100_001)
    decisions = days_app.days.decisions
    assert (await decisions.summary(HOSPITAL, day.id, [KIOSK])).second_needed == 1
    await decisions.decide(HOSPITAL, day.id, [KIOSK], DispositionAct.WRITE_OFF, "staff:1", "核销，已报批")
    await days_app.work()
    assert (await days_app.day()).state is DayState.DIFFERING
    with pytest.raises(NotAllowed):
        await decisions.agree(HOSPITAL, day.id, KIOSK, "staff:1")
    await decisions.agree(HOSPITAL, day.id, KIOSK, "staff:2")
    await days_app.work()
    day = await days_app.day()
    assert (day.state, len(day.dispositions), day.dispositions[-1].second_by) == (DayState.SETTLED, 2, "staff:2")


async def test_a_decision_needs_a_remark_and_something_that_differs() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app)
    with pytest.raises(NotAllowed):
        await days_app.days.decisions.decide(HOSPITAL, day.id, [KIOSK], DispositionAct.CONFIRM, "staff:1", " ")
    for ids in ([], ["payment:X"], [KIOSK, "payment:X"]):
        with pytest.raises(NotFound):
            await days_app.days.decisions.decide(HOSPITAL, day.id, ids, DispositionAct.CONFIRM, "staff:1", "已核实")
    assert (await days_app.day()).dispositions == ()


async def test_a_run_on_the_same_files_is_the_same_byte_for_byte() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app)
    await days_app.days.decisions.run_again(HOSPITAL, day.id, "staff:1")
    await days_app.work()
    again = await days_app.day()
    assert (again.result, result_text(result_from_text(day.result))) == (day.result, day.result)
    assert days_app.statements.asked.count((days_app.today, StatementKind.TRADE)) == 1


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
    payments = await days_app.app.stores.payments.page("", 100)
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


async def test_a_day_waits_for_the_result_of_the_day_before() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.statements.answers[StatementKind.TRADE] = StatementAnswer.NOT_YET
    await days_app.next_morning()
    days_app.app.clock.forward(days=1)
    await days_app.open_days.once()
    days_app.statements.answers.clear()
    tomorrow = days_app.today + timedelta(days=1)
    await days_app.days.runner.run_due(HOSPITAL, f"wechat-{tomorrow}")
    await days_app.days.runner.run_due(HOSPITAL, f"wechat-{tomorrow}")
    assert (await days_app.day(tomorrow)).result == ""
    await days_app.work()
    days_app.app.clock.forward(minutes=30)
    await days_app.work()
    assert (await days_app.day(tomorrow)).state is DayState.CLOSED
