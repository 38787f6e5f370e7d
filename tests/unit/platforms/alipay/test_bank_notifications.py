"""Alipay's word of a refund that has arrived at the bank."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from server.core.errors import BadInput, Forged, MeantForPayments
from server.payments.rules.trades import BankArrival
from tests.support.builders import PAYMENT_ID
from tests.unit.platforms.alipay.life_account_pushes import a_chat
from tests.unit.platforms.alipay.pen import APP_ID, form, notifications


def bank_message(content: dict[str, str] | str | None = None, **fields: str) -> dict[str, str]:
    told = {"trade_no": "2026", "out_trade_no": PAYMENT_ID, "out_request_no": f"{PAYMENT_ID}R01", "dback_status": "S",
            "dback_amount": "5.00", "bank_ack_time": "2026-11-23 09:50:00"}  # fmt: skip
    text = content if isinstance(content, str) else json.dumps(told | (content or {}))
    facts = {"notify_id": "N-7", "msg_method": "alipay.trade.refund.depositback.completed", "app_id": APP_ID, "version": "1.1",
             "utc_timestamp": "1795397400000", "charset": "utf-8", "sign_type": "RSA2", "biz_content": text}  # fmt: skip
    return {**facts, **fields}


@pytest.mark.parametrize("left_out", [("sign", "sign_type"), ("sign",)], ids=["V1", "V2"])
def test_a_refund_at_the_bank_is_read_under_either_rule(left_out: tuple[str, ...]) -> None:
    verified = notifications().verify(form(bank_message(), left_out=left_out))
    expected = BankArrival(out_trade_no=PAYMENT_ID, out_refund_no=f"{PAYMENT_ID}R01", arrived=True, amount_fen=500)
    assert verified.content == expected
    failed = {"dback_status": "F", "dback_amount": ""}
    named_otherwise = {"msg_method": "", "notify_type": "alipay.trade.refund.depositback.completed"}
    content = notifications().verify(form(bank_message(failed, **named_otherwise), left_out=left_out)).content
    assert content == replace(expected, arrived=False, amount_fen=0)


@pytest.mark.parametrize(
    "fields",
    [
        bank_message({"dback_status": ""}),
        bank_message({"dback_status": "P"}),
        bank_message({"out_request_no": ""}),
        bank_message({"dback_amount": "much"}),
        bank_message("no JSON"),
        bank_message(app_id="2021999999999999"),
    ],
)
def test_word_of_a_bank_that_can_t_be_read_or_is_not_for_us(fields: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        notifications().verify(form(fields))


def test_a_word_of_a_bank_that_comes_to_the_life_account_is_left_to_the_payments() -> None:
    """Genuine, and about money: nothing of it is believed there."""
    chat, _ = a_chat()
    with pytest.raises(MeantForPayments):
        chat.receive(form(bank_message(), left_out=("sign",)))


def test_a_forged_word_of_a_bank() -> None:
    with pytest.raises(Forged):
        notifications().verify(form(bank_message(), key="somebody else"))
