"""Every cell of a statement's row that matching, sums or people use: numbers, moments of the hospital, money, state."""

from __future__ import annotations

from datetime import datetime

import pytest

from server.core.days import HOSPITAL_ZONE
from server.platforms.wechat.pay.statement_cells import fen, units
from server.reconciliation.model import Leg, Row, RowKind, RowState
from server.reconciliation.statements import RefusalReason, StatementRefused
from tests.unit.platforms.statement_files import (
    ALIPAY,
    ALIPAY_FUND,
    ALL,
    BASIC,
    FUND,
    TRADE,
    WECHAT,
    WECHAT_FUND,
    A,
    B,
    changed,
    golden,
    rows,
)

DONE = RowState.DONE
WECHAT_NO, WECHAT_REFUND_NO = "4200067384202603021197371797", "50838007852026030218119293929"
ALIPAY_NO = "2026030222001342686533385512"


def at(hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, second, tzinfo=HOSPITAL_ZONE)


def row(leg: Leg, kind: RowKind, number: str, fen: int, when: datetime, channel_no: str, **fields: object) -> Row:
    return Row(leg, kind, number, "", fen, DONE, when, channel_no)._replace(**fields)  # type: ignore[arg-type]


WECHAT_PAID = row(
    Leg.CHANNEL, RowKind.PAYMENT, f"{A}1", 12800, at(9, 7), WECHAT_NO, payment_number=f"{A}1", fee_fen=77, settled_fen=12800
)  # fmt: skip
WECHAT_BACK = row(
    Leg.CHANNEL, RowKind.REFUND, f"{A}1R01", 3300, at(9, 28), WECHAT_REFUND_NO, payment_number=f"{A}1", fee_fen=-19, settled_fen=3300
)  # fmt: skip


@pytest.mark.parametrize("family", ["newer", "older"])
def test_a_payment_and_a_refund_of_wechat(family: str) -> None:
    first, *_, last = rows(WECHAT, golden(f"wechat-ALL-{family}.csv"))
    assert (first, last) == (WECHAT_PAID, WECHAT_BACK)
    assert rows(WECHAT, golden(f"wechat-REFUND-{family}.csv")) == [WECHAT_BACK]


def test_a_refund_of_wechat_is_of_the_moment_when_it_was_asked_for() -> None:
    text = (
        golden("wechat-REFUND-newer.csv")
        .decode("utf-8-sig")
        .replace("`0.00,`2026-03-02 09:28:00", "`0.00,`2026-03-02 09:11:22", 1)
    )
    assert [each.at for each in rows(WECHAT, text.encode())] == [at(9, 11, 22)]


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("SUCCESS", RowState.DONE), ("PROCESSING", RowState.DONE), ("FAIL", RowState.FAILED), ("CHANGE", RowState.FAILED),
    ],
)  # fmt: skip
def test_what_a_refund_s_state_says_of_its_money(state: str, found: RowState) -> None:
    *_, last = rows(WECHAT, changed(ALL, "`ORIGINAL,`SUCCESS", f"`ORIGINAL,`{state}"))
    assert (last.state, last.kind, last.amount_fen) == (found, RowKind.REFUND, 3300)


def test_a_refund_of_a_payment_that_was_revoked_is_a_refund() -> None:
    *_, last = rows(WECHAT, changed(ALL, "`JSAPI,`REFUND", "`JSAPI,`REVOKED"))
    assert (last.kind, last.number, last.note) == (RowKind.REFUND, f"{A}1R01", "")
    *_, last = rows(WECHAT, changed(ALL, "`JSAPI,`REFUND", "`JSAPI,`STRANGE"))
    assert (last.kind, last.number, last.note) == (RowKind.UNKNOWN, f"{A}1R01", "STRANGE")


def test_a_refund_with_a_coupon_settles_less_than_was_asked_for() -> None:
    text = (
        golden(ALL)
        .decode("utf-8-sig")
        .replace("R01,`33.00,", "R01,`30.00,")
        .replace(",`33.00,`0.00,`2.38", ",`30.00,`0.00,`2.38")
    )
    *_, last = rows(WECHAT, text.encode())
    assert (last.amount_fen, last.settled_fen) == (3300, 3000)


@pytest.mark.parametrize(
    ("text", "hundred_thousandths"),
    [("0.77000", 77_000), ("128", 12_800_000), ("0.1", 10_000), ("-0.19", -19_000), ("", 0), ("0.00001", 1)],
)
def test_money_has_five_decimals(text: str, hundred_thousandths: int) -> None:
    assert units(text, 1) == hundred_thousandths


