"""Refunds (docs/protocols/alipay.md section 7): idempotent by out_request_no, bounded by what was paid, visible when the money moved."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.alipay_app import AlipayApp, new_number
from tests.sandbox.world import Record


def asked_after(alipay: AlipayApp, number: str, request_no: str, **more: Any) -> Record:
    content = {"out_trade_no": number, "out_request_no": request_no, **more}
    return alipay.ask("alipay.trade.fastpay.refund.query", content).told


def test_refund_fee_is_all_that_went_back(alipay: AlipayApp) -> None:
    number = alipay.paid()
    first = alipay.refund(number, "2.50", "R1").told
    assert (first["fund_change"], first["refund_fee"], first["send_back_fee"]) == ("Y", "2.50", "2.50")
    alipay.world.time.pass_(seconds=3)
    second = alipay.refund(number, "1.00", "R2").told
    assert (second["refund_fee"], second["send_back_fee"]) == ("3.50", "1.00")
    assert alipay.query(number)["trade_status"] == "TRADE_SUCCESS"
    alipay.world.time.pass_(seconds=3)
    assert alipay.refund(number, "8.50", "R3").told["refund_fee"] == "12.00"
    assert alipay.query(number)["trade_status"] == "TRADE_CLOSED"


def test_the_same_again_moves_nothing(alipay: AlipayApp) -> None:
    number = alipay.paid()
    alipay.refund(number, "2.50", "R1")
    again = alipay.refund(number, "2.50", "R1").told
    assert (again["code"], again["fund_change"], again["refund_fee"]) == ("10000", "N", "2.50")
    assert alipay.refund(number, "2.51", "R1").code == "40004 ACQ.DISCORDANT_REPEAT_REQUEST"
    assert alipay.world.outside.alipay.refunds.all()[0]["amount_fen"] == 250


@pytest.mark.parametrize(
    ("yuan", "request_no", "code"),
    [
        ("12.01", "R1", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"),
        ("0.00", "R1", "ACQ.REASON_TRADE_REFUND_FEE_ERR"),
        ("1.001", "R1", "ACQ.INVALID_PARAMETER"),
        ("1.00", None, "ACQ.INVALID_PARAMETER"),
        ("1.00", "x" * 65, "ACQ.INVALID_PARAMETER"),
    ],
)
def test_a_refund_with_something_wrong(alipay: AlipayApp, yuan: str, request_no: str | None, code: str) -> None:
    assert alipay.refund(alipay.paid(), yuan, request_no).code == f"40004 {code}"


def test_the_whole_needs_no_number_of_its_own(alipay: AlipayApp) -> None:
    number = alipay.paid()
    assert alipay.refund(number, "12.00").told["fund_change"] == "Y"
    assert asked_after(alipay, number, number)["refund_amount"] == "12.00"
    assert alipay.refund(number, "1.00", "R2").code == "40004 ACQ.TRADE_HAS_CLOSE"


def test_what_was_not_paid_is_not_refunded(alipay: AlipayApp) -> None:
    number = new_number()
    assert alipay.refund(number, "1.00", "R1").code == "40004 ACQ.TRADE_NOT_EXIST"
    alipay.create(number)
    assert alipay.refund(number, "1.00", "R1").code == "40004 ACQ.TRADE_STATUS_ERROR"


def test_two_refunds_of_one_trade_need_three_seconds(alipay: AlipayApp) -> None:
    number = alipay.paid()
    alipay.refund(number, "1.00", "R1")
    assert alipay.refund(number, "1.00", "R2").code == "40004 ACQ.SYSTEM_ERROR"
    alipay.world.time.pass_(seconds=3)
    assert alipay.refund(number, "1.00", "R2").code == "10000"


def test_asking_after_a_refund(alipay: AlipayApp) -> None:
    number = alipay.paid()
    alipay.refund(number, "2.50", "R1")
    told = asked_after(alipay, number, "R1")
    assert (told["refund_status"], told["refund_amount"], told["total_amount"]) == ("REFUND_SUCCESS", "2.50", "12.00")
    assert "gmt_refund_pay" not in told
    assert (
        asked_after(alipay, number, "R1", query_options=["gmt_refund_pay"])["gmt_refund_pay"] == "2026-03-02 09:00:00"
    )


def test_an_unknown_refund_is_an_empty_success(alipay: AlipayApp) -> None:
    assert asked_after(alipay, alipay.paid(), "R9") == {"code": "10000", "msg": "Success"}


def test_an_unknown_trade_has_its_code_without_prefix(alipay: AlipayApp) -> None:
    assert asked_after(alipay, "NOBODYS", "R1")["sub_code"] == "TRADE_NOT_EXIST"


def test_accepted_and_moved_later(alipay: AlipayApp) -> None:
    """10000 alone is no proof of money."""
    number = alipay.paid()
    alipay.world.bring(body=b"success")
    alipay.world.faults({"where": "alipay.refund", "what": "unmoved", "seconds": 10, "times": 1})
    told = alipay.refund(number, "12.00", "R1").told
    assert (told["code"], told["fund_change"], told["refund_fee"]) == ("10000", "N", "0.00")
    assert "refund_status" not in asked_after(alipay, number, "R1")
    assert alipay.query(number)["trade_status"] == "TRADE_SUCCESS"
    alipay.world.time.pass_(seconds=4)
    assert alipay.refund(number, "0.01", "R2").code == "40004 ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"
    alipay.world.time.pass_(seconds=6)
    assert asked_after(alipay, number, "R1")["refund_status"] == "REFUND_SUCCESS"
    assert alipay.query(number)["trade_status"] == "TRADE_CLOSED"
