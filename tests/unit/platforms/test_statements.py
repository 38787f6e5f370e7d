"""Statement files of every family are read by the names of their columns, and held against their own totals."""

from __future__ import annotations

import gzip
import io

import pytest

from server.reconciliation.model import Balance, RowKind, RowState
from tests.unit.platforms.statement_files import (
    ALIPAY,
    ALIPAY_FUND,
    ALIPAY_ROWS,
    ALL,
    BASIC,
    FUND,
    PAYMENTS,
    REFUNDS,
    TRADE,
    WECHAT,
    WECHAT_FUND,
    changed,
    golden,
    rows,
    told,
    zipped,
)


@pytest.mark.parametrize("family", ["newer", "older"])
@pytest.mark.parametrize(("kind", "wanted"), [("ALL", PAYMENTS + REFUNDS), ("SUCCESS", PAYMENTS), ("REFUND", REFUNDS)])
def test_wechat_trades_of_both_families(kind: str, family: str, wanted: list[tuple[RowKind, str, int, int]]) -> None:
    assert told(WECHAT, golden(f"wechat-{kind}-{family}.csv")) == wanted
    assert told(WECHAT, gzip.compress(golden(f"wechat-{kind}-{family}.csv"))) == wanted
    assert told(WECHAT, golden(f"wechat-{kind}-{family}-empty.csv")) == []


@pytest.mark.parametrize("family", ["newer", "older"])
def test_the_columns_may_stand_in_any_order(family: str) -> None:
    lines = golden(f"wechat-SUCCESS-{family}.csv").decode("utf-8-sig").splitlines()
    kept = [line for line in lines if '"' not in line]
    turned = [",".join(reversed(line.split(","))) for line in kept[:-2]]
    totals = kept[-1].replace("`3.0", "`2.0").replace("428.05", "428.00")
    assert told(WECHAT, "\n".join([*turned, kept[-2], totals]).encode()) == [PAYMENTS[0], PAYMENTS[2]]


def test_wechat_funds_and_their_balance() -> None:
    reading = WECHAT_FUND(io.BytesIO(golden("wechat-BASIC-2026-03-03.csv")))
    assert [(row.kind, row.amount_fen, row.fee_fen) for row in reading] == [
        (RowKind.REFUND, 9500, -58),
        (RowKind.PAYMENT, 4500, 0),
        (RowKind.FEE, 27, 27),
    ]
    assert reading.balance == Balance(opening_fen=39267, came_fen=4500, went_fen=9500, fee_fen=-31, closing_fen=34298)
    assert reading.balance.holds


def test_an_account_without_movements_says_no_balance() -> None:
    reading = WECHAT_FUND(io.BytesIO(golden("wechat-BASIC-empty.csv")))
    assert (list(reading), reading.balance) == ([], None)


def test_alipay_trades() -> None:
    detail, summary = golden("alipay-trade-2026-03-02.csv"), golden("alipay-trade-summary-2026-03-02.csv")
    assert told(ALIPAY, detail) == ALIPAY_ROWS
    assert told(ALIPAY, zipped(first=summary, second=detail)) == ALIPAY_ROWS
    assert told(ALIPAY, golden("alipay-trade-2026-03-01-empty.csv")) == []


@pytest.mark.parametrize("family", ["newer", "older"])
def test_alipay_funds_in_either_order_of_columns(family: str) -> None:
    reading = ALIPAY_FUND(io.BytesIO(golden(f"alipay-fund-2026-03-02-{family}.csv")))
    assert [(row.kind, row.amount_fen, row.fee_fen) for row in reading] == [
        (RowKind.PAYMENT, 8800, 0),
        (RowKind.FEE, 53, 53),
        (RowKind.PAYMENT, 50, 0),
        (RowKind.REFUND, 800, 0),
        (RowKind.FEE, 4, -4),
    ]
    assert reading.balance == Balance(opening_fen=0, came_fen=8850, went_fen=800, fee_fen=49, closing_fen=8001)


def test_commas_in_remarks_are_put_together() -> None:
    content = changed(ALL, "`门诊缴费,`bill-1", "`门诊,缴费,`bill,1")
    assert told(WECHAT, content) == PAYMENTS + REFUNDS
    trade = changed(TRADE, "-0.53,0.00,\r\n", "-0.53,0.00,急,加急\r\n")
    assert told(ALIPAY, trade) == ALIPAY_ROWS
    assert told(ALIPAY, changed(TRADE, "门诊缴费", "门诊,缴费")) == ALIPAY_ROWS
    assert len(rows(ALIPAY_FUND, changed(FUND, "收费,服务费,", "收费,服务费,0.6%,"))) == 5


def test_full_width_colons_and_other_widths_of_decimals_are_read() -> None:
    content = changed(ALL, "09:07:00", "09：07：00").replace(b"`0.77000", b"`0.77").replace(b"`300.00", b"`300")
    assert told(WECHAT, content) == PAYMENTS + REFUNDS


def test_header_cells_may_have_backticks_and_quotes() -> None:
    content = golden(ALL).decode("utf-8-sig").replace("交易时间", '"`交易时间"', 1).replace("手续费,", "`手续费,", 1)
    assert told(WECHAT, content.encode()) == PAYMENTS + REFUNDS


def test_a_business_that_nobody_knows_is_a_row_of_its_own() -> None:
    (strange, *_) = rows(WECHAT, changed(ALL, "`SUCCESS", "`STRANGE"))
    assert (strange.kind, strange.note) == (RowKind.UNKNOWN, "STRANGE")
    (strange, *_) = rows(WECHAT_FUND, changed(BASIC, "`交易,`交易", "`分账,`分账"))
    assert (strange.kind, strange.note) == (RowKind.UNKNOWN, "分账/分账/收入")
    found = [row.note for row in rows(ALIPAY_FUND, changed(FUND, "收费", "花呗")) if row.kind is RowKind.UNKNOWN]
    assert found == ["花呗"]


def test_coupons_make_what_moves_another_amount() -> None:
    text = golden(ALL).decode("utf-8-sig").replace("`128.00,`0.00,`0", "`120.00,`8.00,`0", 1)
    (first, *_) = rows(WECHAT, text.replace("`4.0,`428.05", "`4.0,`420.05").encode())
    assert (first.amount_fen, first.settled_fen) == (12800, 12000)


def test_a_revoked_payment_and_a_refused_refund_moved_nothing() -> None:
    (first, *_) = rows(WECHAT, changed(ALL, "`SUCCESS", "`REVOKED"))
    *_, last = rows(WECHAT, changed(ALL, "`ORIGINAL,`SUCCESS", "`ORIGINAL,`CHANGE"))
    assert (first.state, last.state) == (RowState.FAILED, RowState.FAILED)


def test_an_account_file_may_have_its_newest_row_first() -> None:
    lines = golden(BASIC).decode("utf-8-sig").splitlines()
    turned = "\n".join([lines[0], *reversed(lines[1:-2]), *lines[-2:]])
    reading = WECHAT_FUND(io.BytesIO(turned.encode()))
    assert len(list(reading)) == 6
    assert (reading.balance.opening_fen, reading.balance.closing_fen) == (0, 39267) if reading.balance else False
