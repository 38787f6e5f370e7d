"""What patients and staff read about stays, deposits and the settlement at discharge."""

from __future__ import annotations

from server.inpatient.model import AdmissionState, DepositQuote
from server.inpatient.texts import (
    ADMISSION_STATES,
    DEPOSIT_TEXTS,
    DISCHARGE_TEXTS,
    LOW,
    NOTHING_NEEDED,
    WAYS,
    still_needed,
)
from server.refunds.rules.shares import ShareState
from server.refunds.texts import NOT_OURS, PAID_BY, SHARE_STATES, stuck_at_window, used_up_at_window


def test_a_deposit_that_another_pays_is_not_paid_twice() -> None:
    assert (DEPOSIT_TEXTS.title, DEPOSIT_TEXTS.charge_number, DEPOSIT_TEXTS.charge_amount) == (
        "住院预交金", "住院号", "预交金",
    )  # fmt: skip
    assert DEPOSIT_TEXTS.taken.format(who="家人支付") == "这笔预交金已由家人支付，无需重复付款。"
    assert DEPOSIT_TEXTS.being_closed == "这笔预交金正在由他人支付，正在为您取消，请稍后再试。"
    assert DEPOSIT_TEXTS.contended == "这笔预交金正在被支付，请稍后再试。"


def test_a_stay_that_another_settles_is_not_settled_twice() -> None:
    assert (DISCHARGE_TEXTS.title, DISCHARGE_TEXTS.charge_number, DISCHARGE_TEXTS.charge_amount) == (
        "出院结算", "住院号", "补交",
    )  # fmt: skip
    assert DISCHARGE_TEXTS.taken.format(who="家人结算") == "这次住院已由家人结算，无需重复结算。"
    assert DISCHARGE_TEXTS.being_closed == "这次住院正在由他人结算，正在为您取消，请稍后再试。"
    assert DISCHARGE_TEXTS.contended == "这次住院正在结算，请稍后再试。"


def test_how_a_stay_stands_is_said_in_words() -> None:
    assert dict(ADMISSION_STATES) == {
        AdmissionState.ADMITTED: "住院中",
        AdmissionState.DISCHARGED: "已出院，待结算",
        AdmissionState.SETTLED: "已结算",
    }


def test_a_deposit_names_the_way_in_which_it_was_paid_and_why_it_goes_back_at_the_window() -> None:
    assert dict(WAYS) == {
        "wechat": "微信支付", "alipay": "支付宝", "cash": "现金", "card": "银行卡", "insurance": "医保", "other": "其他方式",
    }  # fmt: skip
    assert dict(PAID_BY) == {"cash": "现金交的", "card": "银行卡交的", "insurance": "医保交的"}
    assert NOT_OURS == "在窗口或自助机交的"
    assert stuck_at_window("微信支付") == "微信支付交的，已过能原路退回的期限"
    assert used_up_at_window("支付宝") == "支付宝交的，退费次数已用完，不能再原路退回"


def test_each_share_of_what_goes_back_says_how_it_stands() -> None:
    assert dict(SHARE_STATES) == {
        ShareState.WAITING: "等待结算",
        ShareState.UNDER_WAY: "正在退",
        ShareState.RETURNED: "已退到账户",
        ShareState.ELSEWHERE: "已用其他方式退还",
        ShareState.FAILED: "没有退成，请到窗口领取",
    }


def test_who_wants_to_pay_too_much_reads_the_most_that_is_taken() -> None:
    assert LOW == "预交金不足"
    assert NOTHING_NEEDED == "目前不需要再交预交金。"
    assert still_needed(DepositQuote(needed_fen=150_00, reason="")) == "最多还可交 150.00 元。"
    assert still_needed(DepositQuote(needed_fen=0, reason="已结算")) == "目前不需要再交预交金。已结算"
