"""A number once given is never given again, the last one is given, and each final no of the channel makes the next try wait longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import NotAllowed
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundState
from server.payments.rules.refund_numbers import next_refund_id, pause_before_next
from tests.unit.payments.states import in_state


def numbered(*numbers: str, state: RefundState = RefundState.CLOSED) -> Payment:
    payment = in_state(PaymentState.RETURNING)
    refunds = tuple(replace(payment.refunds[0], id=f"{payment.id}{number}", state=state) for number in numbers)
    return replace(payment, refunds=refunds)


@pytest.mark.parametrize(
    ("taken", "following"),
    [
        ((), "R01"),
        (("R01",), "R02"),
        (("R07", "R02"), "R08"),
        (("R99",), "R100"),
        (("R998",), "R999"),
        (("X01",), "R01"),
    ],
)
def test_the_next_number_follows_the_highest_of_ours(taken: tuple[str, ...], following: str) -> None:
    payment = numbered(*taken)
    assert next_refund_id(payment) == payment.id + following


def test_beyond_the_last_number_finance_is_named() -> None:
    with pytest.raises(NotAllowed) as raised:
        next_refund_id(numbered("R999"))
    assert raised.value.user_message == "这笔支付的退费次数已达上限，请联系财务处理。"


@pytest.mark.parametrize(
    ("refused", "seconds"),
    [(0, 600), (1, 600), (2, 600), (3, 1800), (4, 7200), (5, 21_600), (6, 86_400), (7, 86_400), (8, 259_200), (9, 604_800), (50, 604_800)],
)  # fmt: skip
def test_each_final_no_makes_the_next_try_wait_longer(refused: int, seconds: int) -> None:
    payment = numbered(*[f"R{number:02d}" for number in range(1, refused + 1)])
    assert pause_before_next(payment) == timedelta(seconds=seconds)


def test_only_final_noes_count() -> None:
    assert pause_before_next(numbered("R01", "R02", "R03", state=RefundState.ABNORMAL)) == timedelta(seconds=600)
