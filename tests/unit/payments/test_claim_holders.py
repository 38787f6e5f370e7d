"""What a person sees of the payment that holds their bill: of their own all, of another's only how, when, how much, and a masked phone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.payments.model import Payment
from server.payments.rules.claim_holders import claim_holder, claim_holders, who_paid
from server.payments.rules.progress import Progress
from tests.support.builders import PHONE, a_paid, a_pending
from tests.support.clock_and_ids import MORNING

PAID_AT = MORNING + timedelta(minutes=5)


def paid(phone: str | None = PHONE) -> Payment:
    payment = a_paid()
    return replace(payment, paid_at=PAID_AT, personal=replace(payment.personal, phone=phone))


def test_one_s_own_payment_is_named_and_says_no_phone() -> None:
    payment = paid()
    holder = claim_holder(payment, [payment.owner])
    assert (holder.payment_id, holder.is_mine, holder.phone_masked) == (payment.id, True, "")
    assert (holder.progress, holder.has_money, holder.amount_fen, holder.at) == (
        Progress.CONFIRMING,
        True,
        1234,
        PAID_AT,
    )


@pytest.mark.parametrize(("phone", "masked"), [(PHONE, f"{PHONE[:3]}****{PHONE[-4:]}"), ("", ""), (None, "")])
def test_another_s_payment_has_no_number_and_a_masked_phone(phone: str | None, masked: str) -> None:
    holder = claim_holder(paid(phone), ["wechat:somebody-else"])
    assert (holder.payment_id, holder.is_mine, holder.phone_masked) == ("", False, masked)


def test_what_is_not_paid_yet_says_what_was_asked_and_when_it_began() -> None:
    payment = a_pending()
    holder = claim_holder(payment, [payment.owner])
    assert (holder.amount_fen, holder.at, holder.has_money) == (payment.amount_fen, payment.created_at, False)


def test_a_coupon_or_another_sum_that_came_is_said_as_it_came() -> None:
    payment = paid()
    payment = replace(payment, parts=(replace(payment.parts[0], paid_fen=1000),))
    assert (claim_holder(payment, []).amount_fen, payment.amount_fen) == (1000, 1234)


def test_each_number_that_is_paid_for_has_its_holder() -> None:
    payment = paid()
    assert set(claim_holders([payment], [])) == set(payment.personal.subject.numbers)


@pytest.mark.parametrize(
    ("phone", "channel", "said"),
    [
        (PHONE, "微信支付", f"手机号 {PHONE[:3]}****{PHONE[-4:]} 的人用微信支付付款，11月23日 09:35，12.34 元"),
        ("", "支付宝", "他人用支付宝付款，11月23日 09:35，12.34 元"),
        ("", "", "他人付款，11月23日 09:35，12.34 元"),
    ],
)
def test_who_paid_how_when_and_how_much_is_one_sentence(phone: str, channel: str, said: str) -> None:
    assert who_paid(claim_holder(paid(phone), []), channel) == said
