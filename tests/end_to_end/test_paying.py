"""A bill is scanned and paid, with real processes: what the patient, the HIS and the platforms' books say afterwards."""

from __future__ import annotations

import threading
from typing import Any

from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone, prepay_id


def booked(world: Installation, bill: dict[str, Any]) -> list[dict[str, Any]]:
    return [trade for trade in world.money()["his"]["trades"] if bill["bill_no"] in trade["bill_nos"]]


def net_fen(world: Installation, bill: dict[str, Any], payments: list[str]) -> int:
    """Money in at the channel less money back, of these payments."""
    trades = [t for t in world.money()["wechatpay"]["trades"] if t["out_trade_no"] in payments and t["transaction_id"]]
    return sum(trade["amount_fen"] - trade["refunded_fen"] for trade in trades)


def test_a_follower_pays_and_is_told_twice(world: Installation) -> None:
    phone = Phone(world, 1)
    bill = phone.bills()[0]
    payment_id = phone.pay(bill)
    phone.wait_for(payment_id, "paid")
    assert [trade["out_trade_no"] for trade in booked(world, bill)] == [payment_id]
    world.wait_until(lambda: "缴费成功通知" in phone.cards(), "the template message is there")
    world.wait_until(lambda: any(payment_id in text for text in phone.sms()), "the SMS is there")
    assert "缴费成功" in phone.open(f"/h/demo/payments/{payment_id}")


def test_who_does_not_follow_gets_the_sms(world: Installation) -> None:
    phone = Phone(world, 2)
    payment_id = phone.pay(phone.bills()[0])
    phone.wait_for(payment_id, "paid")
    world.wait_until(lambda: any(payment_id in text for text in phone.sms()), "the SMS is there")
    assert phone.cards() == []


def test_names_are_masked_and_nothing_personal_is_in_an_address(world: Installation) -> None:
    phone = Phone(world, 1)
    bill = phone.bills()[0]
    page = phone.scan(bill)
    assert "张甜甜" not in page
    assert "张*" in page
    assert "8800000001" not in page
    assert bill["card_no"] not in bill["url"]


def test_a_doubled_notification_books_once(world: Installation) -> None:
    world.faults({"where": "notify.payment", "what": "doubled", "times": 1})
    phone = Phone(world, 3)
    bill = phone.bills()[0]
    payment_id = phone.pay(bill)
    phone.wait_for(payment_id, "paid")
    assert len(booked(world, bill)) == 1
    assert len([text for text in phone.sms() if payment_id in text]) <= 1


def test_a_lost_notification_is_found_by_asking(world: Installation) -> None:
    world.faults({"where": "notify.payment", "what": "lost", "times": None})
    phone = Phone(world, 3)
    bill = phone.bills()[-1]
    payment_id = phone.pay(bill)
    phone.wait_for(payment_id, "paid")
    assert len(booked(world, bill)) == 1


def test_a_forged_notification_is_refused_and_the_genuine_one_counts(world: Installation) -> None:
    world.faults({"where": "notify.payment", "what": "wrong_signature", "times": 2})
    phone = Phone(world, 4)
    bill = phone.bills()[0]
    payment_id = phone.pay(bill)
    phone.wait_for(payment_id, "paid")
    assert len(booked(world, bill)) == 1


def test_a_wrong_amount_is_kept_apart_and_the_truth_is_asked(world: Installation) -> None:
    world.faults({"where": "notify.payment", "what": "wrong_amount", "times": 1})
    phone = Phone(world, 4)
    bill = phone.bills()[-1]
    payment_id = phone.pay(bill)
    phone.wait_for(payment_id, "paid")
    assert booked(world, bill)[0]["amount_fen"] == bill["own_fen"]


def test_a_bill_of_nothing_goes_to_the_hospital_without_a_channel(world: Installation) -> None:
    phone = Phone(world, 4)
    bill = phone.free_bill()
    phone.scan(bill)
    status, started = phone.start(bill)
    assert (status, started["call"]) == (200, None)
    phone.wait_for(started["payment_id"], "paid")
    assert [trade["channel"] for trade in booked(world, bill)] == ["none"]


def test_money_overtakes_the_order_s_answer(world: Installation) -> None:
    """The payer is faster than our own order call: the notification is there before the prepay_id."""
    world.faults({"where": "wechatpay.order", "what": "slow_answer", "seconds": 3, "times": 1})
    phone = Phone(world, 5)
    bill = phone.bills()[0]
    phone.scan(bill)
    answers: list[Any] = []
    starting = threading.Thread(target=lambda: answers.append(phone.start(bill)))
    known = {trade["out_trade_no"] for trade in world.money()["wechatpay"]["trades"]}
    starting.start()
    trade = world.wait_until(
        lambda: next((t for t in world.money()["wechatpay"]["trades"] if t["out_trade_no"] not in known), None),
        "the order is at the channel",
    )
    assert world.ask("/sandbox/wechat/pay", {"out_trade_no": trade["out_trade_no"], "result": "ok"})
    starting.join()
    assert answers[0][0] == 200
    phone.wait_for(trade["out_trade_no"], "paid")
    assert len(booked(world, bill)) == 1


