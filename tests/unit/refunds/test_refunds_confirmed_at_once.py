"""Confirmations at the same moment, and the same one twice: no more than was paid, and what was refused is given back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from server.core.errors import NotAllowed
from server.staff.model import RefundLimits, Staff
from server.staff.rules.auth_events import Asked
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.refund_desk import ask, at_the_desk

pytestmark = pytest.mark.asyncio


async def test_what_the_payment_refuses_spends_neither_the_code_nor_the_day_s_limit() -> None:
    memory_app = InMemoryApp()
    payment, cashier, approver = await at_the_desk(memory_app)
    drafts = [await memory_app.refund_desk.draft(await cashier.now(), payment.id, 1234, "other") for _ in range(2)]
    await memory_app.refund_desk.confirm(await cashier.now(), drafts[0].draft.ticket, cashier.proof(), "chat")
    before = await cashier.now()
    with pytest.raises(NotAllowed, match="more than is left"):
        await memory_app.refund_desk.confirm(before, drafts[1].draft.ticket, cashier.proof(), "chat")
    assert await cashier.now() == before
    assert before.spent_fen == 1234
    small = await an_employee(memory_app, "1002", limits=RefundLimits(per_refund_fen=0, per_day_fen=0))
    payment = replace(payment, id=f"{payment.id[:-6]}OTHER1", claims=())
    await memory_app.stores.payments.insert(payment)
    refund_id = await ask(memory_app, small, payment)
    agreed = await memory_app.refund_desk.draft_decision(await approver.now(), refund_id, agree=True)
    await memory_app.refund_desk.withdraw(await small.now(), refund_id)
    before = await approver.now()
    with pytest.raises(NotAllowed, match="already withdrawn"):
        await memory_app.refund_desk.confirm(before, agreed.draft.ticket, approver.proof(), "chat")
    assert await approver.now() == before


async def test_the_day_s_limit_is_given_back_to_who_came_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the proof and the write somebody else was faster."""
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    other = await an_employee(memory_app, "1002", name="孙收费")
    draft = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 1000, "other")
    prove = memory_app.staff.prove

    async def slowly(*asked: Any, **spent: Any) -> Staff:
        proven = await prove(*asked, **spent)
        monkeypatch.undo()
        await ask(memory_app, other, payment, 1000)
        return proven

    monkeypatch.setattr(memory_app.staff, "prove", slowly)
    proof = cashier.proof()
    with pytest.raises(NotAllowed, match="more than is left"):
        await memory_app.refund_desk.confirm(await cashier.now(), draft.draft.ticket, proof, "chat")
    assert ((await cashier.now()).spent_fen, (await other.now()).spent_fen) == (0, 1000)
    with pytest.raises(NotAllowed, match="code used"):
        await memory_app.staff.prove(await cashier.now(), proof, Asked.REFUND)


async def test_one_ticket_confirmed_twice_at_once_spends_the_day_s_limit_once(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    draft = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 500, "other")
    prove = memory_app.staff.prove

    async def slowly(*asked: Any, **spent: Any) -> Staff:
        proven = await prove(*asked, **spent)
        monkeypatch.undo()
        await memory_app.refund_desk.confirm(await cashier.now(), draft.draft.ticket, cashier.proof(), "chat")
        return proven

    monkeypatch.setattr(memory_app.staff, "prove", slowly)
    after, _ = await memory_app.refund_desk.confirm(await cashier.now(), draft.draft.ticket, cashier.proof(), "chat")
    assert ([refund.amount_fen for refund in after.refunds], (await cashier.now()).spent_fen) == ([500], 500)


async def test_the_same_ticket_is_the_same_refund() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    preview = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 500, "other")
    proofs = [cashier.proof(), cashier.proof()]
    first = await memory_app.refund_desk.confirm(await cashier.now(), preview.draft.ticket, proofs[1], "chat")
    second = await memory_app.refund_desk.confirm(await cashier.now(), preview.draft.ticket, cashier.proof(), "chat")
    assert first[1].id == second[1].id
    assert len((await memory_app.payment(payment.id)).refunds) == 1


async def test_two_at_once_never_give_back_more_than_was_paid() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    other = await an_employee(memory_app, "1002", name="孙收费")
    drafts = [
        await memory_app.refund_desk.draft(await one.now(), payment.id, 1000, "other") for one in (cashier, other)
    ]
    memory_app.clock.forward(30)
    confirming = [
        memory_app.refund_desk.confirm(await one.now(), draft.draft.ticket, one.proof(), "chat")
        for one, draft in zip((cashier, other), drafts, strict=True)
    ]
    outcomes = await asyncio.gather(*confirming, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == [NotAllowed]
    assert (await memory_app.payment(payment.id)).refunding_fen == 1000
