"""The same on Alipay, with real processes; and one bill on both clients, paid at the worst moment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone


def booked(world: Installation, bill: dict[str, Any]) -> list[dict[str, Any]]:
    return [trade for trade in world.money()["his"]["trades"] if bill["bill_no"] in trade["bill_nos"]]


def net_fen(world: Installation, payments: list[str]) -> int:
    """Money in at the channels less money back, of these payments."""
    money = world.money()
    trades = [trade for channel in ("wechatpay", "alipay") for trade in money[channel]["trades"]]
    return sum(
        trade["amount_fen"] - trade["refunded_fen"]
        for trade in trades
        if trade["out_trade_no"] in payments and trade["success_time"]
    )


def test_scanned_logged_in_paid_and_told_twice(world: Installation) -> None:
    phone = Phone(world, 1, "alipay")
    bill = phone.bills()[0]
    payment_id = phone.pay(bill)
    phone.wait_for(payment_id, "paid")
    [trade] = booked(world, bill)
    assert (trade["out_trade_no"], trade["channel"]) == (payment_id, "alipay")
    world.wait_until(lambda: phone.cards(), "the life account's message is there")
    world.wait_until(lambda: any(payment_id in text for text in phone.sms()), "the SMS is there")
    assert "缴费成功" in phone.open(f"/h/demo/payments/{payment_id}")


def test_who_does_not_follow_gets_the_sms(world: Installation) -> None:
    phone = Phone(world, 2, "alipay")
    payment_id = phone.pay(phone.bills()[0])
    phone.wait_for(payment_id, "paid")
    world.wait_until(lambda: any(payment_id in text for text in phone.sms()), "the SMS is there")
    assert phone.cards() == []


@pytest.mark.parametrize("what", ["doubled", "lost", "wrong_signature"])
def test_notifications_that_come_twice_never_or_forged(world: Installation, what: str) -> None:
    world.faults({"where": "notify.alipay", "what": what, "times": None if what == "lost" else 1})
    phone = Phone(world, 3, "alipay")
    bill = phone.bills()[0]
    payment_id = phone.pay(bill)
    phone.wait_for(payment_id, "paid", within_s=60)
    assert len(booked(world, bill)) == 1


def test_a_hospital_that_refuses_gets_nothing_and_the_patient_all(world: Installation) -> None:
    world.faults({"where": "his.bill.confirm", "what": "refuse", "code": "REFUSED", "times": None})
    phone = Phone(world, 4, "alipay")
    bill = phone.bills()[0]
    payment_id = phone.pay(bill)
    phone.wait_for(payment_id, "returned")
    assert booked(world, bill) == []
    assert net_fen(world, [payment_id]) == 0


def test_money_in_doubt_is_asked_for(world: Installation) -> None:
    """The order's answer got lost, and so did the first refund's."""
    world.faults(
        {"where": "alipay.create", "what": "timeout_after_work", "times": 1},
        {"where": "alipay.refund", "what": "timeout_after_work", "times": 1},
        {"where": "his.bill.confirm", "what": "refuse", "code": "REFUSED", "times": None},
    )
    phone = Phone(world, 4, "alipay")
    bill = phone.bills()[-1]
    phone.scan(bill)
    _, first = phone.start(bill)
    assert first["call"] is None
    _, started = phone.start(bill)
    assert started["payment_id"] == first["payment_id"]
    assert phone.enter_password(started)
    phone.wait_for(started["payment_id"], "returned", within_s=60)
    assert net_fen(world, [started["payment_id"]]) == 0


WAYS = pytest.mark.parametrize(("first", "second"), [("wechat", "alipay"), ("alipay", "wechat")], ids=["there", "back"])


@WAYS
def test_changing_the_client_closes_the_attempt_on_the_other(world: Installation, first: str, second: str) -> None:
    person = 5
    one, two = Phone(world, person, first), Phone(world, person, second)
    bill = one.bills()[0]
    one.scan(bill)
    _, begun = one.start(bill)
    paid = two.pay(bill)
    two.wait_for(paid, "paid")
    assert one.state(begun["payment_id"])["progress"] == "not_paid"
    assert one.enter_password(begun) is None
    assert net_fen(world, [begun["payment_id"], paid]) == bill["own_fen"]


@WAYS
def test_paid_on_both_clients_one_is_booked_and_the_other_goes_back(
    world: Installation, first: str, second: str
) -> None:
    """The first channel says closed and lets the patient pay all the same."""
    call = {"wechat": "wechatpay.close", "alipay": "alipay.close"}[first]
    world.faults({"where": call, "what": "pretend", "times": 1})
    one, two = Phone(world, 6, first), Phone(world, 6, second)
    bill = one.bills()[0]
    one.scan(bill)
    _, begun = one.start(bill)
    paid = two.pay(bill)
    two.wait_for(paid, "paid")
    assert one.enter_password(begun)
    one.wait_for(begun["payment_id"], "returned")
    assert [trade["out_trade_no"] for trade in booked(world, bill)] == [paid]
    assert net_fen(world, [paid, begun["payment_id"]]) == bill["own_fen"]
    world.wait_until(lambda: any(begun["payment_id"] in text for text in one.sms()), "the payer is told")


@WAYS
def test_paid_on_the_first_while_the_second_is_opening(world: Installation, first: str, second: str) -> None:
    """The close finds the money: nobody pays twice."""
    one, two = Phone(world, 7, first), Phone(world, 7, second)
    bill = one.bills()[0]
    world.faults({"where": "notify.*", "what": "late", "seconds": 5, "times": None})
    for phone in (one, two):
        phone.scan(bill)
    _, begun = one.start(bill)
    two.open(f"/h/demo/bills/{bill['bill_no']}")
    assert one.enter_password(begun)
    status, answer = two.post("/h/demo/payments", {"bill_no": bill["bill_no"], "phone": ""})
    assert status == 409 or not answer.get("call"), answer
    one.wait_for(begun["payment_id"], "paid")
    assert net_fen(world, [begun["payment_id"]]) == bill["own_fen"]
