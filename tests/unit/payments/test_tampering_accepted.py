"""A payment that somebody changed in the database goes on, on the word of two people who saw what differs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.alerts.model import AlertState
from server.core.errors import BadInput, LostRace, NotAllowed
from server.effects.model import Effect, EffectKind
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundState
from server.payments.rules.replay import contradictions
from server.payments.rules.tampering import TAMPERING_ACCEPTED
from server.staff.model import RefundLimits, Role
from tests.support.builders import HOSPITAL
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid, waiting
from tests.support.unclaimed import WIDE, two_of_finance
from tests.unit.payments.test_tampered import TAMPERED, booked, forged_refund, tamper

pytestmark = pytest.mark.asyncio
WORDS = "restored by hand, ticket 0042"


async def propose(memory_app: InMemoryApp, one: Employee, payment: Payment) -> None:
    desk, actor = memory_app.console.tampered, await one.now()
    review = await desk.look(actor, payment.id)
    await desk.propose(actor, payment.id, review.seen, WORDS, one.proof())


async def agree(memory_app: InMemoryApp, other: Employee, payment: Payment) -> Payment:
    desk, actor = memory_app.console.tampered, await other.now()
    review = await desk.look(actor, payment.id)
    return await desk.agree(actor, payment.id, review.seen, other.proof())


async def test_one_proposes_another_agrees_and_work_goes_on(memory_app: InMemoryApp) -> None:
    payment = await paid(memory_app)
    one, other = await two_of_finance(memory_app)
    await tamper(memory_app, payment.id, return_reason="other")
    await memory_app.work()
    await propose(memory_app, one, payment)
    await memory_app.live_on(7200)
    assert memory_app.his.booked == {}, "one person alone moves nothing"
    after = await agree(memory_app, other, payment)
    assert (after.tampered, after.history[-1].what, after.history[-1].by) == (False, TAMPERING_ACCEPTED, "staff:3002")
    await memory_app.work()
    done = await memory_app.payment(payment.id)
    assert (done.state, done.tampered) == (PaymentState.BOOKED, False)
    memory_app.clock.forward(600)
    await memory_app.alert_rounds.once()
    states = {alert.kind: alert.state for alert in await memory_app.alerts()}
    assert states[TAMPERED] is AlertState.CLOSED
    assert states["tampering_waits"] is AlertState.CLOSED
    report = await memory_app.services.shared.audit_check.verify(HOSPITAL)
    assert report.problems == []
    lines = [entry for entry in await memory_app.stores.audit.latest(HOSPITAL, 50) if entry.what == TAMPERING_ACCEPTED]
    assert [(line.by, line.detail["proposed_by"]) for line in lines] == [("staff:3002", "staff:3001")]


async def test_a_refund_that_nobody_asked_for_is_withdrawn_and_never_sent(memory_app: InMemoryApp) -> None:
    payment = await booked(memory_app)
    one, other = await two_of_finance(memory_app)
    await tamper(memory_app, payment.id, **forged_refund(memory_app, payment))
    review = await memory_app.console.tampered.look(await one.now(), payment.id)
    assert review.withdrawn == (f"{payment.id}R01",)
    assert f"nobody asked for {payment.id}R01" in review.differs
    await propose(memory_app, one, payment)
    after = await agree(memory_app, other, payment)
    assert (after.refunds[0].state, after.refunded_fen) == (RefundState.WITHDRAWN, 0)
    await memory_app.live_on(7200)
    assert memory_app.channel.named("refund") == []
    assert (await memory_app.services.shared.audit_check.verify(HOSPITAL)).problems == []
    assert contradictions(await memory_app.payment(payment.id)) == ()


async def test_what_people_did_is_taken_from_the_audit_chain(memory_app: InMemoryApp) -> None:
    payment = await booked(memory_app)
    one, other = await two_of_finance(memory_app)
    await memory_app.console.payments.look(await one.now(), payment.id)
    await memory_app.work()
    genuine = await memory_app.payment(payment.id)
    assert genuine.audited_lines == len(genuine.history)
    history = (*genuine.history[:-2], replace(genuine.history[-2], by="staff:9999"))
    await tamper(memory_app, payment.id, history=history, audited_lines=0)
    assert (await memory_app.console.tampered.look(await one.now(), payment.id)).lines_changed == 2
    await propose(memory_app, one, payment)
    after = await agree(memory_app, other, payment)
    assert after.history[:-1] == genuine.history
    await memory_app.work()
    assert (await memory_app.services.shared.audit_check.verify(HOSPITAL)).problems == []
    assert [alert.kind for alert in await memory_app.alerts() if alert.kind == "audit_differs"] == []


async def test_a_sum_that_the_history_does_not_know_is_accepted_and_no_other(memory_app: InMemoryApp) -> None:
    payment = await booked(memory_app)
    one, other = await two_of_finance(memory_app)
    stored = await memory_app.payment(payment.id)
    parts = (replace(stored.parts[0], transaction_id="4299"),)
    await tamper(memory_app, payment.id, parts=parts)
    await propose(memory_app, one, payment)
    after = await agree(memory_app, other, payment)
    assert contradictions(after) == ()
    assert contradictions(replace(after, state=PaymentState.CLOSED)) != (), "what was not seen then is found later"


@pytest.mark.parametrize(
    ("begun", "kind"), [(waiting, EffectKind.QUERY), (paid, EffectKind.BOOK)], ids=["not paid yet", "paid"]
)
async def test_what_was_crossed_off_is_owed_again(memory_app: InMemoryApp, begun: object, kind: EffectKind) -> None:
    payment = await begun(memory_app)  # type: ignore[operator]
    one, other = await two_of_finance(memory_app)
    await tamper(memory_app, payment.id, effects=())
    await propose(memory_app, one, payment)
    after = await agree(memory_app, other, payment)
    assert kind in {effect.kind for effect in after.effects}


async def test_changed_again_meanwhile_it_is_not_agreed_to(memory_app: InMemoryApp) -> None:
    payment = await booked(memory_app)
    one, other = await two_of_finance(memory_app)
    await tamper(memory_app, payment.id, return_reason="other")
    await propose(memory_app, one, payment)
    await tamper(memory_app, payment.id, return_reason="another")
    with pytest.raises(NotAllowed, match="changed meanwhile"):
        await agree(memory_app, other, payment)
    await memory_app.console.tampered.drop(await other.now(), payment.id)
    with pytest.raises(NotAllowed, match="no proposal"):
        await agree(memory_app, other, payment)


async def test_changed_between_the_look_and_the_write_it_is_not_written(memory_app: InMemoryApp) -> None:
    payment = await booked(memory_app)
    one, other = await two_of_finance(memory_app)
    found = await tamper(memory_app, payment.id, return_reason="other")
    await propose(memory_app, one, payment)
    after = await agree(memory_app, other, payment)
    await tamper(memory_app, payment.id, return_reason="another")
    with pytest.raises(LostRace):
        await memory_app.stores.payments.accept(found, after)


async def test_not_the_proposer_nor_the_same_human_being(memory_app: InMemoryApp) -> None:
    payment = await booked(memory_app)
    one, _ = await two_of_finance(memory_app)
    twin = await an_employee(memory_app, "3003", Role.FINANCE, WIDE, name="钱财务")
    await tamper(memory_app, payment.id, return_reason="other")
    await propose(memory_app, one, payment)
    with pytest.raises(NotAllowed, match="own proposal"):
        await agree(memory_app, one, payment)
    with pytest.raises(NotAllowed, match="perhaps own"):
        await agree(memory_app, twin, payment)


async def test_a_cashier_does_not_look_and_an_approver_does_not_propose(memory_app: InMemoryApp) -> None:
    payment = await booked(memory_app)
    await tamper(memory_app, payment.id, return_reason="other")
    cashier = await an_employee(memory_app)
    approver = await an_employee(memory_app, "2001", Role.APPROVER, name="王审批")
    with pytest.raises(NotAllowed, match="role"):
        await memory_app.console.tampered.look(await cashier.now(), payment.id)
    with pytest.raises(NotAllowed, match="role"):
        await propose(memory_app, approver, payment)


async def test_without_words_nothing_is_proposed_and_a_genuine_payment_needs_nothing(memory_app: InMemoryApp) -> None:
    payment = await booked(memory_app)
    one, _ = await two_of_finance(memory_app)
    with pytest.raises(NotAllowed, match="not tampered"):
        await propose(memory_app, one, payment)
    await tamper(memory_app, payment.id, return_reason="other")
    review = await memory_app.console.tampered.look(await one.now(), payment.id)
    with pytest.raises(BadInput):
        await memory_app.console.tampered.propose(await one.now(), payment.id, review.seen, " ", one.proof())


async def test_what_goes_out_then_counts_against_the_second_person_s_limit(memory_app: InMemoryApp) -> None:
    payment = await booked(memory_app)
    cashier = await an_employee(memory_app)
    preview = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 500, "other")
    await memory_app.refund_desk.confirm(await cashier.now(), preview.draft.ticket, cashier.proof(), "chat")
    one, _ = await two_of_finance(memory_app)
    small = await an_employee(
        memory_app, "3004", Role.FINANCE, RefundLimits(per_refund_fen=100, per_day_fen=100), "吴财务"
    )
    stored = await memory_app.payment(payment.id)
    assert stored.refunds[0].state in {RefundState.APPROVED, RefundState.RELEASED}
    await tamper(memory_app, payment.id, return_reason="other")
    await propose(memory_app, one, payment)
    with pytest.raises(NotAllowed, match="limit"):
        await agree(memory_app, small, payment)


async def test_a_proposal_ends_after_a_day(memory_app: InMemoryApp) -> None:
    payment = await booked(memory_app)
    one, other = await two_of_finance(memory_app)
    await tamper(memory_app, payment.id, effects=(Effect(kind=EffectKind.QUERY, due_at=memory_app.clock.now()),))
    await propose(memory_app, one, payment)
    with pytest.raises(NotAllowed, match="another proposal"):
        await propose(memory_app, one, payment)
    memory_app.clock.forward(timedelta(days=1, seconds=1).total_seconds())
    with pytest.raises(NotAllowed, match="no proposal"):
        await agree(memory_app, other, payment)
