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


async def a_booked_payment(house: ReconciledApp) -> Payment:
    payment = await paid(house.app)
    await house.app.work()
    payment = await house.app.payment(payment.id)
    assert payment.state is PaymentState.BOOKED
    return payment


async def agreeing(house: ReconciledApp) -> Payment:
    payment = await a_booked_payment(house)
    house.take(row_of(payment))
    house.book(row_of(payment))
    return payment


def categories(day: ReconciliationDay) -> list[Category]:
    return [each.category for each in result_from_text(day.result).discrepancies]


async def test_a_day_that_agrees_is_closed_by_itself() -> None:
    house = ReconciledApp()
    payment = await agreeing(house)
    await house.next_morning()
    day = await house.day()
    assert (day.state, categories(day), day.next_due) == (DayState.CLOSED, [], None)
    (close,) = day.closes
    assert (close.number, close.matched, close.decided, close.missing, close.corrects) == (1, 1, 0, (), 0)
    assert day.leg(Leg.OURS) is not None
    assert payment.id.encode() in (await house.files.opened(day.leg(Leg.OURS).sha256))().read()  # type: ignore[union-attr]


async def test_the_close_stands_in_the_audit_chain() -> None:
    house = ReconciledApp()
    await agreeing(house)
    await house.next_morning()
    day = await house.day()
    assert day.audited_lines == len(day.history) > 0
    last = await house.app.stores.audit.last(HOSPITAL)
    assert last is not None
    assert (last.what, last.detail["matched"], last.detail["sha256"]) == (
        "day_closed_reconciled", "1", day.closes[0].result_sha256,
    )  # fmt: skip
    report = await house.app.services.shared.audit_check.verify(HOSPITAL, None, "")
    assert report.problems == []


async def test_nothing_is_asked_for_before_the_statements_may_be_there() -> None:
    house = ReconciledApp()
    await agreeing(house)
    house.app.clock.forward(hours=24)  # 09:30 of the next day
    await house.days.rounds.once()
    await house.work()
    assert (house.today, StatementKind.TRADE) not in house.statements.asked


async def test_days_that_were_missed_are_opened_too() -> None:
    house = ReconciledApp()
    await house.next_morning()
    house.app.clock.forward(days=3)
    await house.days.rounds.once()
    for back in range(4):
        assert await house.app.stores.days.get(HOSPITAL, f"wechat-{house.today + timedelta(days=back)}") is not None


@pytest.mark.parametrize("answer", [StatementAnswer.NOT_YET, StatementAnswer.EMPTY_FILE])
async def test_a_statement_that_is_not_there_is_waited_for(answer: StatementAnswer) -> None:
    house = ReconciledApp()
    await agreeing(house)
    house.statements.answers[StatementKind.TRADE] = answer
    await house.next_morning()
    day = await house.day()
    assert (day.state, day.result) == (DayState.WAITING, "")
    assert day.leg(Leg.CHANNEL).answer == answer  # type: ignore[union-attr]
    del house.statements.answers[StatementKind.TRADE]
    house.app.clock.forward(minutes=11)
    await house.work()
    assert (await house.day()).state is DayState.CLOSED


async def test_a_day_is_never_matched_without_the_trade_statement_and_finance_hears_of_it() -> None:
    house = ReconciledApp()
    await agreeing(house)
    house.statements.answers[StatementKind.TRADE] = StatementAnswer.NOT_YET
    await house.next_morning()
    for _ in range(60):
        house.app.clock.forward(minutes=11)
        await house.work()
    assert (await house.day()).result == ""
    assert await house.app.stores.alerts.get(HOSPITAL, f"day_waits:wechat-{house.today}") is not None


async def test_a_file_that_must_not_be_used_is_waited_for() -> None:
    house = ReconciledApp()
    await agreeing(house)
    house.statements.spoilt[StatementKind.TRADE] = b"kind,number\nhalf"
    await house.next_morning()
    day = await house.day()
    leg = day.leg(Leg.CHANNEL)
    assert (day.state, leg and leg.answer, leg and leg.detail) == (DayState.WAITING, LegAnswer.REFUSED, "unreadable")


async def test_the_his_s_list_and_the_fund_statement_are_waited_for_and_then_gone_without() -> None:
    house = ReconciledApp()
    await agreeing(house)
    house.list.down = True
    house.statements.answers[StatementKind.FUND] = StatementAnswer.NOT_YET
    await house.next_morning()
    assert (await house.day()).state is DayState.WAITING
    for _ in range(40):
        house.app.clock.forward(minutes=11)
        await house.work()
    day = await house.day()
    assert (day.state, day.closes[0].missing) == (DayState.CLOSED, (Leg.FUND, Leg.HIS))


