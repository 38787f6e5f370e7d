"""What of a stay's deposits can go back, and by which way: the smaller of what the HIS and our own books say is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.inpatient.discharge import is_deposit
from server.payments.model import Payment
from server.payments.rules.refund_window import RefundWindow
from server.refunds.lots import LotReader
from server.refunds.model import Deposit
from server.refunds.rules.allocation import Lot
from tests.support.builders import HOSPITAL, a_payment
from tests.support.clock_and_ids import MORNING
from tests.support.inpatients import a_deposit
from tests.support.wards import Ward

pytestmark = pytest.mark.asyncio


def reader(ward: Ward) -> LotReader:
    app = ward.memory_app
    return LotReader({HOSPITAL: app.hospital}, app.stores.payments, app.clock)


async def lots(ward: Ward, *deposits: Deposit) -> tuple[Lot, ...]:
    return await reader(ward).lots(HOSPITAL, deposits, is_deposit)


async def paid_here(ward: Ward, amount_fen: int) -> tuple[Deposit, Payment]:
    number = await ward.pay_in(amount_fen)
    return next(one for one in ward.his.paid_in if one.out_trade_no == number), await ward.memory_app.payment(number)


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("cash", "现金交的"),
        ("card", "银行卡交的"),
        ("insurance", "医保交的"),
        ("wechat", "在窗口或自助机交的"),
        ("other", "在窗口或自助机交的"),
    ],
)
async def test_what_was_not_paid_here_is_for_the_window_with_the_reason(ward: Ward, way: str, words: str) -> None:
    deposit = a_deposit(way=way, amount_fen=900, returned_fen=200, out_trade_no="T1" if way == "wechat" else "")
    assert await lots(ward, deposit) == (
        Lot(number=deposit.his_trade_no, way=way, left_fen=700, paid_at=deposit.paid_at, stuck=words),
    )


async def test_a_deposit_of_which_nothing_is_left_is_no_lot(ward: Ward) -> None:
    assert await lots(ward, a_deposit(amount_fen=900, returned_fen=900)) == ()


async def test_ours_goes_back_by_the_channel_by_which_it_came(ward: Ward) -> None:
    """As of the moment when our payment says that it was paid, not that of the order or of the HIS."""
    ward.memory_app.clock.forward(seconds=60)
    deposit, payment = await paid_here(ward, 900)
    assert payment.created_at == MORNING + timedelta(seconds=60)
    assert await lots(ward, replace(deposit, way="other", paid_at=MORNING - timedelta(days=1))) == (
        Lot(number=payment.id, way="wechat", left_fen=900, paid_at=MORNING, stuck=""),
    )


@pytest.mark.parametrize(("his_returned_fen", "left_fen"), [(0, 900), (1, 899), (899, 1)])
async def test_what_the_his_has_given_back_is_not_given_again(ward: Ward, his_returned_fen: int, left_fen: int) -> None:
    deposit, _ = await paid_here(ward, 900)
    [lot] = await lots(ward, replace(deposit, returned_fen=his_returned_fen))
    assert lot.left_fen == left_fen


async def test_what_our_books_no_longer_have_is_not_given_again(ward: Ward) -> None:
    """The HIS may say more than was ever paid here."""
    deposit, _ = await paid_here(ward, 900)
    [lot] = await lots(ward, replace(deposit, amount_fen=5000))
    assert lot.left_fen == 900


async def test_a_payment_for_something_else_is_no_deposit_of_ours(ward: Ward) -> None:
    _, payment = await paid_here(ward, 900)
    other = a_payment()
    await ward.memory_app.stores.payments.insert(other)
    assert await reader(ward).payments(HOSPITAL, [payment.id, other.id, "unknown"], is_deposit) == {payment.id: payment}


@pytest.mark.parametrize(
    ("reach", "words"),
    [
        (RefundWindow(within=timedelta(days=1)), "已过能原路退回的期限"),
        (RefundWindow(times=0), "退费次数已用完，不能再原路退回"),
    ],
)
async def test_what_its_channel_will_not_send_back_is_for_the_window_with_the_true_reason(
    ward: Ward, reach: RefundWindow, words: str
) -> None:
    deposit, _ = await paid_here(ward, 900)
    channel = ward.memory_app.channel
    channel.capabilities = replace(channel.capabilities, reach=reach)
    ward.memory_app.clock.forward(seconds=3 * 24 * 3600)
    [lot] = await lots(ward, deposit)
    assert lot.stuck == f"{channel.capabilities.title}交的，{words}"