def test_money_after_the_close_goes_back_by_itself(world: Installation) -> None:
    """The channel says closed but lets the patient pay all the same; meanwhile another phone pays the bill."""
    world.faults({"where": "wechatpay.close", "what": "pretend", "times": 1})
    first, second = Phone(world, 5), Phone(world, 6)
    bill = first.bills()[0]
    first.scan(bill)
    _, started = first.start(bill)
    paid = second.pay(bill)
    second.wait_for(paid, "paid")
    assert first.enter_password(started)
    first.wait_for(started["payment_id"], "returned")
    assert len(booked(world, bill)) == 1
    assert net_fen(world, bill, [paid, started["payment_id"]]) == bill["own_fen"]
    world.wait_until(lambda: "退回到账通知" in first.cards(), "the first payer is told")


def test_two_phones_pay_one_bill(world: Installation) -> None:
    """Both press pay at the same moment; whoever wins, the hospital gets the money once."""
    phones = [Phone(world, 6), Phone(world, 7)]
    bill = phones[0].bills()[-1]
    for phone in phones:
        phone.scan(bill)
    answers: dict[int, tuple[int, dict[str, Any]]] = {}
    threads = [
        threading.Thread(target=lambda phone=phone: answers.update({phone.number: phone.start(bill)}))
        for phone in phones
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    opened = {phone.number: answers[phone.number][1] for phone in phones if answers[phone.number][1].get("call")}
    assert opened, answers
    orders = {
        number: world.ask("/sandbox/wechat/pay", {"prepay_id": prepay_id(started), "result": "ok"})
        for number, started in opened.items()
    }
    assert [order for order in orders.values() if order], "one of them could pay"
    world.wait_until(lambda: len(booked(world, bill)) == 1, "the bill is booked")
    payments = [started["payment_id"] for started in opened.values()]
    world.wait_until(lambda: net_fen(world, bill, payments) == bill["own_fen"], "what was paid twice is back")


def test_the_same_tap_twice_is_one_payment(world: Installation) -> None:
    phone = Phone(world, 7)
    bill = phone.bills()[0]
    phone.scan(bill)
    (_, first), (_, second) = phone.start(bill), phone.start(bill)
    assert first["payment_id"] == second["payment_id"]
    assert prepay_id(first) == prepay_id(second)


def test_a_hospital_that_refuses_gets_nothing_and_the_patient_all(world: Installation) -> None:
    world.faults(
        {"where": "his.bill.confirm", "what": "refuse", "code": "REFUSED", "message": "缴费单已锁定", "times": None}
    )
    phone = Phone(world, 8)
    bill = phone.bills()[0]
    payment_id = phone.pay(bill)
    phone.wait_for(payment_id, "returned")
    assert booked(world, bill) == []
    assert net_fen(world, bill, [payment_id]) == 0
    world.wait_until(lambda: "退回到账通知" in phone.cards(), "the payer is told")


def test_a_bill_paid_at_the_window_meanwhile_goes_back(world: Installation) -> None:
    phone = Phone(world, 8)
    bill = phone.bills()[-1]
    phone.scan(bill)
    _, started = phone.start(bill)
    world.ask("/sandbox/his/pay_at_window", {"bill_no": bill["bill_no"]})
    assert phone.enter_password(started)
    phone.wait_for(started["payment_id"], "returned")
    assert net_fen(world, bill, [started["payment_id"]]) == 0


def test_a_hospital_that_books_and_does_not_answer_is_asked_again(world: Installation) -> None:
    world.faults({"where": "his.bill.confirm", "what": "timeout_after_work", "times": 1})
    phone = Phone(world, 2)
    bill = phone.bills()[-1]
    payment_id = phone.pay(bill)
    phone.wait_for(payment_id, "confirming")
    phone.wait_for(payment_id, "paid", within_s=60)
    assert len(booked(world, bill)) == 1


def test_a_refund_notification_that_never_comes_is_asked_for(world: Installation) -> None:
    """Refused by the HIS, and every refund notification lost: asking finds that the money is back."""
    world.faults(
        {"where": "his.bill.confirm", "what": "refuse", "code": "REFUSED", "times": None},
        {"where": "notify.refund", "what": "lost", "times": None},
        {"where": "wechatpay.refund", "what": "timeout_after_work", "times": 1},
    )
    phone = Phone(world, 1)
    bill = phone.bills()[-1]
    payment_id = phone.pay(bill)
    phone.wait_for(payment_id, "returned", within_s=60)
    refunds = [r for r in world.money()["wechatpay"]["refunds"] if r["out_trade_no"] == payment_id]
    assert [refund["amount_fen"] for refund in refunds] == [bill["own_fen"]]
