"""What staff read of a refund, word for word, and who is asked to agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from server.core.errors import NotSent, OutsideRefusal
from server.effects.model import Effect, EffectKind
from server.patients.contact_ports import OutgoingMessage
from server.payments.rules.trades import RefundOutcome
from server.staff.model import RefundLimits, Role
from tests.support.builders import HOSPITAL, TOKEN, a_channel_refund
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import RecordingChat
from tests.support.payment_fixtures import told as payment_told
from tests.support.refund_desk import ask, at_the_desk

pytestmark = pytest.mark.asyncio
NOBODY = RefundLimits(per_refund_fen=1, per_day_fen=1)


async def asked(memory_app: InMemoryApp, amount_fen: int = 234) -> tuple[str, Employee]:
    """A refund of 2.34 yuan that 1002 may not give alone, and the approver."""
    payment, _, approver = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", limits=NOBODY, name="钱收费")
    return await ask(memory_app, cashier, payment, amount_fen), approver


async def decided(memory_app: InMemoryApp, refund_id: str, approver: Employee, *, agree: bool) -> None:
    desk = memory_app.refund_desk
    draft = await desk.draft_decision(await approver.now(), refund_id, agree=agree, words="" if agree else "已经做了")
    await desk.confirm(await approver.now(), draft.draft.ticket, approver.proof(), "chat")
    await memory_app.work()


def silence(memory_app: InMemoryApp, *subjects: str) -> None:
    """These wrote too long ago: they are told by template."""
    cast(RecordingChat, memory_app.hospital.chats["wechat"]).silent = set(subjects)


def templates(memory_app: InMemoryApp, purpose: str) -> list[tuple[str, dict[str, str], str]]:
    sent = memory_app.messenger.named("send")
    return [
        (who.subject, dict(notice.values), dedupe)
        for who, notice, dedupe in sent
        if cast(OutgoingMessage, notice).purpose == purpose
    ]


class TestARequest:
    async def test_in_the_chat(self) -> None:
        memory_app = InMemoryApp()
        refund_id, _ = await asked(memory_app)
        await memory_app.work()
        number = refund_id[-9:]
        assert memory_app.chat_told("openid-2001") == [
            (
                "openid-2001",
                f"退费待审批 {number}\n2.34元，项目未做\n工号1002发起，需审批：超过单笔限额、超过当日限额\n"
                f"回复“同意 {number}”或“驳回 {number}”",
            )
        ]
        assert templates(memory_app, "refund_waiting") == []

    async def test_by_template(self) -> None:
        memory_app = InMemoryApp()
        refund_id, _ = await asked(memory_app)
        silence(memory_app, "openid-2001")
        await memory_app.work()
        values = {
            "hospital": "测试医院",
            "refund": refund_id[-9:],
            "amount": "2.34",
            "state": "等待审批",
            "reason": "超过单笔限额、超过当日限额",
            "time": "2026-11-23 09:30",
        }
        assert templates(memory_app, "refund_waiting") == [
            ("openid-2001", values, f"{refund_id}-refund_waiting.R01.2001")
        ]

    async def test_goes_to_those_who_may_agree_to_this_much_and_to_nobody_else(self) -> None:
        memory_app = InMemoryApp()
        payment, _, _ = await at_the_desk(memory_app)
        asker = await an_employee(memory_app, "1002", Role.APPROVER, NOBODY, "钱收费")
        just = RefundLimits(per_refund_fen=234, per_day_fen=234)
        await an_employee(memory_app, "2002", Role.FINANCE, just, "孙财务")
        await an_employee(
            memory_app, "2003", Role.APPROVER, RefundLimits(per_refund_fen=233, per_day_fen=999), "周审批"
        )
        await an_employee(memory_app, "2004", Role.APPROVER, just, payment.personal.patient_name)
        await an_employee(memory_app, "2005", Role.ADMIN, just, "吴管理")
        await an_employee(memory_app, "2006", Role.APPROVER, just, "郑审批")
        await memory_app.staff.leave(HOSPITAL, "2006", "cli:root")
        await ask(memory_app, asker, payment, 234)
        await memory_app.work()
        numbers = ("1001", "1002", "2001", "2002", "2003", "2004", "2005", "2006")
        assert [number for number in numbers if memory_app.chat_told(f"openid-{number}")] == ["2001", "2002"]

    async def test_is_not_sent_any_more_when_it_is_decided(self) -> None:
        memory_app = InMemoryApp()
        payment, _, approver = await at_the_desk(memory_app)
        cashier = await an_employee(memory_app, "1002", limits=NOBODY, name="钱收费")
        refund_id = await ask(memory_app, cashier, payment, 234)
        await memory_app.do_only(payment.id, "tell_staff:refund_waiting.R01")
        draft = await memory_app.refund_desk.draft_decision(await approver.now(), refund_id, agree=True)
        await memory_app.refund_desk.confirm(await approver.now(), draft.draft.ticket, approver.proof(), "chat")
        await memory_app.work()
        assert memory_app.chat_told("openid-2001") == []


class TestAResult:
    async def test_in_the_chat_who_said_no_and_why(self) -> None:
        memory_app = InMemoryApp()
        refund_id, approver = await asked(memory_app)
        await memory_app.work()
        await decided(memory_app, refund_id, approver, agree=False)
        assert memory_app.chat_told("openid-1002") == [
            ("openid-1002", f"退费 {refund_id[-9:]} 2.34元\n已驳回\n工号2001：已经做了")
        ]

    async def test_in_the_chat_that_it_has_arrived(self) -> None:
        memory_app = InMemoryApp()
        refund_id, approver = await asked(memory_app)
        await memory_app.work()
        await decided(memory_app, refund_id, approver, agree=True)
        memory_app.channel.settle_refund(refund_id)
        await memory_app.live_on(120)
        assert memory_app.chat_told("openid-1002") == [("openid-1002", f"退费 {refund_id[-9:]} 2.34元\n退费已到账")]

    @pytest.mark.parametrize(("agree", "reason"), [(False, "工号2001：已经做了"), (True, "超过单笔限额、超过当日限额")])
    async def test_by_template_its_reason_is_the_no_or_else_why_two_were_needed(self, agree: bool, reason: str) -> None:
        memory_app = InMemoryApp()
        refund_id, approver = await asked(memory_app)
        await memory_app.work()
        silence(memory_app, "openid-1002")
        await decided(memory_app, refund_id, approver, agree=agree)
        if agree:
            memory_app.channel.settle_refund(refund_id)
            await memory_app.live_on(120)
        [(who, values, dedupe)] = templates(memory_app, "refund_result")
        assert (who, values["reason"], values["amount"]) == ("openid-1002", reason, "2.34")
        assert dedupe == f"{refund_id}-refund_result.R01.1002"

    async def test_by_template_what_one_gave_alone_has_the_reason_that_was_named(self) -> None:
        memory_app = InMemoryApp()
        payment, cashier, _ = await at_the_desk(memory_app)
        silence(memory_app, "openid-1001")
        refund_id = await ask(memory_app, cashier, payment, 234)
        await memory_app.work()
        memory_app.channel.settle_refund(refund_id)
        await memory_app.live_on(120)
        assert [values["reason"] for _, values, _ in templates(memory_app, "refund_result")] == ["项目未做"]

    async def test_goes_to_nobody_when_who_asked_has_left(self) -> None:
        memory_app = InMemoryApp()
        refund_id, approver = await asked(memory_app)
        await memory_app.work()
        await memory_app.staff.leave(HOSPITAL, "1002", "cli:root")
        await decided(memory_app, refund_id, approver, agree=False)
        assert memory_app.chat_told("openid-1002") == []
        assert templates(memory_app, "refund_result") == []
        after = await memory_app.payment(refund_id[:-3])
        assert after.effects == (), "nothing is owed any more"

    async def test_of_one_that_gave_way_says_that_finance_has_refunded_it(self) -> None:
        memory_app = InMemoryApp()
        payment, cashier, _ = await at_the_desk(memory_app)
        memory_app.channel.will("refund", *[OutsideRefusal("wechatpay", "NOT_ENOUGH")] * 30)
        refund_id = await ask(memory_app, cashier, payment, 234)
        await memory_app.work()
        console = a_channel_refund(payment, RefundOutcome.SUCCEEDED, "503000", amount_fen=1234)
        await memory_app.notifications.apply(HOSPITAL, payment_told(console))
        await memory_app.live_on(60)
        assert memory_app.chat_told("openid-1001") == [
            ("openid-1001", f"退费 {refund_id[-9:]} 2.34元\n已撤回\n财务已在收款平台退费，本次不再重复退。")
        ]


async def test_while_a_call_may_still_arrive_nobody_is_told_twice() -> None:
    memory_app = InMemoryApp()
    refund_id, _ = await asked(memory_app)
    payment = await memory_app.payment(refund_id[:-3])
    now = memory_app.clock.now()
    effect = Effect(
        kind=EffectKind.TELL_STAFF, subject="refund_waiting.R01.2001", due_at=now, lease=TOKEN, unknown_at=now
    )
    payment = replace(payment, effects=(effect,))
    with pytest.raises(NotSent):
        await memory_app.runners[EffectKind.TELL_STAFF](payment, effect)
    assert memory_app.chat_told("openid-2001") == []
    memory_app.clock.forward(60)
    await memory_app.runners[EffectKind.TELL_STAFF](payment, effect)
    assert len(memory_app.chat_told("openid-2001")) == 1


async def test_one_person_s_messages_keep_their_order() -> None:
    memory_app = InMemoryApp()
    refund_id, _ = await asked(memory_app)
    payment = await memory_app.payment(refund_id[:-3])
    now = memory_app.clock.now()
    first, second = (
        Effect(kind=EffectKind.TELL_STAFF, subject=f"{what}.R01.2001", due_at=now + wait, lease=lease, tries=1)
        for what, wait, lease in (
            ("refund_waiting", timedelta(seconds=40), None),
            ("refund_result", timedelta(), TOKEN),
        )
    )
    payment = replace(payment, effects=(first, second))
    after = (await memory_app.runners[EffectKind.TELL_STAFF](payment, second))(payment)
    assert memory_app.chat_told("openid-2001") == []
    assert [(one.due_at, one.lease, one.tries) for one in after.effects] == [
        (first.due_at, None, 1),
        (first.due_at, None, 0),
    ]
