"""Staff refund in the chat, with real processes: what the chat, the page, the HIS and the platforms' books say afterwards.

Each test has a cashier of its own: a code of an authenticator is good once, and the next one comes after half a minute.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone
from tests.end_to_end.staff import Employee, hire, run_staff

WECHAT_WAITS_S = 5.0


@pytest.fixture(scope="module")
def office(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Employee]:
    everybody = hire(
        installation,
        tmp_path_factory.mktemp("office"),
        (6, "1001", "cashier", "100000"),
        (8, "1002", "cashier", "0.01"),
        (3, "1003", "cashier", "100000"),
        (5, "1004", "cashier", "100000"),
        (7, "2001", "approver", "100000"),
    )
    return {employee.number: employee for employee in everybody}


def paid_by(world: Installation, person: int, kind: str = "wechat") -> tuple[Phone, str]:
    patient = Phone(world, person, kind)
    payment_id = patient.pay(patient.bills()[0])
    patient.wait_for(payment_id, "paid")
    return patient, payment_id


def back(world: Installation, payment_id: str, channel: str = "wechatpay") -> list[tuple[str, str]]:
    """The channel's refunds of a payment: (our number, its state)."""
    found = [one for one in world.money()[channel]["refunds"] if one["out_trade_no"] == payment_id]
    return [(one["out_refund_no"] if "out_refund_no" in one else one["out_request_no"], one["status"]) for one in found]


def written_off(world: Installation, payment_id: str) -> list[dict[str, Any]]:
    return [one for one in world.money()["his"]["refunds"] if one["out_trade_no"] == payment_id]


def arrives(world: Installation, employee: Employee, refund_no: str) -> None:
    world.wait_until(
        lambda: any("退费已到账" in text and refund_no[-9:] in text for text in employee.heard()),
        f"{refund_no} arrives and the cashier is told",
        90,
    )


def test_from_the_invitation_to_the_money_s_arrival(world: Installation, office: dict[str, Employee]) -> None:
    cashier = office["1001"]
    patient, payment_id = paid_by(world, 1)
    world.faults({"where": "notify.chat", "what": "doubled", "times": None})
    preview = cashier.says(f"退费 {payment_id[-6:]} 重复缴费")
    assert "退费预览" in preview, preview
    assert "张甜甜" not in preview
    assert "正在办理" in cashier.confirms()
    arrives(world, cashier, f"{payment_id}R01")
    assert back(world, payment_id) == [(f"{payment_id}R01", "SUCCESS")]
    assert [one["out_refund_no"] for one in written_off(world, payment_id)] == [f"{payment_id}R01"]
    world.wait_until(lambda: {"退费受理通知", "退费到账通知"} <= set(patient.cards()), "the patient is told twice")
    page = patient.open(f"/h/demo/payments/{payment_id}")
    assert "已全部退费" in page
    assert "已到账" in page
    assert payment_id[-6:] in cashier.says("今 日")


def test_over_the_limit_a_second_person_agrees(world: Installation, office: dict[str, Employee]) -> None:
    cashier, approver = office["1002"], office["2001"]
    _, payment_id = paid_by(world, 2)
    refund_no = f"{payment_id}R01"
    assert "需要另一人审批：超过单笔限额" in cashier.says(f"1元 {payment_id} 退费 没做")
    assert "等待审批" in cashier.confirms()
    world.wait_until(lambda: any(refund_no[-9:] in text for text in approver.heard()), "the approver is told")
    assert written_off(world, payment_id) == []
    assert cashier.says(f"同意 {refund_no}") == "要继续请回复“确认”。", "a cashier agrees to nobody's refund"
    assert written_off(world, payment_id) == []
    assert "同意退费" in approver.says(f"同意{refund_no[-9:]}")
    approver.confirms()
    arrives(world, cashier, refund_no)
    assert [(one["out_refund_no"], one["amount_fen"]) for one in written_off(world, payment_id)] == [(refund_no, 100)]


def test_while_the_his_hangs_the_chat_answers_and_the_outcome_follows(
    world: Installation, office: dict[str, Employee]
) -> None:
    cashier = office["1003"]
    _, payment_id = paid_by(world, 4)
    world.faults(
        {"where": "his.refund.check", "what": "timeout_before_work", "times": None},
        {"where": "his.refund.release", "what": "timeout_after_work", "times": 1},
    )
    began = time.monotonic()
    assert "医院系统暂时没有回答" in cashier.says(f"退费{payment_id} 没做")
    assert time.monotonic() - began < WECHAT_WAITS_S
    assert "正在办理" in cashier.confirms()
    arrives(world, cashier, f"{payment_id}R01")
    assert len(written_off(world, payment_id)) == 1


def test_an_alipay_payment_is_refunded_in_the_chat_of_wechat(world: Installation, office: dict[str, Employee]) -> None:
    cashier = office["1004"]
    patient, payment_id = paid_by(world, 1, "alipay")
    assert "支付宝" in cashier.says(f"退费{payment_id} 没做")
    cashier.confirms()
    arrives(world, cashier, f"{payment_id}R01")
    world.wait_until(lambda: {"退费受理通知", "退费到账通知"} <= set(patient.cards()), "the patient is told twice")


def test_a_server_that_dies_over_a_message_is_no_loss(world: Installation, office: dict[str, Employee]) -> None:
    """WeChat delivers again, and whoever gets that delivery takes the message over."""
    cashier = office["1001"]
    _, payment_id = paid_by(world, 2)
    what = "timeout_before_work"
    before = world.ask("/sandbox/faults")["struck"].get(what, 0)
    world.faults({"where": "his.refund.check", "what": what, "times": None})
    with ThreadPoolExecutor(1) as speaking:
        saying = speaking.submit(cashier.says, f"退费 {payment_id} 没做")
        world.wait_until(lambda: world.ask("/sandbox/faults")["struck"].get(what, 0) > before, "the HIS is being asked")
        world.faults({"where": "notify.chat", "what": "delay", "seconds": 8, "times": None})
        world.kill("serve-0")
        world.start_part("serve-0")
        assert "退费预览" in saying.result(60)
    assert len([text for text in cashier.heard() if payment_id in text and "退费预览" in text]) == 1


def test_who_has_left_is_a_stranger_at_once(world: Installation, office: dict[str, Employee]) -> None:
    leaver = office["1004"]
    usual = Employee(world, 1, "").says("你好")
    assert "1004" in run_staff(world, "leave", "--number", "1004")
    assert leaver.says("帮助") == usual
    assert "已离岗" in run_staff(world, "list")
