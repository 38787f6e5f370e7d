"""Closing an order, by wechat_pay_v3.md section 5.4: what is repeated, what is refused, and what was measured."""

from __future__ import annotations

import json

import pytest

from tests.sandbox.merchant import TRADE, Merchant, new_number, state
from tests.sandbox.world import World, error_of

# ---- closing and asking --------------------------------------------------------------------------------------------------------------------


def test_closing_can_be_repeated(merchant: Merchant) -> None:
    number = new_number()
    merchant.order(number)
    for _ in range(2):
        closed = merchant.close(number)
        assert (closed.status, closed.body) == (204, b"")


def test_a_paid_order_can_t_be_closed(merchant: Merchant) -> None:
    number = merchant.paid()
    refused = merchant.close(number)
    assert refused.status == 400
    assert json.loads(refused.body)["code"] in {"ORDERPAID", "ORDER_PAID"}
    assert state(merchant, number) == "SUCCESS"


@pytest.mark.parametrize("body", [{}, {"mchid": "1900000002"}, [], {"mchid": "", "x": 1}, b"", b"{"])
def test_closing_names_the_merchant(merchant: Merchant, body: object) -> None:
    number = new_number()
    merchant.order(number)
    refused = merchant.call("POST", f"{TRADE}/out-trade-no/{number}/close", body)
    assert error_of(refused) == (400, "PARAM_ERROR")
    assert state(merchant, number) == "NOTPAY"


# ---- where the sources conflict (Corrections) ------------------------------------------------------------------------------------------------

MEASURED = {"wechatpay_close_unknown": "close", "wechatpay_order_changed": "invalid"}
REENTRY = (400, "INVALID_REQUEST")


def test_closing_what_was_never_ordered_uses_the_number_up_as_measured(world: World, merchant: Merchant) -> None:
    world.outside.scene.faults.settings |= MEASURED
    number = new_number()
    for _ in range(2):
        assert merchant.close(number).status == 204
    assert merchant.query(number).status == 404
    refused = merchant.order(number)
    assert error_of(refused) == REENTRY
    assert "请求重入时" in json.loads(refused.body)["message"]
    assert world.outside.wechatpay.orders.all() == []


def test_another_order_under_the_same_number_is_refused_as_measured(world: World, merchant: Merchant) -> None:
    world.outside.scene.faults.settings |= MEASURED
    number = new_number()
    merchant.order(number)
    assert error_of(merchant.order(number, total=1201)) == REENTRY
    assert merchant.order(number).status == 200