async def test_a_hospital_without_a_list_closes_with_what_it_has_and_says_so() -> None:
    house = ReconciledApp()
    payment = await a_booked_payment(house)
    house.take(row_of(payment))
    house.list.rows = None
    await house.next_morning()
    day = await house.day()
    assert (day.state, day.closes[0].missing) == (DayState.CLOSED, (Leg.HIS,))


async def differing(house: ReconciledApp, amount_fen: int = 500) -> ReconciliationDay:
    """The HIS lacks another system's payment."""
    await agreeing(house)
    at = house.app.clock.now()
    house.take(
        Row(Leg.CHANNEL, RowKind.PAYMENT, "KIOSK1", "KIOSK1", amount_fen, RowState.DONE, at, channel_no="99", fee_fen=0)
    )
    await house.next_morning()
    return await house.day()


KIOSK = "payment:KIOSK1"


async def test_a_day_that_differs_waits_for_a_person_and_finance_is_told() -> None:
    house = ReconciledApp()
    day = await differing(house)
    assert (day.state, [each.id for each in undecided(day)], day.closes) == (DayState.DIFFERING, [KIOSK], ())
    alert = await house.app.stores.alerts.get(HOSPITAL, f"day_differs:wechat-{house.today}")
    assert alert is not None
    assert alert.live


async def test_what_a_person_decides_closes_the_day_and_ends_the_alert() -> None:
    house = ReconciledApp()
    day = await differing(house)
    await house.days.decisions.decide(HOSPITAL, day.id, [KIOSK], DispositionAct.SEND_BACK, "staff:1", "自助机补录")
    await house.work()
    day = await house.day()
    assert (day.state, day.closes[0].decided, undecided(day)) == (DayState.SETTLED, 1, ())
    alert = await house.app.stores.alerts.get(HOSPITAL, f"day_differs:wechat-{house.today}")
    assert alert is not None
    assert not alert.live


async def test_what_was_decided_survives_every_run() -> None:
    house = ReconciledApp()
    day = await differing(house)
    await house.days.decisions.decide(HOSPITAL, day.id, [KIOSK], DispositionAct.SEND_BACK, "staff:1", "自助机补录")
    await house.work()
    before = await house.day()
    await house.days.decisions.run_again(HOSPITAL, day.id, "staff:1")
    await house.work()
    after = await house.day()
    assert (after.result, after.dispositions, after.closes) == (before.result, before.dispositions, before.closes)
    assert after.state is DayState.SETTLED


async def test_a_decision_about_another_amount_is_no_decision() -> None:
    house = ReconciledApp()
    day = await differing(house)
    await house.days.decisions.decide(HOSPITAL, day.id, [KIOSK], DispositionAct.CONFIRM, "staff:1", "已核实")
    day = await house.day()
    result = result_from_text(day.result)
    other = [row._replace(amount_fen=600) for each in result.discrepancies for row in each.rows]
    grown = replace(
        result, discrepancies=tuple(replace(e, rows=tuple(other), difference_fen=600) for e in result.discrepancies)
    )
    assert [each.id for each in undecided(replace(day, result=result_text(grown)))] == [KIOSK]


async def test_over_the_limit_a_second_person_must_agree() -> None:
    house = ReconciledApp()
    day = await differing(house, amount_fen=100_001)
    decisions = house.days.decisions
    assert (await decisions.summary(HOSPITAL, day.id, [KIOSK])).second_needed == 1
    await decisions.decide(HOSPITAL, day.id, [KIOSK], DispositionAct.WRITE_OFF, "staff:1", "核销，已报批")
    await house.work()
    assert (await house.day()).state is DayState.DIFFERING
    with pytest.raises(NotAllowed):
        await decisions.agree(HOSPITAL, day.id, KIOSK, "staff:1")
    await decisions.agree(HOSPITAL, day.id, KIOSK, "staff:2")
    await house.work()
    day = await house.day()
    assert (day.state, len(day.dispositions), day.dispositions[-1].second_by) == (DayState.SETTLED, 2, "staff:2")


async def test_a_decision_needs_a_remark_and_something_that_differs() -> None:
    house = ReconciledApp()
    day = await differing(house)
    with pytest.raises(NotAllowed):
        await house.days.decisions.decide(HOSPITAL, day.id, [KIOSK], DispositionAct.CONFIRM, "staff:1", " ")
    for ids in ([], ["payment:X"], [KIOSK, "payment:X"]):
        with pytest.raises(NotFound):
            await house.days.decisions.decide(HOSPITAL, day.id, ids, DispositionAct.CONFIRM, "staff:1", "已核实")
    assert (await house.day()).dispositions == ()


async def test_a_run_on_the_same_files_is_the_same_byte_for_byte() -> None:
    house = ReconciledApp()
    day = await differing(house)
    await house.days.decisions.run_again(HOSPITAL, day.id, "staff:1")
    await house.work()
    again = await house.day()
    assert (again.result, result_text(result_from_text(day.result))) == (day.result, day.result)
    assert house.statements.asked.count((house.today, StatementKind.TRADE)) == 1


