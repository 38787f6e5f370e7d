"""What a person reads of each error, whether trying again helps, and how long to wait first."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

import pytest

from server import platforms
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
from server.core.systems import HOSPITAL_SYSTEM, System, title_of
from server.platforms.aliyun.account import SYSTEM as SMS
from server.platforms.wechat.api.codes import SYSTEM as LOGIN

SAFE = "如已付款，款项不会丢失。"
SILENT = f"系统暂时没有响应，请稍后再试，或到收费窗口办理。{SAFE}"
IN_GENERAL = f"系统出了点问题，请稍后再试。{SAFE}"
LOGIN_AGAIN = "登录已过期，请从医院的菜单重新进入，或重新扫描缴费单上的二维码。"
REFUSED_OUTSIDE = "系统没有接受这个操作，请稍后再试，或到收费窗口办理。"
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
    "RefusedInWords": ("refused_with_reason", False, REFUSED_OUTSIDE),
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


def systems_called() -> set[str]:
    """The label of every outside system that an adapter calls."""
    names = [one.name for one in walk_packages(platforms.__path__, f"{platforms.__name__}.")]
    kinds = ("SYSTEM", "LIFE_ACCOUNT")
    found: set[str] = {
        vars(module)[kind] for module in map(import_module, names) for kind in kinds if kind in vars(module)
    }
    return found


def test_people_know_each_system_by_one_name() -> None:
    called = {str(system): title_of(system) for system in (*systems_called(), LOGIN, HOSPITAL_SYSTEM)}
    assert called == {
        "his": "医院系统", "sms": "短信服务", "wechat": "微信", "wechat_login": "微信", "wechatpay": "微信支付",
        "alipay": "支付宝", "alipay_life": "支付宝",
    }  # fmt: skip
    assert (title_of("worker"), title_of(HOSPITAL_SYSTEM.part("beds"))) == ("系统", "医院系统")


@pytest.mark.parametrize(
    ("error", "logged", "shown"),
    [
        (ZhenfuError(), "ZhenfuError", IN_GENERAL),
        (ZhenfuError("why"), "why", IN_GENERAL),
        (ZhenfuError("why", user_message=""), "why", ""),
        (ChargeChanged("bill", user_message="有变化"), "bill", "有变化"),
        (TooManyTries("codes", user_message="太多"), "codes", "太多"),
        (Unreadable(newer=True), "Unreadable", IN_GENERAL),
        (OutcomeUnknown("worker"), "worker", SILENT),
        (OutcomeUnknown(SMS, "silent"), "sms: silent", SILENT.replace("系统", "短信服务", 1)),
        (NotSent(HOSPITAL_SYSTEM), "his", f"医院{SILENT}"),
        (OutcomeUnknown(HOSPITAL_SYSTEM, user_message="别处"), "his", "别处"),
        (OutsideRefusal("worker", "NO"), "worker: NO", REFUSED_OUTSIDE),
        (
            OutsideRefusal(HOSPITAL_SYSTEM, "BILL_PAID"),
            "his: BILL_PAID",
            "医院系统没有接受这个操作，请稍后再试，或到收费窗口办理。",
        ),
        (OutsideRefusal(HOSPITAL_SYSTEM, "BILL_PAID", "paid", user_message="已缴"), "his: BILL_PAID paid", "已缴"),
        (TooSoon(SMS, "LIMIT"), "sms: LIMIT", "短信服务没有接受这个操作，请稍后再试，或到收费窗口办理。"),
    ],
)
def test_what_the_log_and_the_person_are_told(error: ZhenfuError, logged: str, shown: str) -> None:
    assert (str(error), error.user_message) == (logged, shown)


@pytest.mark.parametrize("system", sorted(systems_called()))
def test_every_system_that_is_called_is_named_to_people(system: str) -> None:
    assert isinstance(system, System)
    for part in (system, system.part("statement")):
        for error in (NotSent(part), OutcomeUnknown(part), OutsideRefusal(part, "NO"), TooSoon(part, "LIMIT")):
            assert title_of(error.system) in {"医院系统", "短信服务", "微信", "微信支付", "支付宝"}
            assert error.user_message.startswith(title_of(error.system))
            assert "收费窗口" in error.user_message


def test_a_part_of_a_system_has_a_label_of_its_own() -> None:
    assert (SMS.part("statement"), SMS.part("statement").called) == ("sms_statement", "短信服务")


def test_what_an_error_carries() -> None:
    refusal = OutsideRefusal("his", "BILL_PAID", "paid")
    assert (refusal.system, refusal.reason_code, refusal.reason) == ("his", "BILL_PAID", "paid")
    assert OutsideError("sms").system == "sms"
    assert [ChargeChanged().amount_fen, ChargeChanged(amount_fen=5).amount_fen] == [None, 5]
    assert [TooManyTries().wait_seconds, TooManyTries(wait_seconds=5).wait_seconds] == [60, 5]
    assert [Unreadable().newer, Unreadable(newer=True).newer] == [False, True]
