"""What patients come for besides bills, in the mini-program's real pages at the real server and HIS."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.end_to_end.installation import Installation
from tests.end_to_end.mini_program import MiniProgram
from tests.end_to_end.phone import Phone


@pytest.fixture
def phone(world: Installation, request: pytest.FixtureRequest) -> Iterator[MiniProgram]:
    with MiniProgram(world, request.param) as phone:
        yield phone


@pytest.mark.parametrize("phone", [1], indirect=True)
def test_a_number_is_found_paid_and_given_back(world: Installation, phone: MiniProgram) -> None:
    phone.open_with_card("预约挂号")
    phone.until("departments", "选择科室")
    phone.pick("line--link")
    phone.until("department", "余")
    phone.pick("members__one", -1)
    phone.until("department", "余")
    phone.pick("line--link")
    phone.until("shift", "选择时间")
    phone.pick("line--link")
    phone.until("number", "确认挂号")
    phone.tap("bar__button")
    phone.until("payment", "缴费成功")
    [number] = [one["out_trade_no"] for one in world.money()["wechatpay"]["trades"]]
    phone.tap("weui-btn", "返回我的预约")
    assert re.search(r"状态预约成功就诊人.\*", phone.until("appointments", "预约成功"))
    phone.tap("weui-btn", "取消预约")
    phone.until("appointments", "已提交取消")
    refunds = world.wait_until(lambda: world.money()["wechatpay"]["refunds"], "the money goes back")
    assert [one["out_trade_no"] for one in refunds] == [number]
    phone("pull")
    phone.until("appointments", "已取消")


@pytest.mark.parametrize("phone", [1], indirect=True)
def test_a_deposit_is_paid_in_and_listed(world: Installation, phone: MiniProgram) -> None:
    phone.open_with_card("住院服务")
    phone.until("inpatient", "住院中")
    phone.tap("line--link", "预交金")
    phone.until("admission", "已交预交金")
    phone.tap("weui-btn", "交预交金")
    phone.until("topup", "最多还可交")
    phone("type", label="交多少元", value="１２0.50")
    phone.tap("bar__button")
    phone.until("payment", "¥120.50")
    phone.until("payment", "成功")
    assert 12_050 in [one["amount_fen"] for one in world.money()["wechatpay"]["trades"]]
    phone.tap("weui-btn", "返回住院")
    phone.until("inpatient", "住院中")
    phone.tap("line--link", "预交金")
    phone.until("admission", "预交金记录")
    phone.tap("weui-btn", "预交金记录")
    assert "微信支付" in phone.until("deposits", "¥120.50")


@pytest.mark.parametrize("phone", [1], indirect=True)
def test_a_report_is_read_in_words(world: Installation, phone: MiniProgram) -> None:
    phone.open_with_card("报告查询")
    phone.until("reports", "检验")
    phone.pick("line--link")
    phone.until("report", "已审核")


@pytest.mark.parametrize("phone", [1], indirect=True)
def test_an_old_balance_is_asked_back(world: Installation, phone: MiniProgram) -> None:
    """The window has put the money of a payment onto the card; what else lies there came from kiosks and is paid out at the window."""
    paper = Phone(world, 1)
    bill = paper.bills()[0]
    number = paper.pay(bill)
    paper.wait_for(number, "paid")
    assert world.post("/sandbox/his/refund_to_card", {"out_trade_no": number})[0] == 200
    phone.open_with_card("门诊余额")
    phone.until("balances", "查看怎么退")
    phone.tap("line--link", "门诊余额")
    assert "门诊楼一楼6号窗口领取" in phone.until("balance", "原路退回")
    phone.tap("bar__button", "退回")
    assert "已申请，医院核销后退到原付款账户。" in phone.until("balance", "退到哪一步")
    assert world.wait_until(lambda: refunded(world, number), "the money goes back") == [bill["own_fen"]]
    world.wait_until(lambda: "已退到账户" in pulled(phone), "the page says so", 90)


def refunded(world: Installation, number: str) -> list[int]:
    """The refunds of this payment, in fen."""
    return [one["amount_fen"] for one in world.money()["wechatpay"]["refunds"] if one["out_trade_no"] == number]


def pulled(phone: MiniProgram) -> str:
    phone("pull")
    return str(phone("text"))
