"""A payment that somebody changed in the database: nothing more is done with it, everybody hears of it, and it can still be looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.app.doctor import _payments
from server.core.errors import Tampered
from server.effects.engine import ASIDE_FOR
from server.effects.model import Effect, EffectKind
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.replay import contradictions
from server.payments.sms_choice import sms_to
from server.staff.model import RefundLimits, Role
from tests.support.builders import HOSPITAL, PHONE, a_scan, a_session
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid, waiting

pytestmark = pytest.mark.asyncio
TAMPERED = "payment_tampered"


async def tamper(memory_app: InMemoryApp, payment_id: str, **fields: Any) -> Payment:
    stored = memory_app.stores.payments.documents  # type: ignore[attr-defined]
    stored[payment_id] = replace(stored[payment_id], **fields)
    return await memory_app.payment(payment_id)


def forged_refund(memory_app: InMemoryApp, payment: Payment) -> dict[str, Any]:
    """As if somebody had asked for it and a second person had agreed."""
    now = memory_app.clock.now()
    refund = Refund(
        id=f"{payment.id}R01", amount_fen=payment.paid_fen, origin=RefundOrigin.STAFF, reason="other",
        state=RefundState.RELEASED, at=now, asked_by="staff:1001", decided_by="staff:2001", request_id="x",
    )  # fmt: skip
    return {"refunds": (refund,), "effects": (Effect(kind=EffectKind.REFUND, subject=refund.id, due_at=now),)}


async def booked(memory_app: InMemoryApp) -> Payment:
    payment = await paid(memory_app)
    await memory_app.work()
    return await memory_app.payment(payment.id)


async def test_nothing_forged_is_sent_and_a_person_is_alerted_once() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    forged = await tamper(memory_app, payment.id, **forged_refund(memory_app, payment))
    calls = len(memory_app.channel.calls)
    await memory_app.live_on(3 * ASIDE_FOR.total_seconds(), step=300)
    assert memory_app.channel.named("refund") == []
    assert len(memory_app.channel.calls) == calls
    assert [alert.kind for alert in await memory_app.alerts()] == [TAMPERED]
    assert await memory_app.payment(payment.id) == forged, "what was found stays for whoever looks into it"


async def test_it_is_looked_at_again_later_and_goes_on_when_it_is_restored() -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    stored = memory_app.stores.payments.documents  # type: ignore[attr-defined]
    genuine = stored[payment.id]
    await tamper(memory_app, payment.id, return_reason="other")
    await memory_app.work()
    assert memory_app.his.booked == {}
    stored[payment.id] = genuine
    assert await memory_app.stores.payments.due(memory_app.clock.now(), 10) == []
    memory_app.clock.forward(seconds=ASIDE_FOR.total_seconds())
    await memory_app.work()
    assert (await memory_app.payment(payment.id)).state is PaymentState.BOOKED


async def test_no_door_acts_on_it() -> None:
    memory_app = InMemoryApp()
    payment = await waiting(memory_app)
    session = a_session("openid-zhang-ceshi", a_scan("B1"))
    await tamper(memory_app, payment.id, owner=payment.owner, version=payment.version + 1)
    news = memory_app.channel.pay(payment.id, None)
    for act in (
        memory_app.payments.resume(session, payment.id),
        memory_app.payments.view(session, payment.id, just_paid=True),
        memory_app.payments.start("bills", session, ["B1"], sms_to(PHONE)),
        memory_app.payments.state_for_his(HOSPITAL, payment.id, None, None),
        memory_app.notifications.apply(HOSPITAL, news),
    ):
        with pytest.raises(Tampered):
            await act
    assert [alert.id for alert in await memory_app.alerts()] == [f"{payment.id}:{TAMPERED}"]


async def test_staff_see_it_and_refund_nothing_of_it() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    cashier = await an_employee(memory_app)
    preview = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 500, "other")
    approver = await an_employee(memory_app, "2001", Role.APPROVER, name="王审批")
    await tamper(memory_app, payment.id, paid_at=memory_app.clock.now())
    assert (await memory_app.console.payments.look(await approver.now(), payment.id)).tampered
    with pytest.raises(Tampered):
        await memory_app.refund_desk.confirm(await cashier.now(), preview.draft.ticket, cashier.proof(), "chat")


async def test_the_audit_check_and_the_doctor_say_so() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    check = memory_app.services.shared.audit_check
    assert (await check.verify(HOSPITAL)).problems == []
    await tamper(memory_app, payment.id, **forged_refund(memory_app, payment))
    problems = (await check.verify(HOSPITAL)).problems
    assert problems[0] == f"{payment.id} was changed in the database by somebody without the key"
    assert f"{payment.id}: nobody asked for {payment.id}R01" in problems

    found = [str(finding) async for finding in _payments(memory_app)]  # type: ignore[arg-type]
    assert [sentence for sentence in found if f"{payment.id} was changed in the database" in sentence] != []


FORGED: dict[str, dict[str, Any]] = {
    "it is closed, and its history leads to booked": {"state": PaymentState.CLOSED},
    "its transaction is 4200, and its history says": {"transaction_id": "4200"},
    "R01 is rejected, and its history leads to refund_succeeded": {"refund": {"state": RefundState.REJECTED}},
    "R01 is of 400 fen, and 500 were asked for": {"refund": {"amount_fen": 400}},
    "500 fen went back, and its history says": {"lines": lambda line: line.what != "refund_succeeded"},
    "R01 was asked for by staff:1001, not by staff:1009": {"refund": {"asked_by": "staff:1009"}},
    "and it says staff:2009": {"refund": {"decided_by": "staff:2009"}},
    "nobody agreed to": {"lines": lambda line: line.what != "refund_approved"},
    "nobody asked for": {"lines": lambda line: line.what != "refund_requested"},
    "why ZF": {"refund": {"approval_reasons": ()}},
    "and no line says that they came": {"lines": lambda line: line.what != "paid"},
}


@pytest.mark.parametrize("sentence", FORGED)
async def test_a_state_that_the_history_does_not_lead_to_is_found(sentence: str) -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    cashier = await an_employee(memory_app, limits=RefundLimits(per_refund_fen=100, per_day_fen=100))
    approver = await an_employee(memory_app, "2001", Role.APPROVER, name="王审批")
    preview = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 500, "other")
    await memory_app.refund_desk.confirm(await cashier.now(), preview.draft.ticket, cashier.proof(), "chat")
    refund_id = (await memory_app.payment(payment.id)).refunds[0].id
    decision = await memory_app.refund_desk.draft_decision(await approver.now(), refund_id, agree=True)
    await memory_app.refund_desk.confirm(await approver.now(), decision.draft.ticket, approver.proof(), "chat")
    await memory_app.work()
    memory_app.channel.settle_refund(refund_id)
    await memory_app.live_on(timedelta(minutes=10).total_seconds())
    done = await memory_app.payment(payment.id)
    assert done.refunds[0].state is RefundState.SUCCEEDED
    assert contradictions(done) == ()
    change = dict(FORGED[sentence])
    if "refund" in change:
        change = {"refunds": (replace(done.refunds[0], **change["refund"]),)}
    elif "transaction_id" in change:
        change = {"parts": (replace(done.parts[0], **change),)}
    elif "lines" in change:
        change = {"history": tuple(line for line in done.history if change["lines"](line))}
    assert [said for said in contradictions(replace(done, **change)) if sentence in said] != []
