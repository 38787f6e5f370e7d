"""Defects that were once seeded by hand and that nothing noticed: a number at another amount, a refusal believed too early, one's own money.
The other three are held by test_truth_of_messages.py (amounts) and contract/storage/test_migrations.py (an upgrade beside a writer).
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import NotAllowed, OutcomeUnknown, OutsideRefusal
from server.effects.model import EffectKind
from server.payments.model import PaymentState
from server.payments.refund_model import RefundState
from server.payments.rules.booking import SETTLE
from server.staff.model import RefundLimits, Role
from tests.support.builders import a_booking, an_identity
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid
from tests.support.refund_desk import ask, at_the_desk

pytestmark = pytest.mark.asyncio
SMALL = RefundLimits(per_refund_fen=1, per_day_fen=1)


@pytest.mark.parametrize("first", [OutcomeUnknown("his"), OutsideRefusal("his", "ALREADY_PAID")])
@pytest.mark.parametrize("his_fen", [1233, 1235])
async def test_our_number_at_another_amount_in_the_his_is_neither_booked_nor_returned(
    first: Exception, his_fen: int
) -> None:
    memory_app = InMemoryApp()
    memory_app.his.will("confirm", first)
    payment = await paid(memory_app)
    memory_app.his.booked[payment.id] = replace(a_booking(), amount_fen=his_fen)
    await memory_app.live_on(3 * SETTLE.total_seconds(), step=5)
    after = await memory_app.payment(payment.id)
    assert after.state is PaymentState.PAID
    assert [effect.last_error for effect in after.effects if effect.kind is EffectKind.BOOK] == [
        "OutsideRefusal AMOUNT_DIFFERS"
    ]
    assert (after.refunds, memory_app.sms.sent) == ((), [])


async def test_our_number_at_the_right_amount_is_booked() -> None:
    memory_app = InMemoryApp()
    memory_app.his.will("confirm", OutcomeUnknown("his"))
    payment = await paid(memory_app)
    memory_app.his.booked[payment.id] = replace(a_booking(), amount_fen=payment.amount_fen)
    await memory_app.live_on(10, step=1)
    assert (await memory_app.payment(payment.id)).state is PaymentState.BOOKED


async def test_a_write_off_s_refusal_is_not_believed_while_the_first_call_may_still_land() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    memory_app.his.will("refund_release", OutcomeUnknown("his"))
    refund_id = await ask(memory_app, cashier, payment)
    await memory_app.work()
    memory_app.his.forbids = "药品已发出"
    await memory_app.live_on(memory_app.his.capabilities.longest_call.total_seconds() - 2, step=1)
    [refund] = (await memory_app.payment(payment.id)).refunds
    assert refund.state is RefundState.APPROVED
    assert len(memory_app.his.named("refund_release")) > 2, "it was asked again and refused"
    await memory_app.live_on(120, step=1)
    [refund] = (await memory_app.payment(payment.id)).refunds
    assert (refund.id, refund.state) == (refund_id, RefundState.REJECTED)


async def test_a_write_off_s_refusal_of_the_very_first_call_is_believed_at_once() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    memory_app.his.forbids = "药品已发出"
    await ask(memory_app, cashier, payment)
    await memory_app.work()
    [refund] = (await memory_app.payment(payment.id)).refunds
    assert refund.state is RefundState.REJECTED
    assert len(memory_app.his.named("refund_release")) == 1


@pytest.mark.parametrize("own", ["paid from their phone", "paid for somebody of their name"])
async def test_nobody_agrees_to_the_refund_of_their_own_money(own: str) -> None:
    """At the preview already, and again with the proof."""
    memory_app = InMemoryApp()
    payment, _, other = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", name="孙收费", limits=SMALL)
    approver = await an_employee(memory_app, "2009", Role.APPROVER, name="赵审批")
    refund_id = await ask(memory_app, cashier, payment)
    drafted = await memory_app.refund_desk.draft_decision(await approver.now(), refund_id, agree=True)
    before = await approver.now()
    theirs = replace(
        before,
        version=before.version + 1,
        identity=an_identity() if own.startswith("paid from") else before.identity,
        name="张测试" if own.startswith("paid for") else before.name,
    )
    await memory_app.stores.staff.save(before, theirs)
    with pytest.raises(NotAllowed):
        await memory_app.refund_desk.draft_decision(await approver.now(), refund_id, agree=True)
    with pytest.raises(NotAllowed):
        await memory_app.refund_desk.confirm(await approver.now(), drafted.draft.ticket, approver.proof(), "chat")
    [refund] = (await memory_app.payment(payment.id)).refunds
    assert refund.state is RefundState.REQUESTED
    agreed = await memory_app.refund_desk.draft_decision(await other.now(), refund_id, agree=True)
    await memory_app.refund_desk.confirm(await other.now(), agreed.draft.ticket, other.proof(), "chat")
    [refund] = (await memory_app.payment(payment.id)).refunds
    assert refund.state is RefundState.APPROVED
    assert refund.expires_at is None
