"""One person in the official account, in the life account and in the mini-program: what is bound in one is there in all."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.end_to_end.installation import Installation
from tests.end_to_end.mini_program import MiniProgram, yuan
from tests.end_to_end.phone import Phone


@pytest.fixture
def world(world: Installation) -> Iterator[Installation]:
    """A number gets more than one code a minute here."""
    assert world.ask("/sandbox/faults", {"settings": {"sms_code_limits": None}}, "PUT")
    yield world
    assert world.ask("/sandbox/faults", {"settings": {"sms_code_limits": [1, 5, 10]}}, "PUT")


def test_one_s_own_card_joins_the_entrances_until_it_is_unbound_in_one(world: Installation) -> None:
    """WeChat knows its two apps' person by the unionid; Alipay is joined by the card alone, which is bound in the account, not in the mini-program."""
    account, alipay = Phone(world, 1), Phone(world, 1, "alipay")
    bill, other = alipay.bills()[:2]
    payment_id = alipay.pay(bill)
    alipay.wait_for(payment_id, "paid")
    account.bind_card(own=True)
    paid, unpaid = yuan(bill["own_fen"]), yuan(other["own_fen"])
    with MiniProgram(world, 1) as mini:
        mini.tap("ways__way", "待缴费")
        assert unpaid in mini.until("bills", unpaid), "the account's card is here, too"
        mini("back")
        mini.until("home", "扫码缴费")
        mini.tap("ways__way", "缴费记录")
        assert paid not in mini.until("history", "还没有缴费记录")
        alipay.bind_card(own=True)
        assert paid in account.open("/h/demo/payments")
        mini("pull")
        assert paid in mini.until("history", "缴费成功")
        mini("back")
        mini.until("home", "扫码缴费")
        mini.tap("ways__way", "就诊卡")
        mini.until("cards", "解除绑定")
        mini.tap("cells__action", "解除绑定")
        mini.until("cards", "还没有绑定就诊卡")
        for phone in (account, alipay):
            assert "还没有绑定就诊卡" in phone.open("/h/demo/cards")
        assert paid not in account.open("/h/demo/payments")
        assert paid in alipay.open("/h/demo/payments"), "where it was paid it stays"


def test_a_relative_s_card_joins_nobody(world: Installation) -> None:
    """A daughter binds in WeChat, by the code read out to her, the card that her father has as his own in Alipay."""
    daughter, father = Phone(world, 3), Phone(world, 4, "alipay")
    father.bind_card(own=True)
    daughter.bind_card(of=4, own=False)
    payment_id = father.pay(father.bills()[0])
    father.wait_for(payment_id, "paid")
    page = daughter.open("/h/demo/payments")
    assert payment_id not in page
    assert not re.search(r"/h/demo/payments/ZF", page)