async def test_a_lost_notification_is_mended_by_a_query_and_the_day_closes() -> None:
    house = ReconciledApp()
    payment = await waiting(house.app)
    house.app.channel.pay(payment.id)
    trade = await house.app.channel.query(payment.id)
    row = row_of(payment, at=trade.paid_at or payment.created_at, channel_no=trade.transaction_id)
    house.take(row)
    house.book(row)
    await house.next_morning()
    assert categories(await house.day()) == [Category.MISSING_HERE]
    await house.app.work()
    assert (await house.app.payment(payment.id)).state is PaymentState.BOOKED
    house.app.clock.forward(minutes=11)
    await house.work()
    day = await house.day()
    assert (day.state, categories(day), day.closes[0].decided) == (DayState.CLOSED, [], 0)


async def test_another_systems_money_is_never_asked_about() -> None:
    house = ReconciledApp()
    await differing(house)
    assert await house.app.stores.unclaimed.latest(HOSPITAL, 10) == []
    payments = await house.app.stores.payments.page("", 100)
    assert not [each for each in payments for effect in each.effects if effect.kind is EffectKind.QUERY]


async def test_money_of_ours_that_no_payment_knows_is_kept_as_unclaimed_once_the_channel_confirms_it() -> None:
    house = ReconciledApp()
    payment = await agreeing(house)
    number, channel = f"{house.app.hospital.prefix}20261123NOBODY", house.app.channel
    house.take(row_of(payment, number=number, payment_number=number, channel_no="98", fee_fen=0))
    channel.orders[number], channel.states[number] = payment.parts[0].request, TradeState.UNPAID
    channel.pay(number)
    await house.next_morning()
    assert (await house.day()).state is DayState.DIFFERING
    assert [money.out_trade_no for money in await house.app.stores.unclaimed.latest(HOSPITAL, 10)] == [number]


async def test_a_refund_in_the_merchants_console_is_recorded_by_the_rules_for_those() -> None:
    house = ReconciledApp()
    payment = await agreeing(house)
    number = "CONSOLE1"
    row = row_of(payment, kind=RowKind.REFUND, number=number, amount_fen=34, channel_no="5098", fee_fen=0)
    house.take(row)
    house.app.channel.refunds[number] = (34, RefundOutcome.SUCCEEDED)
    await house.next_morning()
    assert categories(await house.day()) == [Category.MISSING_HERE]
    await house.app.work()
    (refund,) = (await house.app.payment(payment.id)).refunds
    assert (refund.id, refund.amount_fen, refund.origin) == (number, 34, RefundOrigin.MERCHANT_CONSOLE)


async def test_a_console_refund_belongs_to_the_day_on_which_the_channel_made_it() -> None:
    """It is found the next morning, and then the day of the refund agrees."""
    house = ReconciledApp()
    payment = await agreeing(house)
    made_at = payment.paid_at
    refund = Refund(
        id="CONSOLE1", amount_fen=34, origin=RefundOrigin.MERCHANT_CONSOLE, reason="", state=RefundState.SUCCEEDED,
        at=house.app.clock.now() + timedelta(days=1), finished_at=made_at,
    )  # fmt: skip
    found = changed(
        payment, "refund_succeeded", at=refund.at, detail={"refund": refund.id, "amount_fen": "34"}, refunds=(refund,)
    )
    days = [[row.number for row in our_rows(found, "wechat", house.today + timedelta(days=n))] for n in (0, 1)]
    assert days == [[payment.id, "CONSOLE1"], []]


async def test_a_refund_that_the_channel_has_otherwise_is_asked_for_and_not_its_payment() -> None:
    house = ReconciledApp()
    payment = await agreeing(house)
    now, number = house.app.clock.now(), f"{payment.id}R01"
    refund = Refund(
        id=number, amount_fen=34, origin=RefundOrigin.STAFF, reason="other", state=RefundState.CLOSED, at=now,
        finished_at=now,
    )  # fmt: skip
    known = await house.app.payment(payment.id)
    await house.app.payment_store.save(
        known, changed(known, "refund_closed", at=now, detail={"refund": number}, refunds=(refund,))
    )
    house.take(row_of(payment, kind=RowKind.REFUND, number=number, amount_fen=34, channel_no="5098", fee_fen=0))
    await house.next_morning()
    assert categories(await house.day()) == [Category.STATE]
    owed = (await house.app.payment(payment.id)).effects
    assert [(each.kind, each.subject) for each in owed if each.kind in CHANNEL_ASKED] == [
        (EffectKind.QUERY_REFUND, number)
    ]


