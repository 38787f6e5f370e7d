"""The mini-program's real pages at the real server: scanned, bound, paid, refunded, through lost networks and ended tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from server.app.demo.hospital import HELP_PHONE
from tests.end_to_end.installation import Installation
from tests.end_to_end.mini_program import MiniProgram, yuan
from tests.end_to_end.phone import Phone


def trades(world: Installation, bill: dict[str, Any]) -> list[dict[str, Any]]:
    """What the HIS has booked for this bill."""
    return [trade for trade in world.money()["his"]["trades"] if bill["bill_no"] in trade["bill_nos"]]


def orders(world: Installation, payment_id: str) -> list[dict[str, Any]]:
    return [trade for trade in world.money()["wechatpay"]["trades"] if trade["out_trade_no"] == payment_id]


@pytest.fixture
def phone(world: Installation, request: pytest.FixtureRequest) -> Iterator[MiniProgram]:
    with MiniProgram(world, getattr(request, "param", 1)) as phone:
        yield phone


def test_a_paper_bill_is_scanned_and_paid(world: Installation, phone: MiniProgram) -> None:
    bill = phone.bills()[0]
    phone.scan(bill)
    phone.tap("bar__button")
    phone.until("payment", "缴费成功")
    [trade] = trades(world, bill)
    assert trade["amount_fen"] == bill["own_fen"]
    assert len(phone.sent("/subscriptions")) == 1
    world.wait_until(lambda: phone.inbox()["notices"], "the subscribed message is there")
    phone.tap("weui-btn", "返回首页")
    phone.until("home", "扫码缴费")
    phone.tap("ways__way", "缴费记录")
    assert yuan(bill["own_fen"]) in phone.until("history", "缴费成功")
    assert phone("storage") == {}


def test_a_bound_card_shows_its_bills_until_it_is_unbound(world: Installation, phone: MiniProgram) -> None:
    person = phone.bind()
    shown = phone.start()
    assert person["name"] not in shown
    bills = phone.bills()
    assert f"{len(bills)}张待缴费" in shown.replace(" ", "")
    phone.tap("line--link", "待缴费")
    for bill in bills:
        assert yuan(bill["own_fen"]) in phone.until("bills", yuan(bills[0]["own_fen"]))
    phone("back")
    phone.until("home", "扫码缴费")
    official_account = Phone(world, phone.number)
    assert "解除绑定" in official_account.open("/h/demo/cards")
    phone.tap("ways__way", "就诊卡")
    phone.until("cards", "解除绑定")
    phone.tap("cells__action", "解除绑定")
    phone.until("cards", "还没有绑定就诊卡")
    assert "解除绑定" not in official_account.open("/h/demo/cards")
    assert "还没有可查看的缴费单" in phone.start()


@pytest.mark.parametrize("phone", [2], indirect=True)
def test_who_wants_no_message_of_the_chat_gets_an_sms_that_leads_back_to_the_payment(
    world: Installation, phone: MiniProgram
) -> None:
    phone("set", subscription="reject")
    bill = phone.bills()[0]
    phone.scan(bill)
    phone.tap("bar__button")
    phone.until("payment", "缴费成功")
    [text] = world.wait_until(phone.sms, "the SMS is there")
    assert phone.inbox()["notices"] == []
    link = re.search(r"https://wxaurl\.cn/\w+", text)
    assert link, text
    payment_id = trades(world, bill)[0]["out_trade_no"]
    place = world.ask(f"/sandbox/miniprogram/link?link={quote(link[0], safe='')}")
    assert place == {"path": "pages/payment/payment", "query": f"id={payment_id}"}
    assert "缴费成功" in phone.start(place["path"], id=payment_id)


@pytest.mark.parametrize("phone", [2], indirect=True)
def test_without_a_link_the_sms_is_sent_all_the_same(world: Installation, phone: MiniProgram) -> None:
    world.faults({"where": "miniprogram.link", "what": "error_5xx", "times": None})
    before = len(phone.sms())
    bill = phone.bills()[-1]
    phone.scan(bill)
    phone.tap("bar__button")
    phone.until("payment", "缴费成功")
    [text] = world.wait_until(lambda: phone.sms()[before:], "the SMS is there")
    assert "缴费成功" in text
    assert "https" not in text


@pytest.mark.parametrize("phone", [3], indirect=True)
def test_money_that_the_hospital_can_not_take_comes_back_and_says_so(world: Installation, phone: MiniProgram) -> None:
    world.faults({"where": "his.bill.confirm", "what": "refuse", "code": "REFUSED", "times": None})
    bill = phone.bills()[0]
    phone.scan(bill)
    phone.tap("bar__button")
    assert "已原路退回您付款的账户" in phone.until("payment", "款项已退回")
    assert trades(world, bill) == []


@pytest.mark.parametrize("phone", [3], indirect=True)
def test_a_refund_at_the_hospital_s_window_is_seen_until_it_has_arrived(
    world: Installation, phone: MiniProgram
) -> None:
    bill = phone.bills()[-1]
    phone.scan(bill)
    phone.tap("bar__button")
    phone.until("payment", "缴费成功")
    told = world.ask("/sandbox/his/refund_at_window", {"bill_no": bill["bill_no"], "fen": 100})
    assert told["out_trade_no"] == trades(world, bill)[0]["out_trade_no"]
    phone("pull")
    phone.until("payment", "¥1.00")
    phone.tap("line--link", "¥1.00")
    shown = phone.until("refund", "退费已到账")
    assert "¥1.00" in shown
    assert "完成时间" in shown

    def of_his() -> list[dict[str, Any]]:
        return [one for one in world.money()["his"]["refunds"] if one["out_trade_no"] == told["out_trade_no"]]

    world.wait_until(lambda: [one["outcome"] for one in of_his()] == ["succeeded"], "the HIS has heard of the money")
    [refund] = of_his()
    assert {name: refund[name] for name in told} == told
    moved = [one for one in world.money()["wechatpay"]["refunds"] if one["out_trade_no"] == told["out_trade_no"]]
    assert [(one["out_refund_no"], one["amount_fen"]) for one in moved] == [(told["out_refund_no"], 100)]
    too_much = {"bill_no": bill["bill_no"], "fen": bill["own_fen"]}
    assert world.ask("/sandbox/his/refund_at_window", too_much) is None, "more than is left is refused"


@pytest.mark.parametrize("phone", [4], indirect=True)
def test_a_lost_answer_does_not_make_a_second_payment(world: Installation, phone: MiniProgram) -> None:
    bill = phone.bills()[0]
    phone.scan(bill)
    phone("lose", answers=1)
    phone.tap("bar__button")
    phone.until("payment", "缴费成功")
    keys = phone.sent("/payments")
    assert len(keys) == 2
    assert len(set(keys)) == 1
    [trade] = trades(world, bill)
    assert len(orders(world, trade["out_trade_no"])) == 1


@pytest.mark.parametrize("phone", [4], indirect=True)
def test_the_network_goes_while_the_result_is_awaited(world: Installation, phone: MiniProgram) -> None:
    world.faults({"where": "notify.payment", "what": "lost", "times": None})
    bill = phone.bills()[-1]
    phone.scan(bill)
    phone("set", offlineAfterwards=True)
    phone.tap("bar__button")
    phone.until("payment", "网络连接不上")
    phone("set", offline=False)
    assert "网络连接不上" not in phone.until("payment", "缴费成功")
    assert len(trades(world, bill)) == 1


@pytest.mark.parametrize("phone", [5], indirect=True)
def test_an_ended_token_is_renewed_unseen_and_a_cancelled_payment_can_be_paid(
    world: Installation, phone: MiniProgram
) -> None:
    bill = phone.bills()[0]
    phone.scan(bill)
    phone("set", result="cancel")
    phone.tap("bar__button")
    phone.until("bill", "支付已取消")
    phone("spoil", calls=1)
    phone("set", result="ok")
    phone.tap("bar__button")
    phone.until("payment", "缴费成功")
    assert len(phone.sent("/session/rotation")) == 1
    assert len(phone.sent("/session")) == 1
    assert len(trades(world, bill)) == 1


@pytest.mark.parametrize("phone", [2], indirect=True)
def test_a_token_near_its_end_is_renewed_before_it_is_used(world: Installation, phone: MiniProgram) -> None:
    phone("later", seconds=590)  # it was good for ten minutes
    phone.tap("ways__way", "就诊卡")
    phone.until("cards", "还没有绑定就诊卡")
    assert len(phone.sent("/session/rotation")) == 1
    assert len(phone.sent("/session")) == 1
    assert [one["url"].endswith("/cards") for one in phone("asked")].count(True) == 1, "none was refused"


@pytest.mark.parametrize("phone", [5], indirect=True)
def test_who_comes_back_after_hours_is_logged_in_anew_and_pays_without_noticing(
    world: Installation, phone: MiniProgram
) -> None:
    phone.bind()
    phone.start()
    bill = phone.bills()[0]
    phone.choose(bill)
    phone("spoil", calls=1, session=True)
    phone.tap("bar__button")
    phone.until("payment", "缴费成功")
    assert len(phone.sent("/session/rotation")) == 1
    assert len(phone.sent("/session")) == 2
    assert len(set(phone.sent("/payments"))) == 1
    assert len(trades(world, bill)) == 1


@pytest.mark.parametrize("phone", [6], indirect=True)
def test_what_was_scanned_hours_ago_is_scanned_again(world: Installation, phone: MiniProgram) -> None:
    """A scan is good in its session only: whoever finds the phone does not find the bill."""
    bill = phone.bills()[0]
    phone.scan(bill)
    phone("spoil", calls=1, session=True)
    phone.tap("bar__button")
    phone.until("bill", "请重新扫码")
    phone("back")
    phone.until("bills", "还没有可查看的缴费单")
    phone("back")
    phone.until("home", "扫码缴费")
    phone.scan(bill)
    phone.tap("bar__button")
    phone.until("payment", "缴费成功")
    assert len(trades(world, bill)) == 1


@pytest.mark.parametrize("phone", [5], indirect=True)
def test_a_code_that_is_none_of_ours_is_a_sentence(world: Installation, phone: MiniProgram) -> None:
    phone("set", camera="https://elsewhere.example/s/abc")
    phone.tap("scan")
    shown = phone.until("scan", "重新扫码")
    assert not re.search(r"[A-Za-z]{3,}|\d{3}", shown.replace(HELP_PHONE, "")), shown
    phone.tap("weui-btn", "返回")
    phone.until("home", "扫码缴费")


@pytest.mark.parametrize("phone", [1], indirect=True)
def test_the_phone_number_is_given_with_one_tap(world: Installation, phone: MiniProgram) -> None:
    phone.tap("ways__way", "设置")
    phone.until("settings", "还没有填写")
    phone("givePhone", name="cells__action--button", words="填写")
    assert "****" in phone.until("settings", "手机号已保存")
