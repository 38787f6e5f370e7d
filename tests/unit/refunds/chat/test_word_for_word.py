"""What staff read in the chat, word for word, as one conversation leads on to the next line."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from server.refunds.chat.talk import OVERTAKEN
from tests.support.builders import PHONE
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.refund_desk import at_the_desk
from tests.support.staff_chat import confirmed, say
from tests.unit.refunds.chat.test_talk import three, waiting

pytestmark = pytest.mark.asyncio
SITE = "https://pay.hospital.example"
STAFF = f"{SITE}/h/demo/staff"
REASONS = "1. 重复缴费\n2. 开错项目\n3. 项目未做\n4. 药品缺货\n5. 其他原因"
WHY = f"为什么退 5.00元？请回复序号，或写原因：\n{REASONS}"
ITEMS = f'张*试 B1 测试内科，可退 12.34元\n<a href="{STAFF}/items/TICKET">点这里选择要退的明细</a>\n10分钟内有效。'
CONFIRM = f'<a href="{STAFF}/confirm/TICKET">点这里输入PIN和动态码</a>\n'
NOTHING = "没有等待确认的操作，请先回复“退费 单号”。"
SEARCH = "请写上单号、手机号或就诊卡号，例如：查单 A1B2C3。也可以按条件查，例如：查单 昨天 已入账 内科。"
NO_REFUND = "没有找到这笔退费，请输入完整的退费单号。"


async def said(memory_app: InMemoryApp, who: Employee | str, text: str) -> str:
    """The answer, with the ticket of its page, which is another one each time, as ``TICKET``."""
    return re.sub(r"(?<=/)[0-9A-Z]{24}", "TICKET", await say(memory_app, who, text))


async def test_a_cashier_who_says_too_little_or_too_much() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    for text, answer in (
        ("查单", SEARCH),
        ("同意 A1B2C3R01", "您的岗位不能办理“同意”。回复“帮助”查看可以做什么。"),
        ("确认", NOTHING),
        ("退费", "请写上单号，例如：退费 A1B2C3 20元 重复缴费"),
        (f"退费 {payment.id} 1.234元", "金额写法不对，请写成 12.50 这样。"),
        (f"退费 {payment.id} 5元", WHY),
        ("6", "请回复 1 到 5 的序号，或写原因。"),
        ("不退了", "好的，没有办理。"),
        ("3", "没有听懂“3”。回复“帮助”查看可以做什么。"),
        (f"退费 {payment.id} 明细", f"为什么退费？请回复序号，或写原因：\n{REASONS}"),
        ("3", ITEMS),
        (f"退费 {payment.id} 明细 没做", ITEMS),
        (f"查单 {PHONE} 已关闭", "没有找到。可以用任何单号、手机号、就诊卡号或它们的后4位以上查。"),
        ("待办", "没有待办的退费。"),
        ("今日", "今天还没有发起过退费。"),
        (f"进度 {payment.id}", NO_REFUND),
        (f"撤回 {payment.id[-6:]}R01", NO_REFUND),
        ("进度 ABCDEFG", "没有找到这笔支付，请核对单号。"),
    ):
        assert await said(memory_app, cashier, text) == answer, text


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("1", "本次退 5.00元（重复缴费）\n退回"),
        ("5", "本次退 5.00元（其他原因）\n退回"),
        ("没做，家属要求", "本次退 5.00元（项目未做）\n说明：没做，家属要求\n退回"),
    ],
)
async def test_a_reason_by_its_number_or_in_own_words(answer: str, shown: str) -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    await say(memory_app, cashier, f"退费 {payment.id} 5元")
    assert shown in await say(memory_app, cashier, answer)
    assert await said(memory_app, cashier, "好的") == "要继续请回复“确认”。"
    assert await said(memory_app, cashier, "确认") == f"{CONFIRM}5.00元，10分钟内有效。"


async def test_the_whole_sum_is_asked_about_where_none_is_said() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    assert await said(memory_app, cashier, f"退费 {payment.id}") == WHY.replace("5.00", "12.34")
    assert "没有可退" not in await say(memory_app, cashier, "没做")
    assert await said(memory_app, cashier, "确认") == f"{CONFIRM}12.34元，10分钟内有效。"


async def test_what_waits_is_forgotten_after_ten_minutes() -> None:
    memory_app = InMemoryApp()
    numbers, cashier = await three(memory_app)
    await say(memory_app, cashier, f"退费 {numbers[0]} 5元")
    memory_app.clock.forward(minutes=9, seconds=59)
    assert "本次退 5.00元" in await say(memory_app, cashier, "没做")
    memory_app.clock.forward(minutes=9, seconds=59)
    assert await said(memory_app, cashier, "确认") == f"{CONFIRM}5.00元，10分钟内有效。"
    memory_app.clock.forward(1)
    assert await said(memory_app, cashier, "确认") == NOTHING
    for question in (f"退费 {numbers[0]} 5元", f"查单 {PHONE[-4:]}"):
        await say(memory_app, cashier, question)
        memory_app.clock.forward(minutes=10)
        assert await said(memory_app, cashier, "2") == "没有听懂“2”。回复“帮助”查看可以做什么。"


class TestLists:
    async def test_a_number_beyond_the_list_is_told_and_the_last_one_is_taken(self) -> None:
        memory_app = InMemoryApp()
        numbers, cashier = await three(memory_app)
        asked = (await say(memory_app, cashier, f"退费 {PHONE[-4:]} 2元 重复缴费")).splitlines()
        assert (asked[0], len(asked)) == ("有3笔支付符合，退哪一笔？请回复序号：", 4)
        for beyond in ("4", "退费 4"):
            assert await said(memory_app, cashier, beyond) == "请回复 1 到 3 的序号，或重新查。"
        assert numbers[2] in await say(memory_app, cashier, "3")

    async def test_what_is_said_with_the_number_counts_more_than_what_was_said_before(self) -> None:
        memory_app = InMemoryApp()
        _, cashier = await three(memory_app)
        for before, then, shown in (
            ("2元 重复缴费", "退费 3", "本次退 2.00元（重复缴费）\n退回"),
            ("2元 重复缴费", "退费 3 4元", "本次退 4.00元（重复缴费）\n退回"),
            ("2元 没做 家属要求", "退费 3", "本次退 2.00元（项目未做）\n说明：没做 家属要求\n退回"),
            ("2元 没做 家属要求", "退费 3 重复缴费", "本次退 2.00元（重复缴费）\n退回"),
            ("2元 没做 家属要求", "3", "本次退 2.00元（项目未做）\n说明：没做 家属要求\n退回"),
        ):
            await say(memory_app, cashier, f"退费 {PHONE[-4:]} {before}")
            assert shown in await say(memory_app, cashier, then), (before, then)

    async def test_items_that_were_asked_for_are_still_to_be_chosen(self) -> None:
        memory_app = InMemoryApp()
        _, cashier = await three(memory_app)
        for then in ("3", "退费 3"):
            await say(memory_app, cashier, f"退费 {PHONE[-4:]} 明细 没做")
            assert await said(memory_app, cashier, then) == ITEMS
        await say(memory_app, cashier, f"退费 {PHONE[-4:]} 没做")
        assert await said(memory_app, cashier, "退费 3 明细") == ITEMS

    async def test_after_a_search_a_number_shows_and_退费_refunds(self) -> None:
        memory_app = InMemoryApp()
        numbers, cashier = await three(memory_app)
        for then, shown in (
            ("3", f"退费请回复：退费 {numbers[2][-6:]} 原因"),
            ("退费 3 没做", "本次退 12.34元（项目未做）"),
        ):
            await say(memory_app, cashier, f"查单 {PHONE[-4:]}")
            assert shown in await say(memory_app, cashier, then)

    async def test_the_words_of_a_search_are_no_reason(self) -> None:
        memory_app = InMemoryApp()
        _, cashier = await three(memory_app)
        await say(memory_app, cashier, "查单 今天 已入账")
        assert await said(memory_app, cashier, "退费 3") == WHY.replace("5.00", "12.34")

    async def test_two_are_a_list(self) -> None:
        memory_app = InMemoryApp()
        cashier = await self.of_one_phone(memory_app, 2)
        await say(memory_app, cashier, f"查单 {PHONE[-4:]}")
        assert await said(memory_app, cashier, "3") == "请回复 1 到 2 的序号，或重新查。"

    async def test_one_that_was_found_is_no_list(self) -> None:
        memory_app = InMemoryApp()
        payment, cashier, _ = await at_the_desk(memory_app)
        assert payment.id in await say(memory_app, cashier, f"查单 {payment.id}")
        assert await said(memory_app, cashier, "1") == "没有听懂“1”。回复“帮助”查看可以做什么。"

    @pytest.mark.parametrize(("many", "head"), [(5, "1. "), (6, "共6笔，最新的5笔：\n\n1. ")])
    async def test_five_are_shown_in_full(self, many: int, head: str) -> None:
        memory_app = InMemoryApp()
        cashier = await self.of_one_phone(memory_app, many)
        shown = await say(memory_app, cashier, f"查单 {PHONE[-4:]}")
        assert shown.startswith(head)
        assert ("\n\n5. " in shown, "\n\n6. " in shown) == (True, False)

    @pytest.mark.parametrize(("many", "lines"), [(8, 9), (9, 11), (10, 11)])
    async def test_nine_are_listed_to_choose_from(self, many: int, lines: int) -> None:
        memory_app = InMemoryApp()
        cashier = await self.of_one_phone(memory_app, many)
        shown = (await say(memory_app, cashier, f"退费 {PHONE[-4:]} 没做")).splitlines()
        assert len(shown) == lines
        assert (shown[-1] == "更早的没有列出，请用完整单号。") == (many >= 9)

    async def of_one_phone(self, memory_app: InMemoryApp, many: int) -> Employee:
        payment, cashier, _ = await at_the_desk(memory_app)
        for n in range(1, many):
            at = payment.created_at + timedelta(minutes=n)
            other = replace(payment, id=f"{payment.id[:-6]}T{n:05}", claims=(), created_at=at)
            await memory_app.stores.payments.insert(other)
        return cashier


async def test_who_says_yes_before_an_item_is_chosen_is_led_back_to_them() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    await say(memory_app, cashier, f"退费 {payment.id} 明细 没做")
    link = f'<a href="{STAFF}/items/TICKET">点这里选择要退的明细</a>'
    for yes in ("确认", "好的"):
        answer = await said(memory_app, cashier, yes)
        assert answer == f"还没有选择要退的明细：\n{link}\n要退全部，请回复“退费 {payment.id[-6:]}”。"


async def test_a_payment_without_items_is_refunded_by_an_amount() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    subject = payment.personal.subject
    bare = replace(subject, charges=tuple(replace(charge, items=()) for charge in subject.charges))
    one = replace(payment, id=f"{payment.id[:-6]}BARE01", claims=(), personal=replace(payment.personal, subject=bare))
    await memory_app.stores.payments.insert(one)
    assert (
        await said(memory_app, cashier, f"退费 {one.id} 明细 没做")
        == "这笔支付没有明细，请写金额，例如：退费 A1B2C3 20元。"
    )


async def test_a_refusal_asks_why_and_only_of_a_refund_that_there_is() -> None:
    memory_app = InMemoryApp()
    payment, refund_id, _, approver = await waiting(memory_app)
    assert await said(memory_app, approver, f"驳回 {payment.id[-6:]}R77") == NO_REFUND
    asked = f"为什么驳回 {refund_id[-9:]}？请回复原因，发起人会看到。"
    assert await said(memory_app, approver, f"驳回 {refund_id[-9:]}") == asked
    assert "驳回原因：项目未做（发起人会看到）" in await say(memory_app, approver, "没做")
    assert await said(memory_app, approver, f"驳回 {refund_id[-9:]}") == asked
    assert "驳回原因：药已经发了（发起人会看到）" in await say(memory_app, approver, "药已经发了")
    assert "驳回原因：重复缴费（发起人会看到）" in await say(memory_app, approver, f"驳回 {refund_id[-9:]} 重复缴费")
    assert "同意退费" in await say(memory_app, approver, f"同意 {refund_id[-9:]}")
    assert await confirmed(memory_app, approver) == refund_id


async def test_what_was_begun_counts_though_it_is_asked_back() -> None:
    """确认 never means the preview of before."""
    memory_app = InMemoryApp()
    payment, refund_id, _, approver = await waiting(memory_app)
    cashier = await an_employee(memory_app, "1009")
    await say(memory_app, cashier, f"退费 {payment.id} 0.34元 没做")
    await say(memory_app, cashier, f"退费 {payment.id} 0.30元")
    assert await said(memory_app, cashier, "确认") == NOTHING
    await say(memory_app, approver, f"同意 {refund_id}")
    await say(memory_app, approver, f"驳回 {refund_id}")
    assert await said(memory_app, approver, "确认") == NOTHING
    assert OVERTAKEN == "您后来又办了别的，这一步没有留下。要办请再发一次。"
