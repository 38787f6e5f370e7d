"""A payment begun in the mini-program and left alone: it ends in time, here, at WeChat Pay and on the phone, and is paid anew.

The hospital lets payments live for one minute, the shortest that WeChat Pay allows, so that the real clock is waited for once.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.installation import Installation
from tests.end_to_end.mini_program import MiniProgram, yuan

LIFE_MINUTES = 1
CLOSED_WITHIN_S = 60 * LIFE_MINUTES + 45


@pytest.fixture
def hasty_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    settings = {"ZHENFU_PAYMENT_EXPIRY_MINUTES": str(LIFE_MINUTES)}
    with Installation(tmp_path_factory.mktemp("hasty") / "data", settings=settings) as world:
        world.faults()
        yield world


def test_a_payment_that_is_left_alone_ends_everywhere_and_the_bill_is_paid_anew(hasty_world: Installation) -> None:
    world = hasty_world
    with MiniProgram(world, 1) as phone:
        phone.bind()
        phone.start()
        bill = phone.bills()[0]
        phone.choose(bill)
        phone("set", result="cancel")
        phone.tap("bar__button")
        phone.until("bill", "支付已取消")
        phone.start()
        phone.tap("ways__way", "缴费记录")
        phone.until("history", yuan(bill["own_fen"]))
        phone.tap("line--link", yuan(bill["own_fen"]))
        phone.until("payment", "正在核实是否已付款")
        [left] = world.money()["wechatpay"]["trades"]
        assert left["trade_state"] == "NOTPAY"

        world.wait_until(
            lambda: [one["trade_state"] for one in world.money()["wechatpay"]["trades"]] == ["CLOSED"],
            "the order is closed at WeChat Pay", CLOSED_WITHIN_S,
        )  # fmt: skip
        assert "重新支付" in phone.until("payment", "可以重新支付"), "seen by who has looked all the while"
        late = world.ask("/sandbox/wechat/pay", {"out_trade_no": left["out_trade_no"], "result": "ok"})
        assert late is None, "it can't be paid any more"

        phone("set", result="ok")
        phone.tap("weui-btn", "重新支付")
        phone.until("bill", "立即支付")
        phone.tap("bar__button")
        phone.until("payment", "缴费成功")
        states = {one["out_trade_no"]: one["trade_state"] for one in world.money()["wechatpay"]["trades"]}
        assert sorted(states.values()) == ["CLOSED", "SUCCESS"]
        [booked] = [trade for trade in world.money()["his"]["trades"] if bill["bill_no"] in trade["bill_nos"]]
        assert states[booked["out_trade_no"]] == "SUCCESS"
        phone.start()
        phone.tap("ways__way", "缴费记录")
        shown = phone.until("history", "缴费成功")
        assert "已关闭" in shown