async def test_a_refund_of_a_payment_of_long_ago_is_found_by_its_number() -> None:
    house = ReconciledApp()
    payment = await agreeing(house)
    await house.next_morning()
    house.app.clock.forward(days=30)
    number = f"{payment.id}R01"
    refund = Refund(
        id=number, amount_fen=34, origin=RefundOrigin.STAFF, reason="other", state=RefundState.SUCCEEDED,
        at=house.app.clock.now(), finished_at=house.app.clock.now(),
    )  # fmt: skip
    known = await house.app.payment(payment.id)
    after = changed(known, "refund_succeeded", at=house.app.clock.now(), detail={"refund": number}, refunds=(refund,))
    await house.app.payment_store.save(known, after)
    today = hospital_day(house.app.clock.now())
    row = row_of(payment, kind=RowKind.REFUND, number=number, amount_fen=34, channel_no="5099", fee_fen=0)
    house.take(row._replace(at=house.app.clock.now()))
    house.book(row._replace(at=house.app.clock.now()))
    await house.next_morning()
    day = await house.day(today)
    assert (day.state, categories(day), result_from_text(day.result).matched) == (DayState.CLOSED, [], 1)


async def test_a_refund_that_the_channel_took_under_another_number_than_the_his_agrees() -> None:
    """The channel refused R01 for good after the HIS had written it off: the money went back as R02, and is written off once."""
    house = ReconciledApp()
    payment = await agreeing(house)
    now, first, second = house.app.clock.now(), f"{payment.id}R01", f"{payment.id}R02"
    refund = Refund(
        id=second, amount_fen=34, origin=RefundOrigin.STAFF, reason="other", state=RefundState.SUCCEEDED, at=now,
        finished_at=now, written_off_as=first, his_settled_at=now,
    )  # fmt: skip
    refused = replace(refund, id=first, state=RefundState.CLOSED, written_off_as=first)
    known = await house.app.payment(payment.id)
    lines = changed(known, "refund_closed", at=now, detail={"refund": first}, refunds=(refused, refund))
    await house.app.payment_store.save(known, lines)
    row = row_of(payment, kind=RowKind.REFUND, amount_fen=34, fee_fen=0)
    house.take(row._replace(number=second, channel_no="5002"))
    house.book(row._replace(number=first))
    await house.next_morning()
    day = await house.day()
    assert (day.state, categories(day), result_from_text(day.result).matched) == (DayState.CLOSED, [], 3)


@pytest.mark.parametrize(("by", "origin"), [("S01", RefundOrigin.ELSEWHERE), ("C99", RefundOrigin.MERCHANT_CONSOLE)])
async def test_a_write_off_belongs_to_whatever_brought_the_money_back(by: str, origin: RefundOrigin) -> None:
    """The HIS has R01; the payer got the money by transfer, or by a refund in the console to which R01 gave way."""
    house = ReconciledApp()
    payment = await agreeing(house)
    now, first, second = house.app.clock.now(), f"{payment.id}R01", f"{payment.id}{by}"
    refund = Refund(
        id=second, amount_fen=34, origin=origin, reason="other", state=RefundState.SUCCEEDED, at=now, finished_at=now,
        covered_fen=34, his_settled_at=now,
    )  # fmt: skip
    stuck = replace(
        refund, id=first, origin=RefundOrigin.STAFF, state=RefundState.WITHDRAWN, covered_fen=0, covered_by=second
    )
    known = await house.app.payment(payment.id)
    lines = changed(known, "refund_succeeded", at=now, detail={"refund": second}, refunds=(stuck, refund))
    await house.app.payment_store.save(known, lines)
    row = row_of(payment, kind=RowKind.REFUND, amount_fen=34, fee_fen=0)
    house.book(row._replace(number=first, channel_no=""))
    if origin is RefundOrigin.MERCHANT_CONSOLE:
        house.take(row._replace(number=second, channel_no="5009"))
    await house.next_morning()
    day = await house.day()
    assert (day.state, categories(day), result_from_text(day.result).matched) == (DayState.CLOSED, [], 2)


async def test_a_day_waits_for_the_result_of_the_day_before() -> None:
    house = ReconciledApp()
    await agreeing(house)
    house.statements.answers[StatementKind.TRADE] = StatementAnswer.NOT_YET
    await house.next_morning()
    house.app.clock.forward(days=1)
    await house.days.rounds.once()
    house.statements.answers.clear()
    tomorrow = house.today + timedelta(days=1)
    await house.days.runner.run_due(HOSPITAL, f"wechat-{tomorrow}")
    await house.days.runner.run_due(HOSPITAL, f"wechat-{tomorrow}")
    assert (await house.day(tomorrow)).result == ""
    await house.work()
    house.app.clock.forward(minutes=30)
    await house.work()
    assert (await house.day(tomorrow)).state is DayState.CLOSED
