"""An order's life by wechat_pay_v3.md sections 5 to 5.5: placed, placed again, paid, expired, asked after."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.wechatpay.errors import Refused
from sandbox.world.wire import Response
from tests.sandbox.merchant import TRADE, Merchant, in_minutes, new_number, state
from tests.sandbox.world import World, answer_of, error_of

USED, CLOSED = (403, "OUT_TRADE_NO_USED"), (400, "ORDER_CLOSED")


def number_in(response: Response) -> str:
    """The internal number at the end of Request-ID (section 10.4)."""
    shaped = re.fullmatch(r"[0-9A-F]{20,}-(\d+)", response.headers["Request-ID"])
    assert shaped
    return shaped[1]


def pay(world: World, prepay_id: str, result: str = "ok") -> Any:
    return world.outside.wechatpay.pay(prepay_id, result)


def test_an_order_waits_for_its_payer(merchant: Merchant) -> None:
    number = new_number()
    placed = merchant.order(number, attach="bill-7")
    assert re.fullmatch(r"wx[0-9A-Za-z]{30,62}", answer_of(placed)["prepay_id"])
    assert number_in(placed) == "0"
    told = answer_of(merchant.query(number))
    assert told["trade_state"] == "NOTPAY"
    assert (told["appid"], told["mchid"], told["out_trade_no"]) == (merchant.appid, merchant.mchid, number)
    assert told["amount"]["total"] == 1200
    assert not {"transaction_id", "success_time"} & told.keys()


def test_a_paid_order_tells_everything(world: World, merchant: Merchant) -> None:
    number = merchant.paid(3050, attach="bill-8")
    told = answer_of(merchant.query(number))
    expected = {
        "trade_state": "SUCCESS", "trade_type": "JSAPI", "attach": "bill-8", "payer": {"openid": world.openid()},
        "success_time": "2026-03-02T09:00:00+08:00",
        "amount": {"total": 3050, "payer_total": 3050, "currency": "CNY", "payer_currency": "CNY"},
    }  # fmt: skip
    assert expected.items() <= told.items()
    assert re.fullmatch(r"42\d{26}", told["transaction_id"])
    by_id = merchant.call("GET", f"{TRADE}/id/{told['transaction_id']}?mchid={merchant.mchid}")
    assert answer_of(by_id) == told


@pytest.mark.parametrize("result", ["cancel", "fail"])
def test_a_payer_who_gives_up_changes_nothing(world: World, merchant: Merchant, result: str) -> None:
    number = new_number()
    prepay_id = answer_of(merchant.order(number))["prepay_id"]
    pay(world, prepay_id, result)
    assert state(merchant, number) == "NOTPAY"
    assert world.bring() == []
    pay(world, prepay_id)
    assert state(merchant, number) == "SUCCESS"


# ---- placed again ------------------------------------------------------------------------------------------------------------------------


def test_the_same_order_again_can_be_paid(world: World, merchant: Merchant) -> None:
    number = new_number()
    merchant.order(number)
    again = answer_of(merchant.order(number))["prepay_id"]
    pay(world, again)
    assert state(merchant, number) == "SUCCESS"


@pytest.mark.parametrize(
    "changed",
    [
        {"total": 1201},
        {"description": "住院押金"},
        {"attach": "another"},
        {"notify_url": "http://app.invalid:8888/notify/other"},
        {"time_expire": "2026-03-02T12:00:00+08:00"},
        {"goods_tag": "WXG"},
        {"payer": 2},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_another_order_under_the_same_number_is_refused(
    world: World, merchant: Merchant, changed: dict[str, Any]
) -> None:
    number = new_number()
    first = answer_of(merchant.order(number))["prepay_id"]
    if "payer" in changed:
        changed = {"payer": {"openid": world.openid(2)}}
    refused = merchant.order(number, **changed)
    assert error_of(refused) == USED
    assert number_in(refused) == "268498688"
    pay(world, first)
    assert answer_of(merchant.query(number))["amount"]["total"] == 1200


def test_a_paid_number_is_used_up(merchant: Merchant) -> None:
    refused = merchant.order(merchant.paid())
    assert error_of(refused) == USED
    assert number_in(refused) == "268498689"


def test_a_closed_number_stays_closed(world: World, merchant: Merchant) -> None:
    number = new_number()
    prepay_id = answer_of(merchant.order(number))["prepay_id"]
    assert merchant.close(number).status == 204
    refused = merchant.order(number)
    assert error_of(refused) == CLOSED
    assert number_in(refused) == "268447914"
    with pytest.raises(Refused, match="ORDER_CLOSED"):
        pay(world, prepay_id)
    assert state(merchant, number) == "CLOSED"


# ---- time --------------------------------------------------------------------------------------------------------------------------------


def test_time_expire_ends_paying_but_closes_nothing(world: World, merchant: Merchant) -> None:
    number = new_number()
    prepay_id = answer_of(merchant.order(number, time_expire=in_minutes(world.time, 15)))["prepay_id"]
    world.time.pass_(minutes=15, seconds=1)
    with pytest.raises(Refused, match="ORDER_CLOSED"):
        pay(world, prepay_id)
    assert state(merchant, number) == "NOTPAY"
    assert merchant.close(number).status == 204
    assert state(merchant, number) == "CLOSED"


def test_an_expired_number_can_t_be_ordered_again(world: World, merchant: Merchant) -> None:
    number, expires = new_number(), in_minutes(world.time, 15)
    merchant.order(number, time_expire=expires)
    world.time.pass_(minutes=16)
    assert error_of(merchant.order(number, time_expire=expires)) == CLOSED


@pytest.mark.parametrize("minutes", [-60, 0, 0.5])
def test_every_order_lives_a_minute(world: World, merchant: Merchant, minutes: float) -> None:
    number = new_number()
    prepay_id = answer_of(merchant.order(number, time_expire=in_minutes(world.time, minutes)))["prepay_id"]
    world.time.pass_(seconds=59)
    pay(world, prepay_id)
    assert state(merchant, number) == "SUCCESS"


def test_an_order_that_never_expires_is_closed_after_seven_days(world: World, merchant: Merchant) -> None:
    number = new_number()
    merchant.order(number)
    world.time.pass_(days=6, hours=23)
    assert state(merchant, number) == "NOTPAY"
    world.time.pass_(hours=2)
    assert state(merchant, number) == "CLOSED"


def test_a_prepay_id_lives_two_hours_whatever_the_order_says(world: World, merchant: Merchant) -> None:
    number = new_number()
    old = answer_of(merchant.order(number))["prepay_id"]
    world.time.pass_(hours=2, seconds=1)
    with pytest.raises(Refused):
        pay(world, old)
    assert state(merchant, number) == "NOTPAY"
    fresh = answer_of(merchant.order(number))["prepay_id"]
    pay(world, fresh)
    assert state(merchant, number) == "SUCCESS"


def test_nothing_is_paid_twice(world: World, merchant: Merchant) -> None:
    number = new_number()
    prepay_id = answer_of(merchant.order(number))["prepay_id"]
    pay(world, prepay_id)
    with pytest.raises(Refused):
        pay(world, prepay_id)
    assert len(world.bring()) == 1


def test_nobody_s_order(merchant: Merchant) -> None:
    missing = merchant.query("NOBODY0000001")
    assert error_of(missing) == (404, "ORDER_NOT_EXIST")
    assert number_in(missing) == "268512771"
    by_id = merchant.call("GET", f"{TRADE}/id/4200000000202603020000000000?mchid={merchant.mchid}")
    assert error_of(by_id) == (404, "ORDER_NOT_EXIST")
    assert merchant.close("NOBODY0000001").status == 404


def test_a_number_in_the_path_has_a_length(merchant: Merchant) -> None:
    for answer in (merchant.query("N" * 33), merchant.close("N" * 33)):
        assert error_of(answer) == (400, "PARAM_ERROR")
    assert merchant.query("N" * 32).status == 404


def test_an_order_that_nobody_paid_has_the_shape_of_live_answers(merchant: Merchant) -> None:
    number = new_number()
    merchant.order(number, attach="bill-7")
    told = answer_of(merchant.query(number))
    assert told["amount"] == {"payer_currency": "CNY", "total": 1200}
    assert (told["promotion_detail"], told["scene_info"]) == ([], {"device_id": ""})
    assert not {"payer", "attach", "transaction_id", "success_time"} & told.keys()


@pytest.mark.parametrize("query", ["", "?mchid=", "?mchid=1900000002"])
def test_asking_names_the_merchant(merchant: Merchant, query: str) -> None:
    refused = merchant.call("GET", f"{TRADE}/out-trade-no/{merchant.paid()}{query}")
    assert error_of(refused) == (400, "PARAM_ERROR")
