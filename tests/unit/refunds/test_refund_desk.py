"""Staff refunds: who may, alone or with a second person; HIS first, money second; what can't go back is never written off."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.errors import NotAllowed, NotFound, NotSent, OutcomeUnknown
from server.payments.model import PaymentState
from server.payments.refund_model import RefundState
from server.payments.rules.refund_window import BeyondReach
from server.refunds.drafts import DraftKeeper
from server.staff.model import RefundLimits, Role
from tests.support.builders import HOSPITAL, PHONE, an_identity
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.refund_desk import ask, at_the_desk, states

pytestmark = pytest.mark.asyncio
S = RefundState


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
