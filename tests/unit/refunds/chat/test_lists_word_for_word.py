"""What staff of each role read in the chat word for word: setting up, help, the lists of a day, and what became of a refund."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import OutcomeUnknown
from server.refunds.chat.texts import done
from server.refunds.rules.requests import RefundAsk, request_refund
from server.staff.model import RefundLimits, Role
from tests.support.builders import HOSPITAL, an_identity
from tests.support.employees import LIMITS, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.refund_desk import ask, at_the_desk
from tests.support.staff_chat import confirmed, message, say
from tests.unit.refunds.chat.test_talk import waiting
from tests.unit.refunds.chat.test_word_for_word import SITE, STAFF, said

pytestmark = pytest.mark.asyncio
SET_UP = f'<a href="{STAFF}/setup">点这里设置PIN和动态码</a>，设置后才能办理退费。'


class TestSetUp:
    async def test_nothing_is_done_before_it_but_looking(self) -> None:
        memory_app = InMemoryApp()
        payment, refund_id, _, _ = await waiting(memory_app)
        code = await memory_app.staff.invite(HOSPITAL, "3001", "孙审批", Role.APPROVER, LIMITS, "cli:root")
        sun = "openid-sun"
        assert await said(memory_app, sun, f"绑定{code}") == f"绑定成功：工号3001。\n{SET_UP}"
        for text in (f"退费 {payment.id} 1元 没做", f"同意 {refund_id}", f"驳回 {refund_id} 已做", "确认"):
            assert await said(memory_app, sun, text) == SET_UP, text
        assert await said(memory_app, sun, f"绑定{code}") == f"您已绑定：工号3001。{SET_UP}"
        assert (await said(memory_app, sun, "帮助")).endswith(f"\n{SET_UP}")

    async def test_after_it_the_way_to_the_commands_is_said(self) -> None:
        memory_app = InMemoryApp()
        _, cashier, _ = await at_the_desk(memory_app)
        code = await memory_app.staff.invite(HOSPITAL, "3001", "孙收费", Role.CASHIER, LIMITS, "cli:root")
        assert await said(memory_app, cashier, f"绑定 {code}") == "您已绑定：工号1001。回复“帮助”查看可以做什么。"
        await say(memory_app, "openid-sun", f"绑定 {code}")
        refused = await said(memory_app, "openid-thief", f"绑定 {code}")
        assert refused.endswith("\n绑定就诊卡请回复“绑卡”。")


async def test_the_lists_of_a_day() -> None:
    memory_app = InMemoryApp()
    payment, refund_id, cashier, approver = await waiting(memory_app)
    line = f"{refund_id[-9:]} 张*试 12.34元 等待审批"
    assert await said(memory_app, approver, "待办") == f"待办 1 笔\n{line}"
    assert await said(memory_app, cashier, "今日") == f"今日退费 1 笔，已到账 0.00元\n当日限额还剩 10.00元\n{line}"
    gone = line.replace("等待审批", "已撤回")
    for _ in range(2):
        assert await said(memory_app, cashier, f"撤回 {refund_id}") == f"已撤回。\n{gone}"
    wide = await an_employee(memory_app, "1008", limits=RefundLimits(per_refund_fen=50_000, per_day_fen=500))
    await say(memory_app, wide, f"退费 {payment.id} 5元 没做")
    number = await confirmed(memory_app, wide)
    await memory_app.work()
    memory_app.channel.settle_refund(number)
    await memory_app.live_on(120)
    lines = (await said(memory_app, wide, "今日")).splitlines()
    assert lines[:2] == ["今日退费 1 笔，已到账 5.00元", "当日限额还剩 0.00元"]


@pytest.mark.parametrize(("many", "lines"), [(10, 11), (11, 12)])
async def test_ten_that_wait_are_listed_and_where_the_rest_is(many: int, lines: int) -> None:
    memory_app = InMemoryApp()
    payment, _, approver = await at_the_desk(memory_app)
    now = memory_app.clock.now()
    for n in range(many):
        ask = RefundAsk(
            request_id=f"ask-{n}", amount_fen=100, lines=(), reason="other", note="", requested_via="chat", by="staff:1001",
            approval_reasons=("over_limit",),
        )  # fmt: skip
        one = replace(payment, id=f"{payment.id[:-6]}W{n:05}", claims=())
        await memory_app.stores.payments.insert(request_refund(one, ask, now, now + timedelta(hours=24)))
    told = (await say(memory_app, approver, "待办")).splitlines()
    assert (told[0], len(told)) == (f"待办 {many} 笔", lines)
    assert (told[-1] == "先列出最早过期的，其余见控制台“待审批和今日退费”。") == (many > 10)
    cashier = await an_employee(memory_app, "1007")
    assert await said(memory_app, cashier, "待办") == "没有待办的退费。"


async def test_ten_of_today_are_listed() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    for _ in range(11):
        await say(memory_app, cashier, f"退费 {payment.id} 0.10元 没做")
        await confirmed(memory_app, cashier)
    told = (await said(memory_app, cashier, "今日")).splitlines()
    assert (told[0], told[1], len(told)) == ("今日退费 11 笔，已到账 0.00元", "当日限额还剩 998.90元", 12)


HELP_OF_A_CASHIER = """工号1001，可以回复：
查单 A1B2C3
　任何单号、手机号、就诊卡号，或后4位以上；也可以写日期、渠道、状态、科室、金额
退费 A1B2C3 20元 重复缴费
　写明原因；不写金额退全部；写“明细”可选项目
确认
　打开输入PIN和动态码的页面
待办
　等待审批的退费
撤回 A1B2C3R01
　撤回自己发起、还没审批的退费
进度 A1B2C3R01
　退费办到哪一步
今日
　今天自己发起的退费"""
DECIDES = """同意 A1B2C3R01
　审批别人发起的退费
驳回 A1B2C3R01 检查已经做了
　不同意这笔退费，原因发起人会看到
"""


async def test_help_of_each_role() -> None:
    memory_app = InMemoryApp()
    _, cashier, approver = await at_the_desk(memory_app)
    admin = await an_employee(memory_app, "4001", Role.ADMIN, name="钱管理")
    assert await said(memory_app, cashier, "帮助") == HELP_OF_A_CASHIER
    theirs = HELP_OF_A_CASHIER.replace("工号1001", "工号2001").replace("待办\n", f"{DECIDES}待办\n")
    assert await said(memory_app, approver, "帮助") == theirs
    elsewhere = f"工号4001，您的岗位在聊天里没有要办的事，请登录控制台：\n{SITE}/console"
    assert await said(memory_app, admin, "帮助") == elsewhere


async def test_what_is_missing_is_asked_for_by_an_example() -> None:
    memory_app = InMemoryApp()
    _, cashier, approver = await at_the_desk(memory_app)
    for who, text, example in (
        (approver, "同意", "退费单号，例如：同意 A1B2C3R01"),
        (approver, "驳回", "退费单号，例如：驳回 A1B2C3R01 检查已经做了"),
        (cashier, "撤回", "退费单号，例如：撤回 A1B2C3R01"),
        (cashier, "进度", "退费单号，例如：进度 A1B2C3R01"),
        (cashier, "退费", "单号，例如：退费 A1B2C3 20元 重复缴费"),
    ):
        assert await said(memory_app, who, text) == f"请写上{example}"
    assert await said(memory_app, cashier, "确人") == "没有听懂“确人”。您是不是想说：确认"
    nothing = "没有听懂“驳会 A1B2C3R01”。回复“帮助”查看可以做什么。"
    assert await said(memory_app, cashier, "驳会 A1B2C3R01") == nothing, "that is not theirs"
    assert "驳回 A1B2C3R01" in await said(memory_app, approver, "驳会 A1B2C3R01")
    assert await said(memory_app, cashier, "帮住") == "没有听懂“帮住”。回复“帮助”查看可以做什么。"


async def test_a_number_that_looks_like_an_invitation_is_none() -> None:
    memory_app = InMemoryApp()
    _, cashier, _ = await at_the_desk(memory_app)
    assert await said(memory_app, cashier, "进度 ABCDEFGH") == "没有找到这笔支付，请核对单号。"


async def test_what_is_no_text_is_no_word_of_staff() -> None:
    memory_app = InMemoryApp()
    payment, _, _ = await at_the_desk(memory_app)
    said_it = message("openid-1001", f"查单 {payment.id}")
    event = replace(said_it, kind="event")
    chat = memory_app.staff_chat
    assert (chat.hears(said_it), chat.hears(event), chat.hears(replace(said_it, text="你好"))) == (True, False, False)
    assert await chat.work_for(memory_app.hospital, event) is None
    assert await chat.unheard(memory_app.hospital, event) is None
    assert await chat.unheard(memory_app.hospital, message("openid-nobody", "你好")) is None
    work = await chat.work_for(memory_app.hospital, said_it)
    assert work is not None
    assert payment.id in (await work()).text


class TestResult:
    async def test_is_told_once_for_each_state(self) -> None:
        memory_app = InMemoryApp()
        payment, cashier, _ = await at_the_desk(memory_app)
        await ask(memory_app, cashier, payment, 500)
        [refund] = (await memory_app.payment(payment.id)).refunds
        actor = await cashier.now()
        for _ in range(2):
            await memory_app.staff_chat.tell_done(memory_app.hospital, actor, payment, refund)
        assert memory_app.chat_told("openid-1001") == [("openid-1001", done(payment, refund))]
        memory_app.clock.forward(minutes=59, seconds=59)
        await memory_app.staff_chat.tell_done(memory_app.hospital, actor, payment, refund)
        assert len(memory_app.chat_told("openid-1001")) == 1
        memory_app.clock.forward(1)
        await memory_app.staff_chat.tell_done(memory_app.hospital, actor, payment, refund)
        assert len(memory_app.chat_told("openid-1001")) == 2

    async def test_is_told_to_nobody_where_there_is_no_chat(self) -> None:
        memory_app = InMemoryApp()
        payment, cashier, _ = await at_the_desk(memory_app)
        await ask(memory_app, cashier, payment, 500)
        [refund] = (await memory_app.payment(payment.id)).refunds
        actor = await cashier.now()
        for nobody in (replace(actor, identity=None), replace(actor, identity=an_identity(channel="alipay"))):
            await memory_app.staff_chat.tell_done(memory_app.hospital, nobody, payment, refund)
        memory_app.hospital.chats["wechat"].will("tell", OutcomeUnknown("wechat"))  # type: ignore[attr-defined]
        await memory_app.staff_chat.tell_done(memory_app.hospital, actor, payment, refund)
        assert memory_app.chat_told("openid-1001") == []
