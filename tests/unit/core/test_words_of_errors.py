"""What a person reads of each error, whether trying again helps, and how long to wait first."""

from __future__ import annotations

import pytest

from server.core import errors
from server.core.errors import (
    ChargeChanged,
    NotSent,
    OutcomeUnknown,
    OutsideError,
    OutsideRefusal,
    TooManyTries,
    TooSoon,
    Unreadable,
    ZhenfuError,
)

SAFE = "如已付款，款项不会丢失。"
SILENT = f"系统暂时没有响应，请稍后再试。{SAFE}"
HIS_SILENT = f"医院系统暂时没有响应，请稍后再试，或到收费窗口办理。{SAFE}"
IN_GENERAL = f"系统出了点问题，请稍后再试。{SAFE}"
LOGIN_AGAIN = "登录已过期，请从医院的菜单重新进入，或重新扫描缴费单上的二维码。"
REFUSED_OUTSIDE = "现在不能完成这个操作，请稍后再试，或到收费窗口办理。"
SAID: dict[str, tuple[str, bool, str]] = {
    "ZhenfuError": ("internal_error", False, IN_GENERAL),
    "Refusal": ("refused", False, "无法完成这个操作。"),
    "BadInput": ("bad_input", False, "填写的内容不正确，请检查后重试。"),
    "MeantForPayments": ("bad_input", False, "填写的内容不正确，请检查后重试。"),
    "NotFound": ("not_found", False, "没有找到您要的内容。"),
    "NotAllowed": ("not_allowed", False, "您不能进行这个操作。"),
    "LoginNeeded": ("login_needed", False, LOGIN_AGAIN),
    "CodeRefused": ("login_needed", False, LOGIN_AGAIN),
    "LinkExpired": ("link_expired", False, "二维码已过期，请到收费窗口重新打印，或从医院的菜单进入缴费。"),
    "AlreadyPaid": ("already_paid", False, "这笔费用已经支付，或正在由他人支付，无需重复付款。"),
    "ChargeChanged": ("bill_changed", False, "费用有变化，请返回列表查看最新内容。"),
    "KeyReused": ("idempotency_key_reused", False, "请返回上一页，刷新后再试。"),
    "StillRunning": ("in_progress", True, "正在处理，请稍等。"),
    "TooManyTries": ("too_many_tries", True, "操作太频繁，请稍后再试。"),
    "TooLarge": ("too_large", False, "提交的内容太大。"),
    "Forged": ("signature_invalid", False, "二维码或链接无效，请重新扫码进入。"),
    "Tampered": (
        "record_under_review", False, "这笔缴费的记录正在人工核对，暂时不能操作。请联系收费窗口，款项不会丢失。",
    ),
    "OutsideError": ("outside_error", True, SILENT),
    "OutcomeUnknown": ("outcome_unknown", True, SILENT),
    "NotSent": ("not_sent", True, SILENT),
    "NotAllowedYet": ("not_allowed_yet", True, SILENT),
    "OutsideRefusal": ("outside_refused", False, REFUSED_OUTSIDE),
    "TooSoon": ("too_soon", True, REFUSED_OUTSIDE),
    "StoreError": ("store_error", True, IN_GENERAL),
    "StoreUnavailable": ("store_unavailable", True, f"系统繁忙，请稍后再试。{SAFE}"),
    "Unreadable": ("unreadable", True, IN_GENERAL),
    "LostRace": ("lost_race", True, "刚才有人同时在办理这一笔，请刷新后查看结果。"),
    "ClaimTaken": ("claim_taken", True, IN_GENERAL),
    "AlreadyStored": ("already_stored", False, IN_GENERAL),
    "BackupRefused": ("backup_refused", False, IN_GENERAL),
    "ClockOff": ("clock_off", True, IN_GENERAL),
    "Overloaded": ("overloaded", True, f"现在访问的人很多，请等几秒再试。{SAFE}"),
    "LeaseLost": ("lease_lost", False, IN_GENERAL),
}  # fmt: skip
"""Of each class: its code, whether the same request may succeed later, and what the person reads."""
WAITS_S = {"StillRunning": 2, "TooSoon": 60, "Overloaded": 5}


def own_errors() -> dict[str, type[ZhenfuError]]:
    found = {name: one for name, one in vars(errors).items() if isinstance(one, type)}
    return {name: one for name, one in found.items() if issubclass(one, ZhenfuError)}


def test_every_error_says_what_it_is_and_what_helps() -> None:
    assert {name: (one.code, one.retry, one.user_message) for name, one in own_errors().items()} == SAID
    assert {
        name: one.wait_seconds for name, one in own_errors().items() if hasattr(one, "wait_seconds")
    } == WAITS_S  # fmt: skip


@pytest.mark.parametrize(
    ("error", "logged", "shown"),
    [
        (ZhenfuError(), "ZhenfuError", IN_GENERAL),
        (ZhenfuError("why"), "why", IN_GENERAL),
        (ZhenfuError("why", user_message=""), "why", ""),
        (ChargeChanged("bill", user_message="有变化"), "bill", "有变化"),
        (TooManyTries("codes", user_message="太多"), "codes", "太多"),
        (Unreadable(newer=True), "Unreadable", IN_GENERAL),
        (OutcomeUnknown("sms"), "sms", SILENT),
        (OutcomeUnknown("sms", "silent"), "sms: silent", SILENT),
        (NotSent("his"), "his", HIS_SILENT),
        (OutcomeUnknown("his", user_message="别处"), "his", "别处"),
        (OutsideRefusal("his", "BILL_PAID"), "his: BILL_PAID", REFUSED_OUTSIDE),
        (OutsideRefusal("his", "BILL_PAID", "paid", user_message="已缴"), "his: BILL_PAID paid", "已缴"),
        (TooSoon("sms", "LIMIT"), "sms: LIMIT", REFUSED_OUTSIDE),
    ],
)
def test_what_the_log_and_the_person_are_told(error: ZhenfuError, logged: str, shown: str) -> None:
    assert (str(error), error.user_message) == (logged, shown)


def test_what_an_error_carries() -> None:
    refusal = OutsideRefusal("his", "BILL_PAID", "paid")
    assert (refusal.system, refusal.reason_code, refusal.reason) == ("his", "BILL_PAID", "paid")
    assert OutsideError("sms").system == "sms"
    assert [ChargeChanged().amount_fen, ChargeChanged(amount_fen=5).amount_fen] == [None, 5]
    assert [TooManyTries().wait_seconds, TooManyTries(wait_seconds=5).wait_seconds] == [60, 5]
    assert [Unreadable().newer, Unreadable(newer=True).newer] == [False, True]
