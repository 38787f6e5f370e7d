"""A refund's life by wechat_pay_v3.md section 6: accepted, ended a little later, told by a notification."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.sandbox.merchant import BACK, REFUND_NOTICES, Merchant, new_number
from tests.sandbox.world import World, answer_of, error_of

PARAM, INVALID = (400, "PARAM_ERROR"), (400, "INVALID_REQUEST")
ACCEPTED = {"PROCESSING", "SUCCESS"}


def refund_no() -> str:
    return f"{new_number()}R01"


def settled(world: World, merchant: Merchant, number: str) -> dict[str, Any]:
    world.wait(seconds=5)
    return merchant.refund_state(number)


def test_a_refund_is_accepted_then_succeeds(world: World, merchant: Merchant) -> None:
    number, back = merchant.paid(), refund_no()
    told = answer_of(merchant.refund(number, back, 500))
    assert told["status"] == "PROCESSING"
    assert "success_time" not in told
    assert re.fullmatch(r"50\d{20,30}", told["refund_id"])
    assert (told["out_refund_no"], told["out_trade_no"]) == (back, number)
    assert told["transaction_id"] == answer_of(merchant.query(number))["transaction_id"]
    assert told["channel"] == "ORIGINAL"
    assert told["user_received_account"]
    expected = {"total": 1200, "refund": 500, "payer_total": 1200, "payer_refund": 500, "currency": "CNY"}
    assert expected.items() <= told["amount"].items()
    ended = settled(world, merchant, back)
    assert ended["status"] == "SUCCESS"
    assert ended["success_time"].endswith("+08:00")
    assert ended["refund_id"] == told["refund_id"]


def test_the_order_says_that_something_went_back(merchant: Merchant) -> None:
    number = merchant.paid()
    merchant.refund(number, refund_no(), 1)
    told = answer_of(merchant.query(number))
    assert told["trade_state"] == "REFUND"
    assert told["amount"]["total"] == 1200


def test_by_transaction_id(merchant: Merchant) -> None:
    number = merchant.paid()
    transaction_id = answer_of(merchant.query(number))["transaction_id"]
    refunded = merchant.refund(number, refund_no(), 100, out_trade_no=..., transaction_id=transaction_id)
    assert answer_of(refunded)["out_trade_no"] == number


def test_the_same_number_moves_money_once(world: World, merchant: Merchant) -> None:
    number, back = merchant.paid(), refund_no()
    first = answer_of(merchant.refund(number, back, 700))
    again = answer_of(merchant.refund(number, back, 700))
    assert again["refund_id"] == first["refund_id"]
    settled(world, merchant, back)
    assert answer_of(merchant.refund(number, back, 700))["status"] == "SUCCESS"
    world.time.pass_(minutes=2)
    assert answer_of(merchant.refund(number, refund_no(), 500))["status"] in ACCEPTED


def test_a_number_belongs_to_one_refund(merchant: Merchant) -> None:
    number, back = merchant.paid(), refund_no()
    merchant.refund(number, back, 700)
    assert error_of(merchant.refund(number, back, 701)) == INVALID
    assert error_of(merchant.refund(merchant.paid(), back, 700)) == INVALID


def test_no_more_comes_back_than_was_paid(world: World, merchant: Merchant) -> None:
    number = merchant.paid()
    assert error_of(merchant.refund(number, refund_no(), 1201)) == INVALID
    answer_of(merchant.refund(number, refund_no(), 1000))
    world.time.pass_(minutes=2)
    assert error_of(merchant.refund(number, refund_no(), 201)) == INVALID
    answer_of(merchant.refund(number, refund_no(), 200))
    world.time.pass_(minutes=2)
    assert error_of(merchant.refund(number, refund_no(), 1)) == INVALID


def test_the_total_must_be_the_order_s(merchant: Merchant) -> None:
    assert error_of(merchant.refund(merchant.paid(), refund_no(), 100, total=1300)) == INVALID


def test_a_minute_between_two_refunds_of_one_order(world: World, merchant: Merchant) -> None:
    number = merchant.paid()
    answer_of(merchant.refund(number, refund_no(), 100))
    world.time.pass_(seconds=59)
    assert error_of(merchant.refund(number, refund_no(), 100)) == (429, "FREQUENCY_LIMITED")
    answer_of(merchant.refund(merchant.paid(), refund_no(), 100))
    world.time.pass_(seconds=2)
    answer_of(merchant.refund(number, refund_no(), 100))


def test_fifty_parts_at_most(world: World, merchant: Merchant) -> None:
    number = merchant.paid()
    for _ in range(50):
        answer_of(merchant.refund(number, refund_no(), 1))
        world.time.pass_(seconds=61)
    assert error_of(merchant.refund(number, refund_no(), 1)) == INVALID


def test_a_year_at_most(world: World, merchant: Merchant) -> None:
    number = merchant.paid()
    world.time.pass_(days=364)
    answer_of(merchant.refund(number, refund_no(), 1))
    world.time.pass_(days=2)
    assert error_of(merchant.refund(number, refund_no(), 1)) == INVALID


def test_only_what_was_paid_comes_back(merchant: Merchant) -> None:
    number = new_number()
    merchant.order(number)
    assert error_of(merchant.refund(number, refund_no(), 100)) == INVALID
    assert error_of(merchant.refund("NOBODY0000001", refund_no(), 100)) == (404, "RESOURCE_NOT_EXISTS")


def test_an_unknown_refund_is_not_found(merchant: Merchant) -> None:
    assert error_of(merchant.call("GET", f"{BACK}/NOBODY0000001R01")) == (404, "RESOURCE_NOT_EXISTS")


@pytest.mark.parametrize(
    "changed",
    [
        {"out_trade_no": ...}, {"transaction_id": "4200000000202603020000000000"}, {"out_refund_no": ...}, {"out_refund_no": ""},
        {"out_refund_no": "x" * 65}, {"out_refund_no": "has space"}, {"out_refund_no": "退费号"}, {"reason": "字" * 27}, {"reason": ""},
        {"amount": ...}, {"amount": {"refund": 0, "total": 1200, "currency": "CNY"}}, {"amount": {"refund": 100, "currency": "CNY"}},
        {"amount": {"refund": "100", "total": 1200, "currency": "CNY"}}, {"amount": {"refund": 100, "total": 1200}},
        {"amount": {"refund": 100, "total": 1200, "currency": "USD"}}, {"notify_url": "http://elsewhere.invalid/notify"},
        {"notify_url": "https://elsewhere.invalid/notify?a=1"}, {"funds_account": "SAVINGS"}, {"unheard_of": 1}, {"goods_detail": "x"},
    ],
    ids=lambda changed: f"{changed}"[:60],
)  # fmt: skip
def test_every_field_is_held_to_its_rule(merchant: Merchant, changed: dict[str, Any]) -> None:
    number = merchant.paid()
    assert error_of(merchant.refund(number, refund_no(), 100, **changed)) == PARAM
    assert answer_of(merchant.query(number))["trade_state"] == "SUCCESS"


@pytest.mark.parametrize("changed", [{"reason": "字" * 26}, {"funds_account": "AVAILABLE"}, {"notify_url": ...}])
def test_what_the_page_allows_is_let_in(merchant: Merchant, changed: dict[str, Any]) -> None:
    answer_of(merchant.refund(merchant.paid(), f"{new_number()}_-|*@", 100, **changed))


# ---- refunds that go wrong ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("what", "status"), [("abnormal", "ABNORMAL"), ("closed", "CLOSED")])
def test_a_refund_may_end_badly(world: World, merchant: Merchant, what: str, status: str) -> None:
    number, back = merchant.paid(), refund_no()
    world.bring()
    world.faults({"where": "wechatpay.refund", "what": what, "times": 1})
    request = merchant.request("POST", BACK, {
        "out_trade_no": number, "out_refund_no": back, "notify_url": REFUND_NOTICES,
        "amount": {"refund": 1200, "total": 1200, "currency": "CNY"},
    })  # fmt: skip
    assert answer_of(world.ask(request))["status"] == "PROCESSING"
    ended = settled(world, merchant, back)
    assert ended["status"] == status
    assert "success_time" not in ended
    (notice,) = world.bring()
    envelope, plain = merchant.opened(notice)
    assert envelope["event_type"] == f"REFUND.{status}"
    assert envelope["summary"] == {"ABNORMAL": "退款异常", "CLOSED": "退款关闭"}[status]
    assert plain["refund_status"] == status
    assert "success_time" not in plain


def test_a_closed_refund_frees_its_money_and_an_abnormal_one_keeps_it(world: World, merchant: Merchant) -> None:
    for what, expected in (("closed", (200, "")), ("abnormal", INVALID)):
        number, back = merchant.paid(), refund_no()
        world.faults({"where": "wechatpay.refund", "what": what, "times": 1})
        merchant.refund(number, back, 1200)
        settled(world, merchant, back)
        world.time.pass_(minutes=2)
        again = merchant.refund(number, refund_no(), 1200)
        assert (again.status, json.loads(again.body).get("code", "")) == expected


def test_an_abnormal_refund_is_sent_to_a_bank_card(world: World, merchant: Merchant) -> None:
    number, back = merchant.paid(), refund_no()
    world.faults({"where": "wechatpay.refund", "what": "abnormal", "times": 1})
    merchant.refund(number, back, 1200)
    stuck = settled(world, merchant, back)
    target = f"{BACK}/{stuck['refund_id']}/apply-abnormal-refund"
    answer_of(merchant.call("POST", target, {"out_refund_no": back, "type": "MERCHANT_BANK_CARD"}))
    assert settled(world, merchant, back)["status"] == "SUCCESS"
    assert error_of(merchant.call("POST", target, {"out_refund_no": back, "type": "MERCHANT_BANK_CARD"})) == INVALID


def test_a_refund_takes_as_long_as_is_set(world: World, merchant: Merchant) -> None:
    world.faults(settings={"refund_seconds": 3600})
    number, back = merchant.paid(), refund_no()
    merchant.refund(number, back, 1200)
    world.wait(minutes=59)
    assert merchant.refund_state(back)["status"] == "PROCESSING"
    world.wait(minutes=1, seconds=1)
    assert merchant.refund_state(back)["status"] == "SUCCESS"


def test_the_words_of_refusals_are_those_of_the_platform(merchant: Merchant, world: World) -> None:
    world.outside.scene.faults.settings["refund_pause_seconds"] = 0
    number = merchant.paid()
    assert merchant.refund(number, f"{number}R01", 1200).status == 200
    full = merchant.refund(number, f"{number}R02", 1)
    changed = merchant.refund(number, f"{number}R01", 1)
    assert [
        (error_of(answer), json.loads(answer.body)["message"].partition("，")[0]) for answer in (full, changed)
    ] == [
        ((400, "INVALID_REQUEST"), "订单已全额退款"),
        ((400, "INVALID_REQUEST"), "订单金额或退款金额与之前请求不一致"),
    ]


def test_the_refund_of_an_unpaid_order_may_be_of_no_order(merchant: Merchant, world: World) -> None:
    world.outside.scene.faults.settings["wechatpay_refund_unpaid"] = "absent"
    number = new_number()
    merchant.order(number)
    assert error_of(merchant.refund(number, f"{number}R01", 1200)) == (404, "RESOURCE_NOT_EXISTS")


def test_an_empty_account_refuses_in_the_platform_s_words(merchant: Merchant, world: World) -> None:
    number = merchant.paid()
    world.faults({"where": "wechatpay.refund", "what": "refuse", "code": "NOT_ENOUGH", "times": 1})
    refused = merchant.refund(number, f"{number}R01", 1200)
    assert error_of(refused) == (403, "NOT_ENOUGH")
    assert json.loads(refused.body)["message"] == "基本账户余额不足，请充值后重新发起"
    assert merchant.refund(number, f"{number}R01", 1200).status == 200
