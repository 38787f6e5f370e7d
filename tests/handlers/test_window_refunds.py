"""`refund.make`: the HIS has written off at a window and asks for the money (docs/his-interface.md section 4)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from handlers.console.views.audit import audit_page
from server.audit.rules import AuditSearch
from server.console.rules import Room
from server.payments.refund_model import RefundOrigin, RefundState
from server.staff.model import Role
from tests.handlers.doors import a_paid_order
from tests.support.builders import APP, HOSPITAL
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.gen_test
SIGNED = {"Zhenfu_Key_Id": "his-key-1", "Signature": "genuine"}


async def make(post: Any, payment_id: str, number: str = "HR-1", amount_fen: int = 1000, **more: Any) -> dict[str, Any]:
    asked = {"out_trade_no": payment_id, "his_refund_no": number, "amount_fen": amount_fen, "operator": "w7", **more}
    answer = await post("/his/v1/refund.make", json.dumps(asked), **SIGNED)
    told: dict[str, Any] = json.loads(answer.body)
    return told


async def booked(memory_app: InMemoryApp) -> str:
    payment_id = await a_paid_order(memory_app)
    await memory_app.live_on(60)
    assert (await memory_app.payment(payment_id)).state == "booked"
    return payment_id


async def booked_too(memory_app: InMemoryApp) -> str:
    """A second payment, of another bill; the first one holds its own."""
    first = (await memory_app.stores.payments.by_owner(HOSPITAL, "wechat:" + APP + ":openid-zhang-ceshi", 1))[0]
    second = replace(
        first,
        id=f"{first.id[:-4]}9999",
        version=1,
        claims=(),
        refunds=(),
        effects=(),
        created_at=memory_app.clock.now(),
        audited_lines=0,
    )
    await memory_app.stores.payments.insert(second)
    return second.id


async def test_the_money_goes_without_a_second_write_off_and_the_his_is_told_under_our_number(
    memory_app: InMemoryApp, post: Any
) -> None:
    payment_id = await booked(memory_app)
    told = await make(post, payment_id, reason="out_of_stock")
    assert told == {"code": "OK", "message": "", "data": {"out_refund_no": f"{payment_id}R01"}}
    await memory_app.work()
    assert memory_app.channel.named("refund") == [(f"{payment_id}R01", 1000)]
    memory_app.channel.settle_refund(f"{payment_id}R01")
    await memory_app.live_on(120)
    assert (memory_app.his.released, list(memory_app.his.notified)) == ({}, [f"{payment_id}R01"])
    payment = await memory_app.payment(payment_id)
    (refund,) = payment.refunds
    assert (refund.state, refund.origin, refund.reason) == (RefundState.SUCCEEDED, RefundOrigin.HIS, "out_of_stock")
    assert payment.at_rest()
    assert payment.audited_lines == len(payment.history)


async def test_a_repeat_is_the_same_refund_and_other_content_a_conflict(memory_app: InMemoryApp, post: Any) -> None:
    payment_id = await booked(memory_app)
    answers = await asyncio.gather(*(make(post, payment_id) for _ in range(5)))
    assert {answer["data"]["out_refund_no"] for answer in answers} == {f"{payment_id}R01"}
    assert (await make(post, payment_id, amount_fen=999))["code"] == "CONFLICT"
    line = {"bill_no": "B1", "item_no": "1", "amount_fen": 1000}
    assert (await make(post, payment_id, lines=[line]))["code"] == "CONFLICT"
    assert len((await memory_app.payment(payment_id)).refunds) == 1


async def test_what_can_t_be_is_refused_in_words_or_to_be_asked_again(memory_app: InMemoryApp, post: Any) -> None:
    assert (await make(post, "ZF0"))["code"] == "NO_DATA"
    waiting = await a_paid_order(memory_app)
    assert (await make(post, waiting))["code"] == "REFUSED"
    await memory_app.live_on(60)
    beyond = await make(post, waiting, amount_fen=3721)
    assert (beyond["code"], beyond["message"]) == ("REFUSED", "退费金额超过可退金额，最多可退 37.20元。")
    line = {"bill_no": "B1", "item_no": "1", "amount_fen": 999}
    assert (await make(post, waiting, lines=[line]))["code"] == "REFUSED"
    for wrong in ({"amount_fen": 0}, {"operator": "张三"}, {"his_refund_no": ""}, {"amount_fen": "1"}):
        asked = {"out_trade_no": waiting, "his_refund_no": "HR-1", "amount_fen": 1, **wrong}
        answer = await post("/his/v1/refund.make", json.dumps(asked), **SIGNED)
        assert (answer.code, json.loads(answer.body)["code"]) == (400, "BAD_REQUEST")
    assert (await memory_app.payment(waiting)).refunds == ()


async def test_what_the_channel_would_not_take_any_more_is_refused_so_that_the_his_undoes_its_write_off(
    memory_app: InMemoryApp, post: Any
) -> None:
    payment_id = await booked(memory_app)
    made = await make(post, payment_id)
    memory_app.clock.forward(hours=24 * 365)
    refused = await make(post, payment_id, "HR-2")
    assert (refused["code"], "不能原路退回" in refused["message"]) == ("REFUSED", True)
    assert await make(post, payment_id) == made, "what was taken is answered as before"
    assert len((await memory_app.payment(payment_id)).refunds) == 1


async def test_while_our_booking_is_under_way_the_his_asks_again(memory_app: InMemoryApp, post: Any) -> None:
    payment_id = (await paid(memory_app)).id
    assert (await memory_app.payment(payment_id)).state == "paid"
    assert (await make(post, payment_id))["code"] == "BUSY"
    await memory_app.work()
    assert (await make(post, payment_id))["code"] == "OK"


async def test_window_chat_and_his_again_at_once_never_give_back_more_than_was_paid(
    memory_app: InMemoryApp, post: Any
) -> None:
    payment_id = await booked(memory_app)
    cashier = await an_employee(memory_app)
    other = await an_employee(memory_app, "1002", Role.FINANCE, name="钱财务")
    drafts = [
        await memory_app.refund_desk.draft(await one.now(), payment_id, 2000, "other") for one in (cashier, other)
    ]
    memory_app.clock.forward(30)
    chat = [
        memory_app.refund_desk.confirm(await one.now(), draft.draft.ticket, one.proof(), "chat")
        for one, draft in zip((cashier, other), drafts, strict=True)
    ]
    windows = [make(post, payment_id, number, 2000) for number in ("HR-1", "HR-2", "HR-1")]
    outcomes = await asyncio.gather(*chat, *windows, return_exceptions=True)
    await memory_app.live_on(300)
    payment = await memory_app.payment(payment_id)
    assert len(outcomes) == 5
    assert payment.refunding_fen <= payment.paid_fen == 3720
    assert len({refund.request_id for refund in payment.refunds}) == len(payment.refunds) == 1
    assert len(memory_app.channel.named("refund")) == 1


async def test_the_his_s_operator_never_passes_for_one_of_our_staff(memory_app: InMemoryApp, post: Any) -> None:
    """Their 1001 is not our 1001: not in the payment, not in the chain, not in what staff read, not in what they may do."""
    payment_id = await booked(memory_app)
    ours = await an_employee(memory_app)
    assert (await make(post, payment_id, "HR-1", 100, operator=ours.number))["code"] == "OK"
    await make(post, payment_id, "HR-2", 100, operator="operator")
    await make(post, payment_id, "HR-3", 100, operator="")
    await memory_app.work()
    payment = await memory_app.payment(payment_id)
    assert [refund.asked_by for refund in payment.refunds] == ["his:1001", "his:operator", "his"]
    sealed = await memory_app.stores.audit.latest(HOSPITAL, 50)
    assert [e.by for e in reversed(sealed) if e.what == "refund_requested"] == ["his:1001", "his:operator", "his"]
    assert await memory_app.refund_search.today(await ours.now()) == ()
    assert memory_app.chat_told("openid-1001") == [], "their result is not ours to hear"
    console = await memory_app.console.audit.found(
        await (await an_employee(memory_app, "9001", Role.FINANCE, name="郑财务")).now(), AuditSearch()
    )
    shown = [line["who"] for line in audit_page(console, AuditSearch(), Room)["lines"] if line["what"] == "发起退费"]  # type: ignore[attr-defined]
    assert sorted(shown) == ["医院系统", "医院系统（1001）", "医院系统（operator）"]


@pytest.mark.parametrize(
    "operator", ["staff:1001", "cli:root", "a b", "1001\n", "1001\x00", "1001\u202e", "工1001", "1" * 33]
)
async def test_an_operator_that_is_no_plain_number_is_refused(
    memory_app: InMemoryApp, post: Any, operator: str
) -> None:
    payment_id = await booked(memory_app)
    assert (await make(post, payment_id, operator=operator))["code"] == "BAD_REQUEST"
    assert (await memory_app.payment(payment_id)).refunds == ()


async def test_one_number_of_the_his_is_one_refund_of_the_whole_hospital(memory_app: InMemoryApp, post: Any) -> None:
    first = await booked(memory_app)
    await make(post, first)
    second = await booked_too(memory_app)
    for _ in range(2):
        assert (await make(post, second))["code"] == "CONFLICT"
        memory_app.clock.forward(minutes=5)
    assert (await memory_app.payment(second)).refunds == ()
    assert (await make(post, second, "HR-2"))["code"] == "OK"


async def test_one_number_for_two_payments_at_once_pays_once(memory_app: InMemoryApp, post: Any) -> None:
    numbers = [await booked(memory_app), await booked_too(memory_app)]
    answers = await asyncio.gather(*(make(post, number) for number in numbers * 3))
    assert {answer["code"] for answer in answers} <= {"OK", "BUSY", "CONFLICT"}
    refunds = [refund for number in numbers for refund in (await memory_app.payment(number)).refunds]
    assert len(refunds) == 1


async def test_a_number_that_was_refused_for_one_payment_is_free_for_the_right_one(
    memory_app: InMemoryApp, post: Any
) -> None:
    right = await booked(memory_app)
    assert (await make(post, "ZF20261123NOBODY000000"))["code"] == "NO_DATA"
    assert (await make(post, right))["code"] == "OK"
