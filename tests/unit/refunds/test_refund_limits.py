"""The limits of a person: per refund, over all pieces of one payment, and over a day."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.core.errors import NotAllowed
from server.payments.refund_model import RefundState
from server.refunds.window_service import WrittenOff
from server.staff.model import RefundLimits, Role, Staff
from tests.support.builders import HOSPITAL
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.refund_desk import agree, ask, at_the_desk, states

pytestmark = pytest.mark.asyncio
S = RefundState


async def test_a_day_s_limit_holds_over_all_payments_at_once() -> None:
    memory_app = InMemoryApp()
    payment, _, _ = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", limits=RefundLimits(per_refund_fen=1234, per_day_fen=1500))
    await ask(memory_app, cashier, payment, 800)
    refund_id = await ask(memory_app, cashier, payment, 400)
    assert (await memory_app.payment(payment.id)).refunds[-1].approval_reasons == ()
    third = await ask(memory_app, cashier, payment, 34)
    assert refund_id != third
    assert (await cashier.now()).spent_fen == 1234


async def test_an_approver_s_limits_hold_for_what_they_agree_to_and_not_for_a_no() -> None:
    memory_app = InMemoryApp()
    payment, _, _ = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", limits=RefundLimits(per_refund_fen=0, per_day_fen=0))
    small = await an_employee(
        memory_app, "2002", Role.APPROVER, RefundLimits(per_refund_fen=700, per_day_fen=700), "孙审批"
    )
    first, second, third = [await ask(memory_app, cashier, payment, fen) for fen in (400, 400, 250)]
    early = await memory_app.refund_desk.draft_decision(await small.now(), second, agree=True)
    agreed = await memory_app.refund_desk.draft_decision(await small.now(), first, agree=True)
    await memory_app.refund_desk.confirm(await small.now(), agreed.draft.ticket, small.proof(), "chat")
    with pytest.raises(NotAllowed, match="day limit"):
        await memory_app.refund_desk.confirm(await small.now(), early.draft.ticket, small.proof(), "chat")
    with pytest.raises(NotAllowed, match="day limit"):
        await memory_app.refund_desk.draft_decision(await small.now(), second, agree=True)
    rejected = await memory_app.refund_desk.draft_decision(await small.now(), second, agree=False, words="项目已经做了")
    await memory_app.refund_desk.confirm(await small.now(), rejected.draft.ticket, small.proof(), "chat")
    agreed = await memory_app.refund_desk.draft_decision(await small.now(), third, agree=True)
    await memory_app.refund_desk.confirm(await small.now(), agreed.draft.ticket, small.proof(), "chat")
    assert await states(memory_app, payment) == [S.APPROVED, S.REJECTED, S.APPROVED]
    assert (await small.now()).spent_fen == 650


MIDDLE = RefundLimits(per_refund_fen=1000, per_day_fen=100_000)


@pytest.mark.parametrize("pieces", [(900, 334), (500, 500, 1), (1, 1000)])
async def test_a_refund_cut_into_pieces_is_one_refund_to_the_limit(pieces: tuple[int, ...]) -> None:
    memory_app = InMemoryApp()
    payment, _, approver = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", limits=MIDDLE, name="钱收费")
    for piece in pieces:
        await ask(memory_app, cashier, payment, piece)
    after = await memory_app.payment(payment.id)
    assert [refund.approval_reasons for refund in after.refunds] == [*[()] * (len(pieces) - 1), ("over_limit",)]
    await agree(memory_app, approver, after.refunds[-1].id)
    assert set(await states(memory_app, payment)) == {S.APPROVED}


async def test_what_a_second_person_agreed_to_or_what_never_went_leaves_one_s_own_limit_alone() -> None:
    memory_app = InMemoryApp()
    payment, _, approver = await at_the_desk(memory_app)
    cashier = await an_employee(
        memory_app, "1002", limits=RefundLimits(per_refund_fen=600, per_day_fen=2000), name="钱收费"
    )
    await agree(memory_app, approver, await ask(memory_app, cashier, payment, 601))
    memory_app.his.forbids = "药品已发出"
    await ask(memory_app, cashier, payment, 600)
    await memory_app.work()
    memory_app.his.forbids = ""
    await ask(memory_app, cashier, payment, 600)
    assert [refund.approval_reasons for refund in (await memory_app.payment(payment.id)).refunds] == [
        ("over_limit",),
        (),
        (),
    ]


async def test_pieces_that_an_approver_agrees_to_are_one_to_the_limit_and_count_with_their_own() -> None:
    memory_app = InMemoryApp()
    payment, _, _ = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", limits=RefundLimits(per_refund_fen=0, per_day_fen=0), name="钱收费")
    small = await an_employee(memory_app, "2002", Role.APPROVER, MIDDLE, "孙审批")
    first, second = [await ask(memory_app, cashier, payment, fen) for fen in (450, 151)]
    await ask(memory_app, small, payment, 400)
    await agree(memory_app, small, first)
    with pytest.raises(NotAllowed, match="over the approver's limit"):
        await agree(memory_app, small, second)
    assert await states(memory_app, payment) == [S.APPROVED, S.REQUESTED, S.APPROVED]


async def test_what_the_his_wrote_off_under_one_s_number_counts_at_our_doors() -> None:
    memory_app = InMemoryApp()
    payment, _, _ = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", limits=MIDDLE, name="钱收费")
    told = WrittenOff(
        out_trade_no=payment.id, his_refund_no="HR-1", amount_fen=900, lines=(), reason="window", operator="1002"
    )
    await memory_app.window_refunds.make(HOSPITAL, told)
    await ask(memory_app, cashier, payment, 101)
    assert (await memory_app.payment(payment.id)).refunds[-1].approval_reasons == ("over_limit",)


@pytest.mark.parametrize("decided", [False, True])
async def test_pieces_at_the_same_moment_do_not_pass_the_limit_together(
    decided: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two taps, two doors, two processes: both were fine when they were looked at."""
    memory_app = InMemoryApp()
    payment, _, _ = await at_the_desk(memory_app)
    one = await an_employee(memory_app, "2002", Role.APPROVER, MIDDLE, "孙审批")
    if decided:
        cashier = await an_employee(
            memory_app, "1002", limits=RefundLimits(per_refund_fen=0, per_day_fen=0), name="钱收费"
        )
        asked = [await ask(memory_app, cashier, payment, 600) for _ in range(2)]
        drafts = [await memory_app.refund_desk.draft_decision(await one.now(), number, agree=True) for number in asked]
    else:
        drafts = [await memory_app.refund_desk.draft(await one.now(), payment.id, 600, "other") for _ in range(2)]
    prove, desk = memory_app.staff.prove, memory_app.refund_desk

    async def slowly(*asked: Any, **spent: Any) -> Staff:
        """Between the proof and the write the other door does its piece."""
        proven = await prove(*asked, **spent)
        monkeypatch.undo()
        await desk.confirm(await one.now(), drafts[1].draft.ticket, one.proof(), "console")
        return proven

    monkeypatch.setattr(memory_app.staff, "prove", slowly)
    with pytest.raises(NotAllowed, match="limit on this payment"):
        await desk.confirm(await one.now(), drafts[0].draft.ticket, one.proof(), "chat")
    assert (await states(memory_app, payment)).count(S.APPROVED) == 1
    assert (await one.now()).spent_fen == 600, "what was refused is given back to the day"


async def test_two_agreements_at_once_do_not_pass_the_day_s_limit_together() -> None:
    memory_app = InMemoryApp()
    payment, _, _ = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", limits=RefundLimits(per_refund_fen=0, per_day_fen=0))
    small = await an_employee(
        memory_app, "2002", Role.APPROVER, RefundLimits(per_refund_fen=800, per_day_fen=700), "孙审批"
    )
    asked = [await ask(memory_app, cashier, payment, 400) for _ in range(2)]
    drafts = [await memory_app.refund_desk.draft_decision(await small.now(), one, agree=True) for one in asked]
    proofs, now = [small.proof(), small.proof()], await small.now()
    confirming = [
        memory_app.refund_desk.confirm(now, draft.draft.ticket, proof, "chat")
        for draft, proof in zip(drafts, proofs, strict=True)
    ]
    outcomes = await asyncio.gather(*confirming, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == [NotAllowed]
    assert sorted(await states(memory_app, payment)) == [S.APPROVED, S.REQUESTED]
