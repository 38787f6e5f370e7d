"""A write-off that the HIS never answers ends by the word of two people, and the payment is at rest afterwards."""

from __future__ import annotations

import pytest

from server.core.errors import NotAllowed, OutcomeUnknown
from server.payments.ending_model import EndingAct
from server.payments.model import Payment
from server.payments.refund_model import RefundState
from tests.support.builders import HOSPITAL
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid
from tests.unit.console.test_endings import finance

pytestmark = pytest.mark.asyncio


async def never_answered(memory_app: InMemoryApp, asker: Employee | None = None) -> tuple[Payment, Employee]:
    """A cashier, or ``asker``, has refunded 400 fen of a booked payment, and the HIS is silent for an hour and a half."""
    payment = await paid(memory_app)
    await memory_app.work()
    cashier = asker or await an_employee(memory_app)
    memory_app.his.will("refund_release", *[OutcomeUnknown("his")] * 100)
    drafted = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 400, "not_done")
    await memory_app.refund_desk.confirm(await cashier.now(), drafted.draft.ticket, cashier.proof(), "chat")
    await memory_app.live_on(5400, step=20)
    for _ in range(400):  # until the last call can't be running any more
        payment = await memory_app.payment(payment.id)
        if (memory_app.clock.now() - (payment.effects[0].unknown_at or memory_app.clock.now())).total_seconds() > 90:
            break
        await memory_app.live_on(10, step=10)
    return payment, cashier


async def alerts(memory_app: InMemoryApp) -> set[str]:
    memory_app.clock.forward(300)
    await memory_app.alert_rounds.once()
    return {alert.kind for alert in await memory_app.alerts() if alert.live}


async def test_written_off_by_proof_the_money_goes_under_the_refund_s_number() -> None:
    memory_app = InMemoryApp()
    pair = await finance(memory_app)
    payment, _ = await never_answered(memory_app)
    assert "effect_stuck" in await alerts(memory_app)
    waiting = await pair.propose(await memory_app.payment(payment.id), EndingAct.WRITTEN_OFF)
    assert memory_app.channel.named("refund") == [], "one person alone sends nothing"
    await pair.agree(waiting)
    assert (await pair.other.now()).spent_fen == 400, "it counts to the limit of whoever agrees"
    await memory_app.live_on(60, step=10)
    number = payment.refunds[0].id
    assert memory_app.channel.named("refund") == [(number, 400)]
    memory_app.channel.settle_refund(number)
    await memory_app.live_on(600, step=20)
    after = await memory_app.payment(payment.id)
    assert (after.refunds[0].state, after.at_rest(), number in memory_app.his.notified) == (
        RefundState.SUCCEEDED,
        True,
        True,
    )
    assert await alerts(memory_app) == set()


async def test_given_up_nothing_goes_and_it_can_be_asked_for_again() -> None:
    memory_app = InMemoryApp()
    pair = await finance(memory_app)
    payment, _ = await never_answered(memory_app)
    await pair.agree(await pair.propose(await memory_app.payment(payment.id), EndingAct.GIVEN_UP))
    await memory_app.live_on(600, step=20)
    after = await memory_app.payment(payment.id)
    assert (after.refunds[0].state, after.refunding_fen, after.at_rest()) == (RefundState.WITHDRAWN, 0, True)
    assert memory_app.channel.named("refund") == []
    assert await alerts(memory_app) == set()


async def test_whoever_asked_for_it_does_not_agree_to_its_end() -> None:
    memory_app = InMemoryApp()
    pair = await finance(memory_app)
    payment, _ = await never_answered(memory_app, pair.other)
    waiting = await pair.propose(await memory_app.payment(payment.id), EndingAct.GIVEN_UP)
    with pytest.raises(NotAllowed, match="own request"):
        await pair.agree(waiting)


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        ("self:a", "这笔退费是您用另一个工号发起的，不能由您审批。"),
        ("phone:a", "您与发起人姓名或手机号相同，请管理员先确认不是同一人。"),
    ],
)
async def test_nor_does_whoever_asked_for_it_under_another_number(fact: str, words: str) -> None:
    memory_app = InMemoryApp()
    pair = await finance(memory_app)
    payment, cashier = await never_answered(memory_app)
    waiting = await pair.propose(await memory_app.payment(payment.id), EndingAct.GIVEN_UP)
    for one in (cashier, pair.other):
        await memory_app.stores.staff_facts.add(HOSPITAL, one.number, {fact}, memory_app.clock.now())
    with pytest.raises(NotAllowed) as refused:
        await pair.agree(waiting)
    assert refused.value.user_message == words
    assert (await memory_app.payment(payment.id)).refunds[0].state is RefundState.APPROVED
