"""What staff say in the chat about refunds, and what is asked back: which payment, why, why not; and who reads which preview."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.payments.model import Payment
from server.payments.refund_model import RefundState
from server.staff.model import Role
from tests.support.builders import PHONE
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.refund_desk import at_the_desk
from tests.support.staff_chat import SMALL, confirmed, say

pytestmark = pytest.mark.asyncio
MENU = "回复“缴费”查看待缴费用"


async def waiting(memory_app: InMemoryApp) -> tuple[Payment, str, Employee, Employee]:
    """(payment, refund that waits, who asked, who decides)."""
    payment, _, approver = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", limits=SMALL, name="周收费")
    await say(memory_app, cashier, f"退费 {payment.id} 张测试说没做检查")
    return payment, await confirmed(memory_app, cashier), cashier, approver


async def test_a_no_has_a_reason_that_the_asker_reads_with_who_said_it() -> None:
    memory_app = InMemoryApp()
    payment, refund_id, cashier, approver = await waiting(memory_app)
    assert "为什么驳回" in await say(memory_app, approver, f"驳回 {refund_id[-9:]}")
    shown = await say(memory_app, approver, "张测试的检查昨天已经做了")
    assert "驳回原因：就诊人的检查昨天已经做了" in shown
    await confirmed(memory_app, approver)
    await memory_app.work()
    told = memory_app.chat_told("openid-1002")[-1][1]
    assert "工号2001：就诊人的检查昨天已经做了" in told
    assert "工号2001：就诊人的检查昨天已经做了" in await say(memory_app, cashier, f"进度 {refund_id[-9:]}")
    refund = (await memory_app.payment(payment.id)).refunds[0]
    assert refund.state is RefundState.REJECTED
    assert "昨天" not in refund.his_words, "it is sealed"


async def test_a_reason_may_stand_in_the_command() -> None:
    memory_app = InMemoryApp()
    _, refund_id, _, approver = await waiting(memory_app)
    assert "驳回原因：药已经发了" in await say(memory_app, approver, f"驳回 {refund_id[-9:]} 药已经发了")


async def test_the_approver_s_preview_says_who_asks_why_and_what_has_gone_before() -> None:
    memory_app = InMemoryApp()
    payment, cashier, approver = await at_the_desk(memory_app)
    await say(memory_app, cashier, f"退费 {payment.id} 1元 重复缴费")
    await confirmed(memory_app, cashier)
    small = await an_employee(memory_app, "1002", limits=SMALL, name="周收费")
    await say(memory_app, small, f"退费 {payment.id} 10.01元 张测试说没做检查")
    refund_id = await confirmed(memory_app, small)
    shown = await say(memory_app, approver, f"同意 {refund_id[-9:]}")
    assert "发起人：周收费（工号1002）" in shown
    assert "项目未做，就诊人说没做检查" in shown
    assert "这笔支付的其他退费：" in shown
    assert "1.00元 正在办理 工号1001" in shown
    assert "退费预览" not in shown
    assert "张测试" not in shown


@pytest.mark.parametrize(
    ("said", "meant"), [("差单 A1B2C3", "查单 A1B2C3"), ("确任", "确认"), ("退非 A1B2C3", "退费 A1B2C3")]
)
async def test_a_slip_of_the_finger_is_asked_about(said: str, meant: str) -> None:
    memory_app = InMemoryApp()
    _, cashier, _ = await at_the_desk(memory_app)
    answer = await say(memory_app, cashier, said)
    assert f"您是不是想说：{meant}" in answer
    assert MENU not in answer


async def test_staff_never_get_the_patients_menu_but_may_be_patients() -> None:
    memory_app = InMemoryApp()
    payment, cashier, approver = await at_the_desk(memory_app)
    for text in ("好的", "同意", "可以", "谢谢", "差单", "确任", "1"):
        for one in (cashier, approver):
            assert MENU not in await say(memory_app, one, text)
    await say(memory_app, cashier, f"退费 {payment.id} 没做")
    for text in ("好的", "同意", "OK"):
        assert "回复“确认”" in await say(memory_app, cashier, text)
    assert "点这里查看待缴费用" in await say(memory_app, cashier, "缴费")


async def three(memory_app: InMemoryApp) -> tuple[list[str], Employee]:
    """The numbers of three payments of one phone, newest first."""
    payment, cashier, _ = await at_the_desk(memory_app)
    numbers = [payment.id]
    for n in (1, 2):
        other = replace(
            payment, id=f"{payment.id[:-6]}T{n:05}", claims=(), created_at=payment.created_at + timedelta(minutes=n)
        )
        await memory_app.stores.payments.insert(other)
        numbers.insert(0, other.id)
    return numbers, cashier


async def test_several_payments_are_numbered_and_one_is_chosen() -> None:
    memory_app = InMemoryApp()
    numbers, cashier = await three(memory_app)
    asked = await say(memory_app, cashier, f"退费 {PHONE[-4:]} 2元 重复缴费")
    assert "有3笔支付符合" in asked
    assert [line[:2] for line in asked.splitlines()[1:4]] == ["1.", "2.", "3."]
    assert "请回复 1 到 3" in await say(memory_app, cashier, "7")
    shown = await say(memory_app, cashier, "２、")
    assert numbers[1] in shown
    assert "本次退 2.00元（重复缴费）" in shown
    again = await say(memory_app, cashier, "退费 3 5元 没做")
    assert numbers[2] in again
    assert "本次退 5.00元（项目未做）" in again


async def test_what_was_found_is_numbered_for_a_refund() -> None:
    memory_app = InMemoryApp()
    numbers, cashier = await three(memory_app)
    said = await say(memory_app, cashier, f"查单 {PHONE[-4:]}")
    assert "退费请回复“退费”和序号" in said
    assert f"退费 {numbers[0][-6:]}" not in said, "not the newest"
    assert numbers[1] in await say(memory_app, cashier, "2")
    assert numbers[2] in await say(memory_app, cashier, "退费 3 没做")


async def test_a_newer_command_ends_the_question_that_was_asked_before_it() -> None:
    """What is said then never answers a question about another payment."""
    memory_app = InMemoryApp()
    numbers, cashier = await three(memory_app)
    assert "为什么退 12.34元" in await say(memory_app, cashier, f"退费 {numbers[2]}")
    assert "没有找到" in await say(memory_app, cashier, "退费 9999 没做")
    assert "没有听懂" in await say(memory_app, cashier, "开错项目")
    assert "为什么退 12.34元" in await say(memory_app, cashier, f"退费 {numbers[2]}")
    await say(memory_app, cashier, f"查单 {PHONE[-4:]}")
    shown = await say(memory_app, cashier, "2")
    assert (numbers[1] in shown, "退费预览" in shown) == (True, False), "it is a line of the list, no second reason"


async def test_a_newer_decision_ends_the_question_why_another_was_refused() -> None:
    memory_app = InMemoryApp()
    _, refund_id, _, approver = await waiting(memory_app)
    assert "为什么驳回" in await say(memory_app, approver, f"驳回 {refund_id[-9:]}")
    assert "没有找到" in await say(memory_app, approver, "同意 ZZZZZZR01")
    assert "没有听懂" in await say(memory_app, approver, "药已经发了")


async def test_the_asker_reads_the_own_words_that_the_approver_will_read() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    assert "为什么退" in await say(memory_app, cashier, f"退费 {payment.id} 5元")
    shown = await say(memory_app, cashier, "买错了药，家属要求")
    assert "本次退 5.00元（其他原因）\n说明：买错了药，家属要求\n" in shown
    assert "说明" not in await say(memory_app, cashier, f"退费 {payment.id} 5元 药品缺货")


async def test_no_reason_is_asked_for_and_may_be_a_number_or_words() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    asked = await say(memory_app, cashier, f"退费 {payment.id} 5元")
    assert "为什么退 5.00元" in asked
    assert "3. 项目未做" in asked
    assert "没有等待确认的操作" in await say(memory_app, cashier, "确认")
    assert "为什么退费？" in await say(memory_app, cashier, f"退费 {payment.id} 明细"), (
        "the items are still to be chosen"
    )
    assert "为什么退 5.00元" in await say(memory_app, cashier, f"退费 {payment.id} 5元")
    assert "为什么退" in await say(memory_app, cashier, "好的")
    assert "本次退 5.00元（项目未做）" in await say(memory_app, cashier, "3")
    await say(memory_app, cashier, f"退费 {payment.id} 4元")
    assert "本次退 4.00元（药品缺货）" in await say(memory_app, cashier, "药房没药了")
    await say(memory_app, cashier, f"退费 {payment.id} 3元")
    assert "没有办理" in await say(memory_app, cashier, "不退了")
    assert MENU not in await say(memory_app, cashier, "3")


async def test_a_yes_before_an_item_is_chosen_is_no_yes_to_all_of_them() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    shown = await say(memory_app, cashier, f"退费 {payment.id} 明细 没做")
    assert "张*试 B1 测试内科，可退 12.34元" in shown
    for word in ("确认", "好的"):
        asked = await say(memory_app, cashier, word)
        assert "还没有选择要退的明细" in asked
        assert "/staff/items/" in asked
        assert "/staff/confirm/" not in asked
    assert f"要退全部，请回复“退费 {payment.id[-6:]}”" in asked
    await say(memory_app, cashier, f"退费 {payment.id[-6:]} 没做")
    assert "/staff/confirm/" in await say(memory_app, cashier, "确认")


async def test_where_there_are_no_items_nothing_waits_for_a_yes() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    bare = replace(payment, id=f"{payment.id[:-6]}ABCD12", claims=())
    charges = tuple(replace(charge, items=()) for charge in bare.personal.subject.charges)
    subject = replace(bare.personal.subject, charges=charges)
    await memory_app.stores.payments.insert(replace(bare, personal=replace(bare.personal, subject=subject)))
    assert "没有明细，请写金额" in await say(memory_app, cashier, "退费 ABCD12 明细 没做")
    assert "没有等待确认的操作" in await say(memory_app, cashier, "确认")


async def test_amounts_name_the_most_and_nothing_is_its_own_sentence() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    assert "最多可退 12.34元" in await say(memory_app, cashier, f"退费 {payment.id} 99元")
    assert "退费金额要大于 0 元" in await say(memory_app, cashier, f"退费 {payment.id} 0元 没做")
    await say(memory_app, cashier, f"退费 {payment.id} 没做")
    await confirmed(memory_app, cashier)
    assert "已经没有可退的金额" in await say(memory_app, cashier, f"退费 {payment.id}")


async def test_a_second_refund_of_the_same_amount_is_warned_of() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    assert "同样金额" not in await say(memory_app, cashier, f"退费 {payment.id} 5元 没做")
    await confirmed(memory_app, cashier)
    again = await say(memory_app, cashier, f"退费 {payment.id} 5元 没做")
    assert "已有一笔同样金额的退费" in again
    assert "R01" in again
    assert "同样金额" not in await say(memory_app, cashier, f"退费 {payment.id} 4元 没做")


async def test_one_who_decides_nothing_is_told_so() -> None:
    memory_app = InMemoryApp()
    await at_the_desk(memory_app)
    admin = await an_employee(memory_app, "4001", Role.ADMIN, name="钱管理")
    assert "您的岗位不能办理“查单”" in await say(memory_app, admin, "查单 A1B2C3")


async def test_payments_are_found_in_the_chat_by_what_must_hold_of_them() -> None:
    memory_app = InMemoryApp()
    numbers, cashier = await three(memory_app)
    assert "可以按条件查" in await say(memory_app, cashier, "查单")
    said = await say(memory_app, cashier, "查单 今天 微信 已入账")
    assert all(number in said for number in numbers)
    assert "没有找到" in await say(memory_app, cashier, "查单 昨天 已入账")
    assert "没有找到" in await say(memory_app, cashier, f"查单 {PHONE} 已关闭")
    transaction = (await memory_app.payment(numbers[2])).parts[0].transaction_id
    assert transaction
    said = await say(memory_app, cashier, f"查单 {transaction[-6:]}")
    assert all(number in said for number in numbers)
