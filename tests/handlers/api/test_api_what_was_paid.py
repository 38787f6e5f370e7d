"""One payment tells what was paid, and whether the same bills may be paid anew; a list of payments does not carry it all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.api.payments import payment_told
from server.payments.answers import PaymentView
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.progress import standing
from tests.handlers.api.conftest import Client, scanned, started, told
from tests.support.builders import a_paid
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital


@pytest.mark.gen_test
async def test_a_payment_lists_its_items_and_a_list_does_not(memory_app: InMemoryApp, client: Client) -> None:
    await client.log_in()
    await scanned(memory_app, client, "B1")
    number = told(await started(client))["payment"]["out_trade_no"]
    payment = told(await client.call("GET", f"/payments/{number}"))
    [charge] = payment["charges"]
    assert (charge["own_name"], charge["own_fen"], charge["number_name"], charge["number"]) == (
        "自付", 3720, "缴费单号", "B1",
    )  # fmt: skip
    assert [item["name"] for item in charge["items"]] == ["血常规"]
    assert (payment["what_for"], payment["can_begin_again"]) == ("", False)
    [line] = told(await client.call("GET", "/payments"))["items"]
    assert line["charges"] is None


@pytest.mark.gen_test
async def test_a_payment_that_ended_without_money_may_begin_again(memory_app: InMemoryApp, client: Client) -> None:
    await client.log_in()
    await scanned(memory_app, client, "B1")
    number = told(await started(client))["payment"]["out_trade_no"]
    for _ in range(4):
        memory_app.clock.forward(minutes=10)
        await memory_app.work()
    await client.log_in()
    payment = told(await client.call("GET", f"/payments/{number}"))
    assert (payment["state"], payment["can_begin_again"], payment["bill_nos"]) == ("closed", True, ["B1"])


@pytest.mark.parametrize(
    ("state", "origin", "words"),
    [
        (RefundState.RELEASED, RefundOrigin.STAFF, ("退费已受理", "零钱几分钟内到账，银行卡1至3个工作日", "waiting")),
        (RefundState.SUCCEEDED, RefundOrigin.STAFF, ("退费已到账", "11月23日 09:30 已原路退回", "success")),
        (RefundState.SUCCEEDED, RefundOrigin.ELSEWHERE, ("退费已到账", "医院已用其他方式退还", "success")),
        (RefundState.ABNORMAL, RefundOrigin.STAFF, ("退费遇到问题", "款项不会丢失，医院财务正在处理。", "warn")),
    ],
)
def test_a_refund_is_told_in_the_words_of_the_pages(
    state: RefundState, origin: RefundOrigin, words: tuple[str, str, str]
) -> None:
    payment = a_paid()
    over = MORNING if state is RefundState.SUCCEEDED else None
    refund = Refund(
        id=f"{payment.id}R01", amount_fen=1, origin=origin, reason="other", state=state, at=MORNING, finished_at=over
    )
    payment = replace(payment, refunds=(refund,))
    told = payment_told(a_hospital(), PaymentView(payment, standing(payment), "微信支付"), MORNING)
    [line] = told.refunds
    assert (line.text, line.detail, line.look) == words
