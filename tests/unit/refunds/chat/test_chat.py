"""The chat as staff use it: commands by role, previews, nothing secret kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.payments.model import Payment
from server.payments.refund_model import RefundState
from server.refunds.rules.requests import RefundAsk, request_refund
from server.staff.model import Role
from tests.support.builders import HOSPITAL
from tests.support.employees import LIMITS, Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.refund_desk import at_the_desk
from tests.support.staff_chat import SMALL, confirmed, say

pytestmark = pytest.mark.asyncio


async def test_a_refund_from_the_chat() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    shown = await say(memory_app, cashier, f"退费 {payment.id[-6:]} 5元 没做")
    assert "本次退 5.00元（项目未做）" in shown
    assert "已付 12.34元，已退或在退 0.00元" in shown
    assert "张*" in shown
    assert "张测试" not in shown
    refund_id = await confirmed(memory_app, cashier)
    await memory_app.work()
    memory_app.channel.settle_refund(refund_id)
    await memory_app.live_on(120)
    assert (await memory_app.payment(payment.id)).refunds[0].state is RefundState.SUCCEEDED
    told = [text for _, text in memory_app.chat_told("openid-1001")]
    assert "正在办理" in told[0]
    assert "退费已到账" in told[-1]
    assert "退费已到账" in await say(memory_app, cashier, f"进度 {refund_id[-9:]}")
    assert "已到账 5.00元" in await say(memory_app, cashier, "今日")


async def test_a_second_person_agrees_in_the_chat() -> None:
    memory_app = InMemoryApp()
    payment, _, approver = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", limits=SMALL)
    assert "需要另一人审批：超过单笔限额" in await say(memory_app, cashier, f"退费{payment.id} 没做")
    refund_id = await confirmed(memory_app, cashier)
    assert refund_id[-9:] in await say(memory_app, approver, "待办")
    assert "同意退费" in await say(memory_app, approver, f"同意 {refund_id[-9:]}")
    assert await confirmed(memory_app, approver) == refund_id
    assert (await memory_app.payment(payment.id)).refunds[0].state is RefundState.APPROVED


async def test_what_waits_is_counted_whole_and_what_expires_next_stands_first() -> None:
    """Not cut to the newest payments before it is asked whose it is: the oldest are the next to expire."""
    memory_app = InMemoryApp()
    payment, approver, waiting = await with_requests(memory_app, 25)
    said = (await say(memory_app, approver, "待办")).splitlines()
    assert (said[0], said[1][:9], len(said)) == ("待办 25 笔", waiting[0][-9:], 12)
    cashier = await an_employee(memory_app, "1003", limits=SMALL)
    own = (await say(memory_app, cashier, "待办")).splitlines()
    assert (own[0], [line[:9] for line in own[1:]]) == ("待办 1 笔", [waiting[0][-9:]])
    assert len((await memory_app.payment(payment.id)).refunds) == 0


async def with_requests(memory_app: InMemoryApp, count: int) -> tuple[Payment, Employee, list[str]]:
    """One booked payment, and so many more of which somebody asked a part back, a minute after one another: 1003 the first."""
    payment, _, approver = await at_the_desk(memory_app)
    now, numbers = memory_app.clock.now(), []
    for n in range(count):
        at = now + timedelta(minutes=n)
        asked = RefundAsk(
            request_id=f"ask-{n}", amount_fen=100, lines=(), reason="other", note="", requested_via="chat",
            by="staff:1002" if n else "staff:1003", approval_reasons=("over_limit",),
        )  # fmt: skip
        one = replace(payment, id=f"{payment.id[:-6]}W{n:05}", claims=(), created_at=at)
        one = request_refund(one, asked, at, at + timedelta(hours=24))
        await memory_app.stores.payments.insert(one)
        numbers.append(one.refunds[0].id)
    return payment, approver, numbers


async def test_withdrawn_and_a_second_time_says_the_same() -> None:
    memory_app = InMemoryApp()
    payment, _, _ = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", limits=SMALL)
    await say(memory_app, cashier, f"退费{payment.id} 没做")
    refund_id = await confirmed(memory_app, cashier)
    first = await say(memory_app, cashier, f"撤回 {refund_id}")
    assert first.startswith("已撤回")
    assert await say(memory_app, cashier, f"撤回 {refund_id}") == first


async def test_a_refund_s_number_that_is_not_there_means_no_other_refund() -> None:
    memory_app = InMemoryApp()
    payment, _, approver = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", limits=SMALL)
    await say(memory_app, cashier, f"退费{payment.id} 没做")
    refund_id = await confirmed(memory_app, cashier)
    mistyped = refund_id[:-2] + "07"
    for employee, command in ((cashier, "撤回"), (cashier, "进度"), (approver, "同意"), (approver, "驳回")):
        for number in (mistyped, mistyped[-9:]):
            assert "没有找到这笔退费" in await say(memory_app, employee, f"{command} {number}")
    assert (await memory_app.payment(payment.id)).refunds[0].state is RefundState.REQUESTED
    assert "等待审批" in await say(
        memory_app, cashier, f"进度 {payment.id[-6:]}"
    )  # the payment's: its only one is meant


async def test_a_code_binds_and_leads_to_the_setup() -> None:
    memory_app = InMemoryApp()
    code = await memory_app.staff.invite(HOSPITAL, "3001", "孙收费", Role.CASHIER, LIMITS, "cli:root")
    said = await say(memory_app, "openid-sun", f"绑 定 {code.lower()}")
    assert "/h/demo/staff/setup" in said
    assert "已绑定：工号3001" in await say(memory_app, "openid-sun", f"绑定 {code}")
    assert "邀请码无效" in await say(memory_app, "openid-thief", f"绑定 {code}")


async def test_to_strangers_the_commands_are_not_there() -> None:
    memory_app = InMemoryApp()
    payment, _, _ = await at_the_desk(memory_app)
    usual = await say(memory_app, "openid-stranger", "什么")
    for text in (
        f"查单 {payment.id}",
        "待办",
        "今日",
        "确认",
        "帮助",
        "123456",
        f"同意 {payment.id}R01",
    ):
        assert await say(memory_app, "openid-stranger", text) == usual
    for text in ("退费", f"退费 {payment.id} 没做"):
        assert "到收费窗口" in await say(memory_app, "openid-stranger", text)


async def test_a_patient_who_wants_money_back_is_told_the_way() -> None:
    memory_app = InMemoryApp()
    for text in ("退费", "我要退款", "怎么退钱？", "申请退费"):
        said = await say(memory_app, "openid-patient", text)
        assert "到收费窗口" in said
        assert "/h/demo/payments" in said


async def test_roles_and_who_has_left() -> None:
    memory_app = InMemoryApp()
    payment, cashier, approver = await at_the_desk(memory_app)
    admin = await an_employee(memory_app, "4001", Role.ADMIN, name="钱管理")
    usual = await say(memory_app, "openid-stranger", "什么")
    assert "同意" in await say(memory_app, approver, "帮助")
    assert "同意" not in await say(memory_app, cashier, "帮助")
    assert "您的岗位不能办理“同意”" in await say(memory_app, cashier, f"同意 {payment.id}R01")
    assert "您的岗位不能办理“退费”" in await say(memory_app, admin, f"退费 {payment.id} 没做")
    await memory_app.staff.leave(HOSPITAL, cashier.number, "4001")
    assert await say(memory_app, cashier, "待办") == usual
    assert "到收费窗口" in await say(memory_app, cashier, f"退费 {payment.id} 没做")


async def test_six_digits_are_warned_of_and_kept_nowhere() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    await say(memory_app, cashier, f"退费 {payment.id} 没做")
    for text in ("280519", "２８０５１９ 123456", "确认 123456"):
        assert "不要在聊天里发送" in await say(memory_app, cashier, text)
    assert "280519" not in repr(vars(memory_app.stores.short_lived))


async def test_the_his_s_no_is_said_and_there_is_nothing_to_confirm() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    memory_app.his.forbids = "张测试的药品已发出"
    said = await say(memory_app, cashier, f"退费 {payment.id} 没做")
    assert "就诊人的药品已发出" in said
    assert "没有等待确认的操作" in await say(memory_app, cashier, "确认")


async def test_an_end_that_looks_like_a_refund_s_is_found_too() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    odd = replace(payment, id=f"{payment.id[:-6]}ABCR12", claims=())
    await memory_app.stores.payments.insert(odd)
    assert odd.id in await say(memory_app, cashier, "查单 abcr12")
    assert odd.id in await say(memory_app, cashier, "查单 ABCR12R01")


async def test_words_out_of_order_ask_for_what_is_missing() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    assert "没有等待确认的操作" in await say(memory_app, cashier, "确认")
    assert "请写上单号" in await say(memory_app, cashier, "退费 5元")
    assert "金额写法不对" in await say(memory_app, cashier, f"退费 {payment.id} 1.234元")
    assert "没有找到这笔退费" in await say(memory_app, cashier, f"进度 {payment.id}")
    assert "没有找到" in await say(memory_app, cashier, "退费 ZZZZZZ")
    assert "超过可退金额" in await say(memory_app, cashier, f"退费 {payment.id} 99元 没做")
    assert "/staff/items/" in await say(memory_app, cashier, f"退费 {payment.id} 明细 没做")
    assert await say(memory_app, cashier, "待办") == "没有待办的退费。"


async def test_before_pin_and_code_are_set_up_nothing_is_done() -> None:
    memory_app = InMemoryApp()
    payment, _, _ = await at_the_desk(memory_app)
    code = await memory_app.staff.invite(HOSPITAL, "3001", "孙收费", Role.CASHIER, LIMITS, "cli:root")
    await say(memory_app, "openid-sun", f"绑定{code}")
    assert "/staff/setup" in await say(memory_app, "openid-sun", f"退费 {payment.id} 没做")
    assert "/staff/setup" in await say(memory_app, "openid-sun", "帮助")
    assert "可退 12.34元" in await say(memory_app, "openid-sun", f"查单 {payment.id[-6:]}")


async def test_the_his_s_late_no_names_nobody_in_the_chat() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    await say(memory_app, cashier, f"退费 {payment.id} 没做")
    refund_id = await confirmed(memory_app, cashier)
    memory_app.his.forbids = "张测试的药品已发出"
    await memory_app.work()
    told = memory_app.chat_told("openid-1001")[-1][1]
    assert "就诊人的药品已发出" in told
    assert "就诊人的药品已发出" in await say(memory_app, cashier, f"进度 {refund_id}")
