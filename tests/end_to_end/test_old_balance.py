"""门诊余额, with real processes: money that a window put onto the card goes back by its channel, the rest is at the window, and the holder is told."""

from __future__ import annotations

import re

from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone


def left(world: Installation, card_no: str) -> int:
    """What of the card's payments the channel has not sent back, in fen."""
    numbers = {one["out_trade_no"] for one in world.money()["his"]["trades"] if one.get("on_card") == card_no}
    trades = [one for one in world.money()["wechatpay"]["trades"] if one["out_trade_no"] in numbers]
    return sum(one["amount_fen"] - one["refunded_fen"] for one in trades)


def test_what_was_paid_here_goes_back_and_the_rest_is_named(world: Installation) -> None:
    phone = Phone(world, 1)
    bill = phone.bills()[0]
    phone.bind_card(own=True)
    payment_id = phone.pay(bill)
    phone.wait_for(payment_id, "paid")
    status, _ = world.post("/sandbox/his/refund_to_card", {"out_trade_no": payment_id})
    assert (status, left(world, bill["card_no"])) == (200, bill["own_fen"])
    [own] = set(re.findall(r'href="(/h/demo/balances/[^"]+)"', phone.open("/h/demo/balances")))
    assert "有余额可以退还" in phone.open("/h/demo/")
    page = phone.open(own)
    assert ("原路退回" in page, "门诊楼一楼 6 号窗口领取" in page) == (True, True)
    status, _ = phone.submit(own, {"shown_fen": str(bill["own_fen"])})
    assert status < 400
    world.wait_until(lambda: left(world, bill["card_no"]) == 0, "the money is back", 90)
    world.wait_until(lambda: "已退到账户" in phone.open(own), "the page says so", 90)
    assert 'name="shown_fen"' not in phone.open(own)
