"""Statement files of every family are read by the names of their columns, held against their own totals, and refused where they can't be trusted."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from server.platforms.alipay.pay import fund_statement as alipay_fund
from server.platforms.alipay.pay import trade_statement as alipay_trade
from server.platforms.wechat.pay import fund_statement as wechat_fund
from server.platforms.wechat.pay import trade_statement as wechat_trade
from server.reconciliation.model import Balance, Row, RowKind, RowState
from server.reconciliation.statements import RefusalReason, StatementReading, StatementRefused

GOLDEN = Path(__file__).resolve().parents[2] / "sandbox" / "golden"
WECHAT, WECHAT_FUND = wechat_trade.TradeStatement, wechat_fund.FundStatement
ALIPAY, ALIPAY_FUND = alipay_trade.TradeStatement, alipay_fund.FundStatement
Reader = Callable[[io.BytesIO], StatementReading]
A, B = "GOLDEN20260302A00", "GOLDEN20260302B00"
PAYMENTS = [
    (RowKind.PAYMENT, f"{A}1", 12800, 77),
    (RowKind.PAYMENT, f"{A}2", 5, 0),
    (RowKind.PAYMENT, f"{A}3", 30000, 180),
]
REFUNDS = [(RowKind.REFUND, f"{A}1R01", 3300, -19)]
ALIPAY_ROWS = [
    (RowKind.PAYMENT, f"{B}1", 8800, 53),
    (RowKind.PAYMENT, f"{B}2", 50, 0),
    (RowKind.REFUND, f"{B}1R01", 800, -4),
]


def golden(name: str) -> bytes:
    return (GOLDEN / name).read_bytes()


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def rows(reader: Reader, content: bytes) -> list[Row]:
    return list(reader(io.BytesIO(content)))


def told(reader: Reader, content: bytes) -> list[tuple[RowKind, str, int, int]]:
    return [(row.kind, row.number, row.amount_fen, row.fee_fen) for row in rows(reader, content)]


def refused(reader: Reader, content: bytes) -> RefusalReason:
    with pytest.raises(StatementRefused) as caught:
        rows(reader, content)
    return caught.value.reason


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


ALL = "wechat-ALL-newer.csv"
BASIC = "wechat-BASIC-2026-03-02.csv"
TRADE = "alipay-trade-2026-03-02.csv"
FUND = "alipay-fund-2026-03-02-newer.csv"
READERS: dict[str, Reader] = {ALL: WECHAT, BASIC: WECHAT_FUND, TRADE: ALIPAY, FUND: ALIPAY_FUND}
CODING = {ALL: "utf-8-sig", BASIC: "utf-8-sig", TRADE: "gb18030", FUND: "gb18030"}


def changed(name: str, old: str, new: str, times: int = 1) -> bytes:
    text = golden(name).decode(CODING[name])
    assert old in text
    return text.replace(old, new, times).encode(CODING[name])


@pytest.mark.parametrize("name", READERS)
def test_an_empty_file_is_no_day_without_trades(name: str) -> None:
    assert refused(READERS[name], b"") is RefusalReason.EMPTY


@pytest.mark.parametrize("name", READERS)
def test_half_a_file_is_refused(name: str) -> None:
    lines = golden(name).splitlines(keepends=True)
    for kept in range(6, len(lines) - 3 if name in {TRADE, FUND} else len(lines) - 1):
        assert refused(READERS[name], b"".join(lines[:kept])) is RefusalReason.HALF


def test_a_file_cut_within_its_gzip_is_refused() -> None:
    whole = gzip.compress(golden(ALL))
    assert refused(WECHAT, whole[:-40]) is RefusalReason.HALF
    assert refused(WECHAT, whole[:100] + b"\x00\x01" + whole[102:]) is RefusalReason.HALF


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (ALL, "`4.0,", "`5.0,"),
        (ALL, "`428.05,`33.00,`0.00,`2.38000", "`428.06,`33.00,`0.00,`2.38000"),
        (ALL, "`2.38000,", "`2.39000,"),
        (ALL, ",`33.00,`0.00,`2.38", ",`34.00,`0.00,`2.38"),
        (BASIC, "`6.0,", "`7.0,"),
        (TRADE, "#交易合计：2笔", "#交易合计：3笔"),
        (TRADE, "商家实收共88.50元", "商家实收共88.51元"),
        (TRADE, "商家实收退款共-8.00元", "商家实收退款共-9.00元"),
        (FUND, "#收入合计：3笔", "#收入合计：2笔"),
        (FUND, "共-8.53元", "共-8.54元"),
    ],
)
def test_totals_that_are_not_those_of_the_rows_are_refused(name: str, old: str, new: str) -> None:
    assert refused(READERS[name], changed(name, old, new)) is RefusalReason.TOTALS


@pytest.mark.parametrize(("name", "old", "new"), [(BASIC, "`127.23", "`127.24"), (FUND, ",87.47,", ",87.48,")])
def test_balances_that_do_not_follow_each_other_are_refused(name: str, old: str, new: str) -> None:
    assert refused(READERS[name], changed(name, old, new)) is RefusalReason.CHAIN


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (ALL, "`4200067384202603021197371797", "4.20007E+27"),
        (ALL, "`2026-03-02 09:07:00", "2026/3/2 9:07"),
        (ALL, "`33.00\n", "`33.00,,,,,\n"),
        (TRADE, "2026030222001342686533385512\t", "2.02603E+27"),
        (TRADE, "2026-03-02 09:35:05,2026-03-02 09:35:05", "2026/3/2 9:35,2026/3/2 9:35"),
        (FUND, "2026-03-02 09:35:05", "2026/3/2 9:35"),
    ],
)
def test_what_a_spreadsheet_saved_again_is_recognised(name: str, old: str, new: str) -> None:
    if old.startswith("`33.00"):
        content = golden(name).decode("utf-8-sig").replace("申请退款总金额", "申请退款总金额,,,,").encode()
    else:
        content = changed(name, old, new)
    assert refused(READERS[name], content) is RefusalReason.RESAVED


@pytest.mark.parametrize("name", READERS)
def test_a_spreadsheet_itself_is_recognised(name: str) -> None:
    for content in (zipped(**{"xl/workbook.xml": b"x"}), b"\xd0\xcf\x11\xe0" + b"\0" * 500):
        assert refused(READERS[name], content) is RefusalReason.RESAVED


def test_another_encoding_is_what_a_spreadsheet_makes_of_it() -> None:
    assert refused(WECHAT, golden(ALL).decode("utf-8-sig").encode("gb18030")) is RefusalReason.RESAVED


@pytest.mark.parametrize("name", READERS)
def test_something_else_is_refused(name: str) -> None:
    other = TRADE if READERS[name] in {WECHAT, WECHAT_FUND} else ALL
    assert refused(READERS[name], golden(other)) in {RefusalReason.UNREADABLE, RefusalReason.RESAVED}


def test_the_sentence_says_how_to_get_the_original() -> None:
    with pytest.raises(StatementRefused) as caught:
        rows(WECHAT, b"\xd0\xcf\x11\xe0")
    assert "不要打开，直接上传" in caught.value.user_message


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
