"""Electronic receipts: a refund whose receipt is still valid is a discrepancy until it is red-flushed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.reconciliation.day_model import DayState, ReconciliationDay
from server.reconciliation.his_rows import HisRow, his_file, his_rows, rows_of_channel
from server.reconciliation.model import Act, Category, Leg, MatchResult, RowKind, RowState
from server.reconciliation.rules.receipts import receipt_rows, receipt_sums, receipts_told, with_receipts
from server.reconciliation.rules.result_text import result_from_text
from tests.support.builders import HOSPITAL
from tests.support.reconciled import ReconciledApp, agreeing
from tests.unit.reconciliation.days import DAY, at


def a_refund(number: str = "ZH1R01", of: str = "ZH1", **fields: object) -> HisRow:
    row = HisRow(
        kind=RowKind.REFUND, way="wechat", amount_fen=400, booked_at=at(15), his_trade_no=f"HIS{number}", out_trade_no=of,
        out_refund_no=number, transaction_id="50", receipt_code="00010126", receipt_number="0000000001", receipt_state="issued",
    )  # fmt: skip
    return replace(row, **fields)  # type: ignore[arg-type]


def found(*rows: HisRow) -> list[tuple[str, bool]]:
    result = with_receipts(MatchResult(day=DAY), rows, "wechat", "ZH")
    return [(each.id, each.ours) for each in result.discrepancies]


def test_a_refund_whose_receipt_lives_is_a_discrepancy_without_money() -> None:
    (each,) = with_receipts(MatchResult(day=DAY), [a_refund()], "wechat", "ZH").discrepancies
    assert (each.category, each.act, each.difference_fen, each.since) == (Category.RECEIPT, Act.RED_FLUSH, 0, DAY)
    assert [(row.leg, row.note) for row in each.rows] == [(Leg.HIS, "HISZH1R01"), (Leg.RECEIPT, "00010126 0000000001")]


def test_only_living_receipts_of_this_channel_s_refunds_count() -> None:
    kiosk = a_refund("K1R", of="KIOSK1")
    rows = [
        a_refund(receipt_state="red"), a_refund(receipt_state="none"), a_refund(receipt_state=""), a_refund(way="cash"),
        a_refund(kind=RowKind.PAYMENT), kiosk,
    ]  # fmt: skip
    assert found(*rows) == [("receipt:K1R", False)]


def test_a_receipt_is_known_by_the_refund_s_number_or_the_next_best_one() -> None:
    assert found(a_refund(), a_refund("", transaction_id="50"), a_refund("", transaction_id="")) == [
        ("receipt:00010126 0000000001", True), ("receipt:50", True), ("receipt:ZH1R01", True),
    ]  # fmt: skip


def test_a_refund_s_receipt_has_failed_while_it_lives_and_a_payment_s_is_done() -> None:
    rows = [
        a_refund(), a_refund(receipt_state="red"), a_refund(kind=RowKind.PAYMENT), a_refund(receipt_state="none"),
        a_refund(receipt_state=""), a_refund(way="cash"), a_refund(receipt_number="", receipt_code=""),
    ]  # fmt: skip
    told = receipt_rows(rows, "wechat")
    assert [(row.leg, row.kind, row.state, row.note) for row in told] == [
        (Leg.RECEIPT, RowKind.REFUND, RowState.FAILED, "00010126 0000000001"),
        (Leg.RECEIPT, RowKind.REFUND, RowState.DONE, "00010126 0000000001"),
        (Leg.RECEIPT, RowKind.PAYMENT, RowState.DONE, "00010126 0000000001"),
        (Leg.RECEIPT, RowKind.REFUND, RowState.FAILED, ""),
    ]
    sums = receipt_sums(told)
    assert (sums.payments, sums.paid_fen, sums.refunds, sums.refunded_fen) == (1, 400, 1, 400)
    assert receipts_told(rows)
    assert not receipts_told([a_refund(receipt_state="")])


def test_receipts_are_kept_with_the_list_and_older_lists_are_read() -> None:
    assert list(his_rows(his_file([a_refund()]).splitlines())) == [a_refund()]
    older = (
        his_file([a_refund()])
        .replace(b'"receipt_code": "00010126", ', b"")
        .replace(b'"receipt_number": "0000000001", ', b"")
    )
    assert [
        row.receipt_number for row in his_rows(older.replace(b'"receipt_state": "issued", ', b"").splitlines())
    ] == [""]


async def a_day_with_a_living_receipt(days_app: ReconciledApp) -> ReconciliationDay:
    await agreeing(days_app)
    assert days_app.list.rows is not None
    (booked,) = days_app.list.rows
    outside = replace(a_refund("KR1", of="KIOSK1"), booked_at=booked.booked_at)
    days_app.list.rows = [replace(booked, receipt_state="issued"), outside]
    days_app.take(next(rows_of_channel([outside], "wechat"))._replace(leg=Leg.CHANNEL))
    await days_app.next_morning()
    return await days_app.day()


@pytest.mark.asyncio
async def test_a_day_differs_until_the_receipt_is_red_flushed_and_the_day_matched_again() -> None:
    days_app = ReconciledApp()
    day = await a_day_with_a_living_receipt(days_app)
    (each,) = result_from_text(day.result).differing
    assert (day.state, each.category) == (DayState.DIFFERING, Category.RECEIPT)
    sums = day.leg(Leg.RECEIPT)
    assert sums is not None
    assert sums.sums is not None
    assert (sums.sums.payments, sums.sums.refunds) == (1, 0)
    assert days_app.list.rows is not None
    days_app.list.rows[1] = replace(days_app.list.rows[1], receipt_state="red")
    await days_app.days.decisions.run_again(HOSPITAL, day.id, "staff:1")
    await days_app.work()
    after = await days_app.day()
    assert (after.state, after.closes[-1].missing) == (DayState.CLOSED, ())


@pytest.mark.asyncio
async def test_a_his_that_is_down_when_a_day_is_matched_again_takes_nothing_away() -> None:
    days_app = ReconciledApp()
    day = await a_day_with_a_living_receipt(days_app)
    days_app.list.down = True
    days_app.app.clock.forward(days=2)
    await days_app.days.decisions.run_again(HOSPITAL, day.id, "staff:1")
    await days_app.work()
    after = await days_app.day()
    assert (after.state, after.leg(Leg.HIS), after.result) == (DayState.DIFFERING, day.leg(Leg.HIS), day.result)
