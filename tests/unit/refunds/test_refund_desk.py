"""Staff refunds: who may, alone or with a second person; HIS first, money second; every repeat is the same refund."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import NotAllowed, NotFound, NotSent, OutcomeUnknown
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundState
from server.payments.rules.refund_window import BeyondReach
from server.refunds.drafts import DraftKeeper
from server.refunds.window_service import WrittenOff
from server.staff.model import RefundLimits, Role, Staff
from server.staff.rules.auth_events import Asked
from tests.support.builders import HOSPITAL, PHONE, an_identity
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.asyncio
S = RefundState


async def at_the_desk(memory_app: InMemoryApp) -> tuple[Payment, Employee, Employee]:
    """A booked payment of 1234 fen, a cashier, an approver."""
    payment = await paid(memory_app)
    await memory_app.work()
    return (
        await memory_app.payment(payment.id),
        await an_employee(memory_app),
        await an_employee(memory_app, "2001", Role.APPROVER, name="王审批"),
    )


async def ask(memory_app: InMemoryApp, cashier: Employee, payment: Payment, amount_fen: int | None = None) -> str:
    preview = await memory_app.refund_desk.draft(await cashier.now(), payment.id, amount_fen, "not_done", "未到检查")
    _, refund = await memory_app.refund_desk.confirm(await cashier.now(), preview.draft.ticket, cashier.proof(), "chat")
    return refund.id


async def states(memory_app: InMemoryApp, payment: Payment) -> list[RefundState]:
    return [refund.state for refund in (await memory_app.payment(payment.id)).refunds]


async def test_alone_the_whole_road_his_first_money_second() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    refund_id = await ask(memory_app, cashier, payment)
    assert await states(memory_app, payment) == [S.APPROVED]
    await memory_app.work()
    assert list(memory_app.his.released) == [refund_id]
    assert memory_app.channel.named("refund") == [(refund_id, 1234)]
    memory_app.channel.settle_refund(refund_id)
    await memory_app.live_on(120)
    after = await memory_app.payment(payment.id)
    assert (after.state, after.refunds[0].state, after.claims) == (PaymentState.BOOKED, S.SUCCEEDED, ())
    assert memory_app.his.notified[refund_id].succeeded
    told = [(notice.purpose, notice.values["amount"]) for _, notice, _ in memory_app.messenger.named("send")]
    assert told == [("payment_booked", "12.34"), ("refund_accepted", "12.34"), ("refund_arrived", "12.34")]


async def test_no_money_goes_while_the_his_is_silent_and_none_if_it_refuses() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    memory_app.his.will("refund_release", NotSent("his"), OutcomeUnknown("his"))
    await ask(memory_app, cashier, payment)
    memory_app.his.forbids = "药品已发出"
    await memory_app.live_on(30, step=1)
    assert memory_app.channel.named("refund") == []
    await memory_app.live_on(120, step=10)
    after = await memory_app.payment(payment.id)
    assert (after.refunds[0].state, after.refunding_fen) == (S.REJECTED, 0)
    assert any("药品已发出" in text for _, text in memory_app.chat_told("openid-1001"))


async def test_over_the_limit_a_second_person_must_agree() -> None:
    memory_app = InMemoryApp()
    payment, _, approver = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", limits=RefundLimits(per_refund_fen=1000, per_day_fen=1000))
    refund_id = await ask(memory_app, cashier, payment)
    await memory_app.work()
    assert (await states(memory_app, payment), memory_app.his.released) == ([S.REQUESTED], {})
    assert [who for who, _ in memory_app.chat_told("openid-2001")] == ["openid-2001"]
    with pytest.raises(NotAllowed):
        await memory_app.refund_desk.draft_decision(await cashier.now(), refund_id, agree=True)
    preview = await memory_app.refund_desk.draft_decision(await approver.now(), refund_id, agree=True)
    await memory_app.refund_desk.confirm(await approver.now(), preview.draft.ticket, approver.proof(), "chat")
    await memory_app.work()
    assert list(memory_app.his.released) == [refund_id]
    again = await memory_app.refund_search.find(await approver.now(), PHONE[-4:])
    assert [found.id for found in again] == [payment.id]


async def test_nobody_agrees_to_what_they_asked_for() -> None:
    memory_app = InMemoryApp()
    payment, _, approver = await at_the_desk(memory_app)
    small = await an_employee(
        memory_app, "2002", Role.APPROVER, RefundLimits(per_refund_fen=5000, per_day_fen=100), "赵审批"
    )
    refund_id = await ask(memory_app, small, payment)
    with pytest.raises(NotAllowed, match="own request"):
        await memory_app.refund_desk.draft_decision(await small.now(), refund_id, agree=True)
    await memory_app.refund_desk.draft_decision(await approver.now(), refund_id, agree=False, words="项目已经做了")


async def test_nobody_agrees_under_another_number_to_what_they_asked_for() -> None:
    """Two numbers, one human being: the platform says so."""
    memory_app = InMemoryApp()
    payment, _, approver = await at_the_desk(memory_app)
    cashier = await an_employee(
        memory_app, "1002", limits=RefundLimits(per_refund_fen=1000, per_day_fen=1000), name="赵收费"
    )
    refund_id = await ask(memory_app, cashier, payment)
    drafted = await memory_app.refund_desk.draft_decision(await approver.now(), refund_id, agree=True)
    for number in (cashier.number, approver.number):
        await memory_app.people.met(HOSPITAL, an_identity(f"openid-{number}", union_id="union-1"))
    for agree in (True, False):
        with pytest.raises(NotAllowed, match="own request"):
            await memory_app.refund_desk.draft_decision(
                await approver.now(), refund_id, agree=agree, words="" if agree else "已经做了"
            )
    with pytest.raises(NotAllowed, match="own request"):
        await memory_app.refund_desk.confirm(await approver.now(), drafted.draft.ticket, approver.proof(), "chat")
    assert await states(memory_app, payment) == [S.REQUESTED]
    other = await an_employee(memory_app, "2002", Role.APPROVER, name="孙审批")
    await memory_app.refund_desk.draft_decision(await other.now(), refund_id, agree=True)


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


async def agree(memory_app: InMemoryApp, who: Employee, refund_id: str) -> None:
    drafted = await memory_app.refund_desk.draft_decision(await who.now(), refund_id, agree=True)
    await memory_app.refund_desk.confirm(await who.now(), drafted.draft.ticket, who.proof(), "console")


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


async def test_a_request_that_nobody_agrees_to_expires_and_frees_its_share() -> None:
    memory_app = InMemoryApp()
    payment, _, _ = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", limits=RefundLimits(per_refund_fen=1, per_day_fen=1))
    await ask(memory_app, cashier, payment)
    memory_app.clock.forward(hours=24)
    await memory_app.work()
    after = await memory_app.payment(payment.id)
    assert (after.refunds[0].state, after.refunding_fen) == (S.EXPIRED, 0)


async def test_one_s_own_money_and_old_payments_need_a_second_person() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    relative = await an_employee(memory_app, "1002", name=payment.personal.patient_name)
    assert (await memory_app.refund_desk.draft(await relative.now(), payment.id, 1, "other")).approval_reasons == (
        "own",
    )
    memory_app.clock.forward(hours=24 * 8)
    assert (await memory_app.refund_desk.draft(await cashier.now(), payment.id, 1, "other")).approval_reasons == (
        "old",
    )


async def test_what_the_channel_can_t_send_back_is_never_written_off() -> None:
    """Refused for the preview, with the proof, when somebody agrees, and last before the HIS is asked; with words that say what to do."""
    memory_app = InMemoryApp()
    payment, cashier, approver = await at_the_desk(memory_app)
    memory_app.clock.forward(hours=24 * 364)
    waiting, early = await ask(memory_app, cashier, payment, 100), await ask(memory_app, cashier, payment, 200)
    late = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 300, "other")
    agreed = await memory_app.refund_desk.draft_decision(await approver.now(), waiting, agree=True)
    on_time = await memory_app.refund_desk.draft_decision(await approver.now(), early, agree=True)
    await memory_app.refund_desk.confirm(await approver.now(), on_time.draft.ticket, approver.proof(), "chat")
    minutes_left = (payment.created_at + timedelta(days=365) - memory_app.clock.now()) // timedelta(minutes=1)
    memory_app.clock.forward(minutes=minutes_left - 60)
    for kept in (late.draft, agreed.draft):
        await DraftKeeper(memory_app.stores.short_lived, memory_app.clock, memory_app.ids).keep(HOSPITAL, kept)
    memory_app.clock.forward(minutes=5)
    with pytest.raises(BeyondReach):
        await memory_app.refund_desk.confirm(await cashier.now(), late.draft.ticket, cashier.proof(), "chat")
    with pytest.raises(BeyondReach):
        await memory_app.refund_desk.confirm(await approver.now(), agreed.draft.ticket, approver.proof(), "chat")
    with pytest.raises(BeyondReach) as refused:
        await memory_app.refund_desk.draft(await cashier.now(), payment.id, 300, "other")
    assert refused.value.user_message == (
        "微信支付只能退付款后365天以内的钱，这笔已不能原路退回。请财务在医院系统里手工冲销，再用转账等方式退给付款人。"
    )
    await memory_app.work()
    assert await states(memory_app, payment) == [S.REQUESTED, S.REJECTED]
    assert (memory_app.his.released, memory_app.his.named("refund_release"), memory_app.channel.named("refund")) == (
        {},
        [],
        [],
    )
    assert any("微信支付只能退付款后365天" in text for _, text in memory_app.chat_told("openid-1001"))


async def test_a_write_off_that_may_have_been_done_is_asked_for_until_it_is_known() -> None:
    memory_app = InMemoryApp()
    payment, cashier, approver = await at_the_desk(memory_app)
    memory_app.clock.forward(hours=24 * 364)
    refund_id = await ask(memory_app, cashier, payment)
    agreed = await memory_app.refund_desk.draft_decision(await approver.now(), refund_id, agree=True)
    memory_app.his.will("refund_release", OutcomeUnknown("his"))
    await memory_app.refund_desk.confirm(await approver.now(), agreed.draft.ticket, approver.proof(), "chat")
    await memory_app.work()
    memory_app.clock.forward(hours=24)
    await memory_app.work()
    assert list(memory_app.his.released) == [refund_id]


async def test_no_payment_is_refunded_more_often_than_the_channel_does() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    for _ in range(49):
        await ask(memory_app, cashier, payment, 1)
    drafts = [await memory_app.refund_desk.draft(await cashier.now(), payment.id, 1, "other") for _ in range(2)]
    await memory_app.refund_desk.confirm(await cashier.now(), drafts[0].draft.ticket, cashier.proof(), "chat")
    with pytest.raises(BeyondReach, match="too many") as refused:
        await memory_app.refund_desk.confirm(await cashier.now(), drafts[1].draft.ticket, cashier.proof(), "chat")
    assert "最多退50次" in refused.value.user_message
    await memory_app.work()
    assert len(memory_app.his.released) == 50


async def test_a_draft_is_its_maker_s_and_roles_are_kept() -> None:
    memory_app = InMemoryApp()
    payment, cashier, approver = await at_the_desk(memory_app)
    preview = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 1, "other")
    with pytest.raises(NotFound):
        await memory_app.refund_desk.drafted(await approver.now(), preview.draft.ticket)
    admin = await an_employee(memory_app, "9001", Role.ADMIN)
    with pytest.raises(NotAllowed):
        await memory_app.refund_search.find(await admin.now(), payment.id)
    assert await memory_app.staff.known(HOSPITAL, an_identity("openid-stranger")) is None
