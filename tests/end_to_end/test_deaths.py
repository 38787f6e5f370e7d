"""Processes that die at the worst moment. After they are back, every fen is where it belongs."""

from __future__ import annotations

import re

from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone


def test_a_killed_server_and_worker_forget_nothing_between_payment_and_write_back(world: Installation) -> None:
    """The HIS hangs while it is told; everybody who knows of the payment is killed; new processes go on."""
    world.faults({"where": "his.bill.confirm", "what": "timeout_before_work", "times": 1})
    phone = Phone(world, 1)
    bill = phone.bills()[0]
    payment_id = phone.pay(bill)
    phone.wait_for(payment_id, "confirming")
    world.kill("serve-0")
    world.kill("work-0")
    assert not any(payment_id == trade["out_trade_no"] for trade in world.money()["his"]["trades"])
    world.start_part("serve-0")
    world.start_part("work-0")
    world.wait_until(world.is_ready, "the server is back")
    phone.wait_for(payment_id, "paid", within_s=60)
    assert [t["bill_nos"] for t in world.money()["his"]["trades"] if t["out_trade_no"] == payment_id] == [
        [bill["bill_no"]]
    ]


def test_a_dead_database_makes_the_platform_send_again(world: Installation) -> None:
    """Nothing is acknowledged while it can't be stored."""
    phone = Phone(world, 3)
    bill = phone.bills()[0]
    phone.scan(bill)
    _, started = phone.start(bill)
    world.kill_database()
    assert phone.enter_password(started)
    refused = re.compile(r"door=notify_wechatpay method=POST status=5\d\d")
    log = world.folder / "serve-0.log"
    world.wait_until(lambda: refused.search(log.read_text("utf-8")), "the notification was refused")
    world.start_database()
    world.wait_until(world.is_ready, "the store is back")
    phone.wait_for(started["payment_id"], "paid", within_s=60)
    assert len([t for t in world.money()["his"]["trades"] if bill["bill_no"] in t["bill_nos"]]) == 1
