"""Trades that are cancelled, scanned from a code, or answered wrongly (docs/protocols/alipay.md section 7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sandbox.alipay.errors import Refused
from tests.sandbox.alipay_app import AlipayApp, new_number
from tests.sandbox.world import World

TWO_HOURS = 2 * 3600


# ---- cancel ----------------------------------------------------------------------------------------------------------------------------


def cancel(alipay: AlipayApp, number: str) -> Any:
    return alipay.ask("alipay.trade.cancel", {"out_trade_no": number})


def test_cancel_of_nothing_has_no_action(alipay: AlipayApp) -> None:
    assert cancel(alipay, "NOBODYS").told == {
        "code": "10000",
        "msg": "Success",
        "out_trade_no": "NOBODYS",
        "retry_flag": "N",
    }


def test_cancel_closes_what_waits_and_returns_what_was_paid(alipay: AlipayApp) -> None:
    waiting = new_number()
    alipay.create(waiting)
    assert (cancel(alipay, waiting).told["action"], alipay.query(waiting)["trade_status"]) == ("close", "TRADE_CLOSED")
    assert cancel(alipay, waiting).told["action"] == "close"
    paid = alipay.paid()
    told = cancel(alipay, paid).told
    assert (told["action"], told["gmt_refund_pay"]) == ("refund", "2026-03-02 09:00:00")
    assert cancel(alipay, paid).told == told
    assert alipay.query(paid)["trade_status"] == "TRADE_CLOSED"


def test_cancel_has_its_limits(alipay: AlipayApp) -> None:
    partly = alipay.paid()
    alipay.refund(partly, "1.00", "R1")
    assert cancel(alipay, partly).code == "40004 ACQ.CANCEL_NOT_ALLOWED"
    old = alipay.paid()
    alipay.world.time.pass_(hours=25)
    assert cancel(alipay, old).code == "40004 ACQ.TRADE_CANCEL_TIME_OUT"


# ---- precreate -------------------------------------------------------------------------------------------------------------------------


def precreate(alipay: AlipayApp, number: str, **changed: Any) -> Any:
    content = alipay.order(number, product_code="QR_CODE_OFFLINE", buyer_id=..., op_app_id=..., **changed)
    return alipay.ask("alipay.trade.precreate", content)


def test_no_trade_before_the_scan(alipay: AlipayApp, world: World) -> None:
    number = new_number()
    qr_code = precreate(alipay, number).told["qr_code"]
    assert alipay.query(number)["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    assert precreate(alipay, number).told["qr_code"] == qr_code
    assert precreate(alipay, number, total_amount="1.00").code == "40004 ACQ.CONTEXT_INCONSISTENT"
    trade = world.outside.alipay.scan(qr_code, world.outside.scene.people[1])
    assert alipay.query(number)["trade_status"] == "WAIT_BUYER_PAY"
    world.outside.alipay.pay(trade, "ok")
    assert alipay.query(number)["buyer_user_id"] == alipay.user_id(2)
    assert precreate(alipay, number).code == "40004 ACQ.TRADE_HAS_SUCCESS"


def test_a_code_runs_out_or_is_withdrawn(alipay: AlipayApp, world: World) -> None:
    first, second = (precreate(alipay, new_number()).told for _ in range(2))
    cancel(alipay, second["out_trade_no"])
    with pytest.raises(Refused, match="QR_EXPIRED"):
        world.outside.alipay.scan(second["qr_code"], world.outside.scene.people[0])
    world.time.pass_(seconds=TWO_HOURS)
    with pytest.raises(Refused, match="QR_EXPIRED"):
        world.outside.alipay.scan(first["qr_code"], world.outside.scene.people[0])


def test_face_to_face_lives_three_hours(alipay: AlipayApp, world: World) -> None:
    number = new_number()
    qr_code = precreate(alipay, number).told["qr_code"]
    world.time.pass_(hours=1)
    world.outside.alipay.scan(qr_code, world.outside.scene.people[0])
    world.time.moment += timedelta(hours=2)
    assert alipay.query(number)["trade_status"] == "TRADE_CLOSED"


# ---- faults ----------------------------------------------------------------------------------------------------------------------------


def test_what_can_go_wrong_with_the_answers(alipay: AlipayApp) -> None:
    number = alipay.paid()
    alipay.world.faults({"where": "alipay.query", "what": "wrong_amount", "times": 1})
    assert [alipay.query(number)["total_amount"] for _ in range(2)] == ["12.01", "12.00"]
    waiting = new_number()
    alipay.create(waiting)
    alipay.world.faults({"where": "alipay.close", "what": "pretend", "times": 1})
    assert alipay.ask("alipay.trade.close", {"out_trade_no": waiting}).code == "10000"
    assert alipay.query(waiting)["trade_status"] == "WAIT_BUYER_PAY"
