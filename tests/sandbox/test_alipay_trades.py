"""Trades (docs/protocols/alipay.md section 7): made, paid, closed, expired, under every rule of the page."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.alipay.errors import Refused
from tests.sandbox.alipay_app import AlipayApp, new_number


def test_made_asked_after_and_paid(alipay: AlipayApp) -> None:
    number = new_number()
    made = alipay.create(number).told
    assert (made["code"], made["out_trade_no"]) == ("10000", number)
    assert (len(made["trade_no"]), made["trade_no"][:13]) == (28, "2026030222001")
    waiting = alipay.query(number)
    assert (waiting["trade_status"], waiting["total_amount"], waiting["receipt_amount"]) == (
        "WAIT_BUYER_PAY",
        "12.00",
        "0.00",
    )
    assert "send_pay_date" not in waiting
    alipay.pay(number)
    paid = alipay.query(number)
    assert (paid["trade_status"], paid["receipt_amount"], paid["send_pay_date"]) == (
        "TRADE_SUCCESS",
        "12.00",
        "2026-03-02 09:00:00",
    )
    assert (paid["buyer_user_id"], paid["buyer_logon_id"]) == (alipay.user_id(), "199****0001")
    assert paid["fund_bill_list"] == [{"fund_channel": "ALIPAYACCOUNT", "amount": "12.00"}]


def test_the_trade_no_wins(alipay: AlipayApp) -> None:
    one, other = alipay.paid(), alipay.paid()
    trade_no = alipay.query(other)["trade_no"]
    told = alipay.ask("alipay.trade.query", {"out_trade_no": one, "trade_no": trade_no}).told
    assert told["out_trade_no"] == other


def test_an_unknown_trade_carries_zero_amounts(alipay: AlipayApp) -> None:
    answer = alipay.ask("alipay.trade.query", {"out_trade_no": "NOBODYS"})
    assert (answer.code, answer.told["receipt_amount"], answer.told["out_trade_no"]) == (
        "40004 ACQ.TRADE_NOT_EXIST",
        "0.00",
        "NOBODYS",
    )


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"out_trade_no": "a-b"}, "ACQ.INVALID_PARAMETER"),
        ({"out_trade_no": "x" * 65}, "ACQ.INVALID_PARAMETER"),
        ({"out_trade_no": ...}, "ACQ.INVALID_PARAMETER"),
        ({"total_amount": "0.00"}, "ACQ.INVALID_PARAMETER"),
        ({"total_amount": "1.234"}, "ACQ.INVALID_PARAMETER"),
        ({"total_amount": "-1"}, "ACQ.INVALID_PARAMETER"),
        ({"total_amount": "1e2"}, "ACQ.INVALID_PARAMETER"),
        ({"total_amount": True}, "ACQ.INVALID_PARAMETER"),
        ({"total_amount": "100000000.01"}, "ACQ.TOTAL_FEE_EXCEED"),
        ({"subject": "a=b"}, "ACQ.INVALID_PARAMETER"),
        ({"subject": "x" * 257}, "ACQ.INVALID_PARAMETER"),
        ({"subject": ...}, "ACQ.INVALID_PARAMETER"),
        ({"buyer_id": ...}, "ACQ.INVALID_PARAMETER"),
        ({"buyer_id": "2088999999999999"}, "ACQ.INVALID_PARAMETER"),
        ({"buyer_id": "1"}, "ACQ.INVALID_PARAMETER"),
        ({"buyer_id": "2088000000000001"}, "ACQ.BUYER_SELLER_EQUAL"),
        ({"op_app_id": ...}, "ACQ.INVALID_PARAMETER"),
        ({"op_app_id": "2021000000000002"}, "ACQ.INVALID_PARAMETER"),
        ({"product_code": "QUICK_WAP_WAY"}, "ACQ.ACCESS_FORBIDDEN"),
        ({"seller_id": "2088000000000002"}, "ACQ.INVALID_PARAMETER"),
        ({"time_expire": "2026-03-02 08:59:59"}, "ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR"),
        ({"time_expire": "tomorrow"}, "ACQ.INVALID_PARAMETER"),
        ({"timeout_express": "0m"}, "ACQ.INVALID_PARAMETER"),
        ({"timeout_express": "1.5h"}, "ACQ.INVALID_PARAMETER"),
        ({"timeout_express": "16d"}, "ACQ.INVALID_PARAMETER"),
    ],
)
def test_an_order_with_something_wrong(alipay: AlipayApp, changed: dict[str, Any], code: str) -> None:
    answer = alipay.create(new_number(), **changed)
    assert (answer.code, bool(answer.sign)) == (f"40004 {code}", True)


@pytest.mark.parametrize("amount", ["12", "12.0", "12.00", 12, 12.5, "0.01", "100000000.00"])
def test_amounts_that_are_good(alipay: AlipayApp, amount: object) -> None:
    assert alipay.create(new_number(), total_amount=amount).code == "10000"


def test_an_older_app_names_no_product(alipay: AlipayApp) -> None:
    assert alipay.create(new_number(), product_code=..., op_app_id=...).code == "10000"


def test_open_id_instead_of_user_id(alipay: AlipayApp) -> None:
    alipay.world.faults(settings={"alipay_identity": "open_id"})
    open_id = alipay.world.credentials["people"][0]["alipay_open_id"]
    for field in ("buyer_open_id", "op_buyer_open_id"):
        number = new_number()
        assert alipay.create(number, buyer_id=..., **{field: open_id}).code == "10000"
        told = alipay.query(number)
        assert (told["buyer_open_id"], "buyer_user_id" in told) == (open_id, False)
    alipay.pay(number)
    notice = alipay.opened(alipay.world.bring(body=b"success")[0])
    assert (notice["buyer_open_id"], "buyer_id" in notice) == (open_id, False)


# ---- the same number again -----------------------------------------------------------------------------------------------------------


def test_the_same_again_is_the_same_trade(alipay: AlipayApp) -> None:
    number = new_number()
    assert alipay.create(number).told == alipay.create(number).told


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"total_amount": "12.01"}, "ACQ.CONTEXT_INCONSISTENT"),
        ({"subject": "其他"}, "ACQ.CONTEXT_INCONSISTENT"),
        ({"product_code": ..., "op_app_id": ...}, "ACQ.CONTEXT_INCONSISTENT"),
    ],
)
def test_another_trade_under_a_used_number_is_refused(alipay: AlipayApp, changed: dict[str, Any], code: str) -> None:
    number = new_number()
    alipay.create(number)
    assert alipay.create(number, **changed).code == f"40004 {code}"


def test_another_buyer(alipay: AlipayApp) -> None:
    number = new_number()
    alipay.create(number)
    assert alipay.create(number, buyer_id=alipay.user_id(2)).code == "40004 ACQ.TRADE_BUYER_NOT_MATCH"


def test_a_number_that_was_paid_or_closed(alipay: AlipayApp) -> None:
    paid = alipay.paid()
    assert alipay.create(paid).code == "40004 ACQ.TRADE_HAS_SUCCESS"
    closed = new_number()
    alipay.create(closed)
    assert alipay.ask("alipay.trade.close", {"out_trade_no": closed}).code == "10000"
    assert alipay.create(closed).code == "40004 ACQ.TRADE_HAS_CLOSE"


# ---- ends ------------------------------------------------------------------------------------------------------------------------------


def test_close_only_while_waiting(alipay: AlipayApp) -> None:
    number = new_number()
    assert alipay.ask("alipay.trade.close", {"out_trade_no": number}).code == "40004 ACQ.TRADE_NOT_EXIST"
    alipay.create(number)
    assert alipay.ask("alipay.trade.close", {"out_trade_no": number}).told["out_trade_no"] == number
    assert alipay.query(number)["trade_status"] == "TRADE_CLOSED"
    for ended in (number, alipay.paid()):
        assert alipay.ask("alipay.trade.close", {"out_trade_no": ended}).code == "40004 ACQ.TRADE_STATUS_ERROR"


def test_what_is_closed_or_paid_is_not_paid(alipay: AlipayApp) -> None:
    number = new_number()
    alipay.create(number)
    alipay.ask("alipay.trade.close", {"out_trade_no": number})
    with pytest.raises(Refused, match=r"ACQ\.TRADE_HAS_CLOSE"):
        alipay.pay(number)
    paid = alipay.paid()
    with pytest.raises(Refused, match=r"ACQ\.TRADE_HAS_SUCCESS"):
        alipay.pay(paid)


@pytest.mark.parametrize(
    ("changed", "seconds"),
    [
        ({"timeout_express": "15m"}, 900),
        ({"timeout_express": "2h"}, 7200),
        ({"timeout_express": "1d"}, 86400),
        ({"timeout_express": "1c"}, 15 * 3600 - 1),
        ({"time_expire": "2026-03-02 09:10:00"}, 600),
        ({"time_expire": "2026-03-02 09:10"}, 600),
        ({"time_expire": "2026-03-02 09:10:00", "timeout_express": "1d"}, 600),
        ({}, 15 * 86400),
    ],
)
def test_time_closes(alipay: AlipayApp, changed: dict[str, Any], seconds: int) -> None:
    number = new_number()
    alipay.create(number, **changed)
    alipay.world.time.pass_(seconds=seconds - 1)
    assert alipay.query(number)["trade_status"] == "WAIT_BUYER_PAY"
    alipay.world.time.pass_(seconds=1)
    assert alipay.query(number)["trade_status"] == "TRADE_CLOSED"
    with pytest.raises(Refused, match=r"ACQ\.TRADE_HAS_CLOSE"):
        alipay.pay(number)


def test_after_a_year_a_trade_is_finished(alipay: AlipayApp) -> None:
    number = alipay.paid()
    alipay.world.time.pass_(days=366)
    assert alipay.query(number)["trade_status"] == "TRADE_FINISHED"
    assert alipay.refund(number, "1.00", "R1").code == "40004 ACQ.TRADE_HAS_FINISHED"
