"""A draft is confirmed after what it is about, or who confirms it, has changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from server.core.errors import NotAllowed, NotFound
from server.refunds.drafts import AGREE, REJECT, TICKET_LENGTH, TICKET_LIFE, Draft, DraftKeeper
from server.refunds.rules.requests import withdraw_refund
from server.staff.model import RefundLimits, Role, Staff
from tests.support.builders import HOSPITAL, an_identity
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.refund_desk import ask, at_the_desk

pytestmark = pytest.mark.asyncio
NOBODY = RefundLimits(per_refund_fen=1, per_day_fen=1)


async def test_who_may_not_ask_any_more_confirms_nothing() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    draft = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 100, "other")
    moved = replace(await cashier.now(), role=Role.ADMIN)
    with pytest.raises(NotAllowed, match="role"):
        await memory_app.refund_desk.confirm(moved, draft.draft.ticket, cashier.proof(), "chat")
    assert (await memory_app.payment(payment.id)).refunds == ()


@pytest.mark.parametrize("action", [AGREE, REJECT])
@pytest.mark.parametrize("gone", ["payment", "refund"])
async def test_what_is_not_there_is_not_decided(action: str, gone: str) -> None:
    memory_app = InMemoryApp()
    payment, _, approver = await at_the_desk(memory_app)
    number = f"{payment.id[:-1]}X" if gone == "payment" else payment.id
    draft = Draft(ticket="T", action=action, number="2001", payment_id=number, amount_fen=100, refund_id=f"{number}R01")
    await DraftKeeper(memory_app.stores.short_lived, memory_app.clock, memory_app.ids).keep(HOSPITAL, draft)
    with pytest.raises(NotFound):
        await memory_app.refund_desk.confirm(await approver.now(), "T", approver.proof(), "chat")


@pytest.mark.parametrize("agree", [True, False])
async def test_a_request_that_was_withdrawn_uses_up_no_code_of_whoever_decides(agree: bool) -> None:
    memory_app = InMemoryApp()
    payment, _, approver = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", limits=NOBODY, name="钱收费")
    refund_id = await ask(memory_app, cashier, payment, 100)
    words = "" if agree else "已经做了"
    draft = await memory_app.refund_desk.draft_decision(await approver.now(), refund_id, agree=agree, words=words)
    now = memory_app.clock.now()
    await memory_app.transitions.apply(HOSPITAL, payment.id, lambda p: withdraw_refund(p, refund_id, "staff:1002", now))
    before = await approver.now()
    with pytest.raises(NotAllowed, match="already withdrawn"):
        await memory_app.refund_desk.confirm(before, draft.draft.ticket, approver.proof(), "chat")
    assert await approver.now() == before


async def test_a_ticket_lives_ten_minutes_and_can_not_be_guessed() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    draft = (await memory_app.refund_desk.draft(await cashier.now(), payment.id, 100, "other")).draft
    drafts = DraftKeeper(memory_app.stores.short_lived, memory_app.clock, memory_app.ids)
    assert (len(draft.ticket), TICKET_LENGTH, TICKET_LIFE.total_seconds()) == (24, 24, 600)
    memory_app.clock.forward(599)
    assert await drafts.get(await cashier.now(), draft.ticket) == draft
    memory_app.clock.forward(1)
    with pytest.raises(NotFound) as gone:
        await drafts.get(await cashier.now(), draft.ticket)
    assert gone.value.user_message == "链接已失效，请重新发起。"


async def test_two_numbers_of_one_person_do_not_pass_the_day_s_limit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both were within it when they were looked at: the second to spend is refused, and what it spent is given back."""
    memory_app = InMemoryApp()
    payment, _, _ = await at_the_desk(memory_app)
    limits = RefundLimits(per_refund_fen=500, per_day_fen=500)
    one = await an_employee(memory_app, "1002", limits=limits, name="钱收费")
    other = await an_employee(memory_app, "1003", limits=limits, name="孙收费")
    for number in (one.number, other.number):
        await memory_app.people.met(HOSPITAL, an_identity(f"openid-{number}", union_id="union-1"))
    desk, prove = memory_app.refund_desk, memory_app.staff.prove
    drafts = [await desk.draft(await who.now(), payment.id, 300, "other") for who in (one, other)]

    async def after_the_other(*asked: Any, **spent: Any) -> Staff:
        monkeypatch.undo()
        await desk.confirm(await other.now(), drafts[1].draft.ticket, other.proof(), "console")
        return await prove(*asked, **spent)

    monkeypatch.setattr(memory_app.staff, "prove", after_the_other)
    with pytest.raises(NotAllowed, match="day limit over all numbers") as refused:
        await desk.confirm(await one.now(), drafts[0].draft.ticket, one.proof(), "chat")
    assert refused.value.user_message == "超过您的当日限额，请重新操作。"
    assert ((await one.now()).spent_fen, (await other.now()).spent_fen) == (0, 300)
    assert [refund.asked_by for refund in (await memory_app.payment(payment.id)).refunds] == ["staff:1003"]


@pytest.mark.parametrize("note", ["", "未到检查"])
async def test_whoever_decides_reads_the_note_of_whoever_asked(note: str) -> None:
    memory_app = InMemoryApp()
    payment, _, approver = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", limits=NOBODY, name="钱收费")
    draft = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 100, "other", note)
    _, refund = await memory_app.refund_desk.confirm(await cashier.now(), draft.draft.ticket, cashier.proof(), "chat")
    assert (bool(refund.note), note in refund.note) == (bool(note), not note)
    preview = await memory_app.refund_desk.draft_decision(await approver.now(), refund.id, agree=True)
    assert preview.asked_note == note


async def test_a_preview_names_the_refund_of_the_same_amount_that_went_before() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    first = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 100, "other")
    _, refund = await memory_app.refund_desk.confirm(await cashier.now(), first.draft.ticket, cashier.proof(), "chat")
    again = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 100, "other")
    other = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 101, "other")
    assert (first.same_before, again.same_before, other.same_before) == (None, refund, None)
