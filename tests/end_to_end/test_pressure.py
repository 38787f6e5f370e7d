"""A hung HIS holds up nobody else: money is still acknowledged, the chat answers, and when the HIS is back the backlog drains."""

from __future__ import annotations

from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone


def test_a_hung_his_holds_up_nobody_and_the_backlog_drains(world: Installation) -> None:
    phones = [Phone(world, number) for number in range(1, 7)]
    bills = [phone.bills()[0] for phone in phones]
    started = []
    for phone, bill in zip(phones, bills, strict=True):
        phone.scan(bill)
        status, told = phone.start(bill)
        assert status == 200, told
        started.append(told)
    world.faults({"where": "his.*", "what": "timeout_before_work", "times": None})
    for phone, told in zip(phones, started, strict=True):
        assert phone.enter_password(told)
    for phone, told in zip(phones, started, strict=True):
        phone.wait_for(told["payment_id"], "confirming")
    people = world.ask("/sandbox/credentials")["people"]
    said = world.ask("/sandbox/wechat/say", {"openid": people[6]["openid"], "text": "缴费"})
    assert said["tries"] == 1
    assert "待缴费用" in said["reply"]["text"]
    world.faults()
    for phone, told in zip(phones, started, strict=True):
        phone.wait_for(told["payment_id"], "paid", within_s=90)
    booked = [number for trade in world.money()["his"]["trades"] for number in trade["bill_nos"]]
    assert sorted(booked) == sorted(bill["bill_no"] for bill in bills)
