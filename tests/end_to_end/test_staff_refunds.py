"""Staff refund in the chat, with real processes: what the chat, the page, the HIS and the platforms' books say afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone
from tests.end_to_end.staff import Employee, run_staff


@pytest.fixture(scope="module")
def cashier(installation: Installation) -> Employee:
    return Employee(installation, 6, "1001").hired("cashier")


def refunds(world: Installation, payment_id: str) -> list[dict[str, Any]]:
    return [one for one in world.money()["wechatpay"]["refunds"] if one["out_trade_no"] == payment_id]


def test_from_the_invitation_to_the_money_s_arrival(world: Installation, cashier: Employee) -> None:
    patient = Phone(world, 1)
    payment_id = patient.pay(patient.bills()[0])
    patient.wait_for(payment_id, "paid")
    preview = cashier.says(f"退费 {payment_id[-6:]} 重复缴费")
    assert "退费预览" in preview, preview
    assert "张甜甜" not in preview
    assert "已同意，正在办理" in cashier.confirms()
    world.wait_until(
        lambda: any("退款已到账" in text for text in cashier.heard()), "the cashier is told of the arrival"
    )
    assert [(one["out_refund_no"], one["status"]) for one in refunds(world, payment_id)] == [
        (f"{payment_id}R01", "SUCCESS")
    ]