@pytest.mark.parametrize("text", ["1.000001", "1234567890123", "1,00", "+1", "1.", "一", "1e5", " 1"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(StatementRefused) as caught:
        units(text, 7)
    assert (caught.value.line, caught.value.reason) == (7, RefusalReason.UNREADABLE)


@pytest.mark.parametrize(
    ("hundred_thousandths", "rounded"),
    [(499, 0), (500, 1), (1499, 1), (1500, 2), (-499, 0), (-500, -1), (-1500, -2), (0, 0)],
)
def test_a_fen_is_rounded_half_away_from_nothing(hundred_thousandths: int, rounded: int) -> None:
    assert fen(hundred_thousandths) == rounded


# ---- WeChat's account -----------------------------------------------------------------------------------------------------------


def test_a_payment_its_fee_and_a_refund_in_wechat_s_account() -> None:
    first, fee, *_, last = rows(WECHAT_FUND, golden(BASIC))
    assert first == row(Leg.FUND, RowKind.PAYMENT, WECHAT_NO, 12800, at(9, 7), WECHAT_NO)
    assert fee == row(Leg.FUND, RowKind.FEE, WECHAT_NO, 77, at(9, 7), WECHAT_NO, fee_fen=77)
    assert last == row(Leg.FUND, RowKind.REFUND, WECHAT_NO, 3300, at(9, 28), WECHAT_REFUND_NO, fee_fen=-19), (
        "what left the account is the refund less the fee that came back"
    )


def withdrawn() -> bytes:
    """The refund of the file is a withdrawal instead."""
    return changed(BASIC, "`退款,`退款,`支出", "`提现,`提现,`支出").replace(
        "退款总金额33.00元;含手续费0.19元".encode(), "招商银行 尾号0001".encode()
    )


def test_a_withdrawal_has_its_words_and_no_fee() -> None:
    *_, last = rows(WECHAT_FUND, withdrawn())
    assert last == row(
        Leg.FUND, RowKind.WITHDRAWAL, WECHAT_NO, 3281, at(9, 28), WECHAT_REFUND_NO, note="招商银行 尾号0001"
    )


def test_only_a_refund_s_words_tell_of_a_fee_that_comes_back() -> None:
    content = changed(BASIC, "`交易,`交易,`收入,`128.00", "`转账,`转账,`收入,`128.00").replace(
        "结算手续费0.77元".encode(), "含手续费0.77元".encode()
    )
    first, *_ = rows(WECHAT_FUND, content)
    assert (first.kind, first.amount_fen, first.fee_fen, first.note) == (RowKind.UNKNOWN, 12800, 0, "转账/转账/收入")


def test_the_words_may_be_missing_and_brackets_may_be_wide() -> None:
    content = changed(BASIC, "备注", "别的").replace("(元)".encode(), "（元）".encode())
    first, *_, last = rows(WECHAT_FUND, content)
    assert (first.amount_fen, last.amount_fen, last.fee_fen) == (12800, 3281, 0)


def test_a_movement_that_neither_comes_nor_goes_is_refused() -> None:
    with pytest.raises(StatementRefused) as caught:
        rows(WECHAT_FUND, changed(BASIC, "`交易,`交易,`收入", "`交易,`交易,`冻结"))
    assert (caught.value.reason, caught.value.line) == (RefusalReason.UNREADABLE, 2)


# ---- Alipay ---------------------------------------------------------------------------------------------------------------------


def test_a_payment_and_a_refund_of_alipay() -> None:
    first, _, last = rows(ALIPAY, golden(TRADE))
    assert first == row(
        Leg.CHANNEL, RowKind.PAYMENT, f"{B}1", 8800, at(9, 35, 5), ALIPAY_NO, payment_number=f"{B}1", fee_fen=53, settled_fen=8800
    )  # fmt: skip
    assert last == row(
        Leg.CHANNEL, RowKind.REFUND, f"{B}1R01", 800, at(9, 49, 5), ALIPAY_NO, payment_number=f"{B}1", fee_fen=-4, settled_fen=800
    )  # fmt: skip


def test_a_trade_of_alipay_without_its_end_is_of_its_beginning() -> None:
    first, *_ = rows(ALIPAY, changed(TRADE, "2026-03-02 09:35:05,2026-03-02 09:35:05", "2026-03-02 09:35:04,"))
    assert first.at == at(9, 35, 4)


def test_a_coupon_of_alipay_settles_less_than_was_ordered() -> None:
    content = changed(TRADE, "88.00,88.00,", "90.00,88.00,")
    first, *_ = rows(ALIPAY, content)
    assert (first.amount_fen, first.settled_fen) == (9000, 8800)
    without = changed(TRADE, "88.00,88.00,", "88.00,,")
    assert rows(ALIPAY, without)[0].settled_fen == 8800, "what was ordered, where nothing else is said"


def test_a_payment_its_fees_and_a_refund_in_alipay_s_account() -> None:
    first, fee, _, back, fee_back = rows(ALIPAY_FUND, golden(FUND))
    number, payment = f"{ALIPAY_NO}00000", {"payment_number": f"{B}1"}
    assert first == row(Leg.FUND, RowKind.PAYMENT, f"{number}1", 8800, at(9, 35, 5), ALIPAY_NO, **payment)
    assert fee == row(Leg.FUND, RowKind.FEE, f"{number}2", 53, at(9, 35, 5), ALIPAY_NO, fee_fen=53, **payment)
    assert back == row(Leg.FUND, RowKind.REFUND, f"{number}4", 800, at(9, 49, 5), ALIPAY_NO, **payment)
    assert fee_back == row(Leg.FUND, RowKind.FEE, f"{number}5", 4, at(9, 49, 5), ALIPAY_NO, fee_fen=-4, **payment)


def test_a_withdrawal_of_alipay_has_its_words() -> None:
    found = rows(ALIPAY_FUND, changed(FUND, "交易退款,,", "提现,招商银行 尾号0001,"))
    assert [(each.kind, each.note) for each in found if each.note] == [(RowKind.WITHDRAWAL, "招商银行 尾号0001")]
