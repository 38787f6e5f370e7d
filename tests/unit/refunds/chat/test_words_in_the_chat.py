"""What staff read about refunds in the chat, word for word: what was found, what a refund has come to, and what became of a confirmation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.actors import Actor, Source
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.refunds.chat import texts
from server.refunds.chat.texts import done, found, listed, not_understood, progress, refund_line
from server.refunds.texts import covered, decided_no, unnamed
from server.staff.actor_texts import who
from tests.support.builders import a_bill, a_pending, paying_for
from tests.support.clock_and_ids import MORNING
from tests.support.outside import a_hospital
from tests.support.words import spoken
from tests.unit.payments.states import in_state

HOSPITAL, BOOKED = a_hospital(), in_state(PaymentState.BOOKED)
NUMBER, TAIL = BOOKED.id, BOOKED.id[-6:]
WORDS = """\
NEXT: 回复“确认”，在打开的页面里输入PIN和动态码，10分钟内有效。
MORE: 先列出最早过期的，其余见控制台“待审批和今日退费”。
NOT_FOR_ROLE: 您的岗位不能办理“{command}”。回复“帮助”查看可以做什么。
NO_SECRETS: 请不要在聊天里发送PIN或动态码，没有保存。请回复“确认”，在打开的页面里输入。"""
ARRIVAL = "零钱几分钟内到账，银行卡1至3个工作日"


def a_refund(number: int = 1, **fields: Any) -> Refund:
    facts: dict[str, Any] = {
        "id": f"{NUMBER}R{number:02}", "amount_fen": 300, "origin": RefundOrigin.STAFF, "reason": "not_done",
        "state": RefundState.APPROVED, "at": MORNING, "asked_by": "staff:1001",
    }  # fmt: skip
    return Refund(**{**facts, **fields})


def refunded(*refunds: Refund) -> Payment:
    return replace(BOOKED, refunds=refunds)


def test_the_words() -> None:
    assert spoken(texts, "NEXT", "MORE", "NOT_FOR_ROLE", "NO_SECRETS") == WORDS


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["内科", "外科", "内科"], "内科、外科"),
        (["甲", "乙", "丙"], "甲、乙、丙"),
        (["甲", "乙", "丙", "丁", "甲"], "甲、乙、丙 等4项"),
        (["长" * 40, "长" * 41], f"{'长' * 40}、{'长' * 40}…"),
    ],
)
def test_names_are_listed_up_to_three(names: list[str], said: str) -> None:
    assert listed(names) == said


def test_nothing_was_found() -> None:
    assert found(HOSPITAL, []) == "没有找到。可以用任何单号、手机号、就诊卡号或它们的后4位以上查。"


def test_one_was_found_with_what_can_be_refunded() -> None:
    assert found(HOSPITAL, [BOOKED]).splitlines() == [
        NUMBER,
        "张*试 ****0001 测试内科",
        "11-23 09:30 微信支付 12.34元 已入账",
        "可退 12.34元",
        "",
        f"退费请回复：退费 {TAIL} 原因",
    ]


def test_some_were_found_with_their_numbers_and_the_newest_three_refunds() -> None:
    whole = [a_refund(number, amount_fen=308, state=RefundState.SUCCEEDED) for number in (1, 2, 3)]
    gone = refunded(*whole, a_refund(4, amount_fen=310, rest_fen=0, state=RefundState.SUBMITTED))
    open_one = a_pending(MORNING + timedelta(hours=1))
    assert found(HOSPITAL, [gone, open_one]).splitlines() == [
        f"1. {NUMBER}",
        "张*试 ****0001 测试内科",
        "11-23 09:30 微信支付 12.34元 已入账",
        "另有退费1笔",
        f"退费 {TAIL}R02 3.08元 退费已到账",
        f"退费 {TAIL}R03 3.08元 退费已到账",
        f"退费 {TAIL}R04 3.10元 已提交退费，等待到账",
        "",
        f"2. {open_one.id}",
        "张*试 ****0001 测试内科",
        "11-23 10:30 微信支付 12.34元 待支付",
    ]
    three = found(HOSPITAL, [refunded(*whole)])
    assert "另有" not in three
    assert f"退费 {TAIL}R01" in three


@pytest.mark.parametrize(("which", "example"), [("go", "2"), ("og", "1"), ("ooo", "2"), ("gog", "2"), ("gogo", "4")])
def test_the_example_names_one_that_can_be_refunded(which: str, example: str) -> None:
    """``o`` can be, ``g`` is not paid."""
    payments = [{"o": BOOKED, "g": a_pending()}[each] for each in which]
    lines = found(HOSPITAL, payments).splitlines()
    assert lines[-2:] == ["", f"退费请回复“退费”和序号，例如：退费 {example} 原因"]


def test_one_that_can_not_be_refunded_has_no_example() -> None:
    assert found(HOSPITAL, [a_pending()]).splitlines()[-1] == "11-23 09:30 微信支付 12.34元 待支付"


def test_what_was_paid_is_shown_and_when() -> None:
    late = replace(BOOKED, paid_at=MORNING + timedelta(minutes=5), parts=(replace(BOOKED.parts[0], paid_fen=1000),))
    assert found(HOSPITAL, [late]).splitlines()[2:4] == ["11-23 09:35 微信支付 10.00元 已入账", "可退 10.00元"]
    two = paying_for(BOOKED, a_bill("B1"), a_bill("B2", department="检验科"))
    assert found(HOSPITAL, [two]).splitlines()[1] == "张*试 ****0001 测试内科、检验科"


def test_a_refund_on_one_line() -> None:
    assert refund_line(BOOKED, a_refund(rest_fen=100)) == f"{TAIL}R01 张*试 4.00元 正在办理"


def test_what_was_not_understood_is_repeated_and_something_near_is_offered() -> None:
    assert not_understood("字" * 21, "") == f"没有听懂“{'字' * 20}”。回复“帮助”查看可以做什么。"
    assert not_understood("退飞", "退费") == "没有听懂“退飞”。您是不是想说：退费"


@pytest.mark.parametrize(
    ("refund", "his_words", "further"),
    [
        (a_refund(), "", ["正在办理"]),
        (
            a_refund(state=RefundState.REQUESTED, approval_reasons=("over_limit", "own")),
            "",
            ["等待审批", "需要审批：超过单笔限额、与本人有关"],
        ),
        (
            a_refund(state=RefundState.REJECTED, decided_by="his:w7"),
            "已发药",
            ["已驳回", "医院系统（w7）：已发药"],
        ),
        (a_refund(state=RefundState.SUBMITTED), "", ["已提交退费，等待到账", ARRIVAL]),
        (
            a_refund(state=RefundState.SUCCEEDED, finished_at=MORNING + timedelta(hours=1)),
            "",
            ["退费已到账", "11-23 10:30 到账"],
        ),
        (a_refund(state=RefundState.SUCCEEDED), "", ["退费已到账"]),
        (a_refund(finished_at=MORNING), "", ["正在办理"]),
        (
            a_refund(state=RefundState.WITHDRAWN, covered_by="X"),
            "",
            ["已撤回", "财务已在收款平台退费，本次不再重复退。"],
        ),
    ],
)  # fmt: skip
def test_how_far_a_refund_is(refund: Refund, his_words: str, further: list[str]) -> None:
    assert progress(HOSPITAL, refunded(refund), refund, his_words).splitlines() == [
        f"退费 {NUMBER}R01",
        "张*试 3.00元 项目未做",
        "11-23 09:30 工号1001发起",
        *further,
    ]


def test_a_refund_for_a_reason_of_another_version_has_none() -> None:
    odd = a_refund(reason="unheard of", rest_fen=50)
    assert progress(HOSPITAL, refunded(odd), odd, "").splitlines()[1] == "张*试 3.50元 "


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (RefundState.REQUESTED, "等待审批：支付时间较久\n审批结果会发给您。"),
        (RefundState.REJECTED, "已驳回"),
        (RefundState.APPROVED, f"正在办理\n结果会发给您，也可以回复“进度 {TAIL}R01”。"),
    ],
)
def test_what_was_confirmed_is_said(state: RefundState, after: str) -> None:
    refund = a_refund(state=state, approval_reasons=("old",))
    assert done(BOOKED, refund) == f"退费 {TAIL}R01 3.00元\n{after}"


# ---- words of the chat and the console -----------------------------------------------------------------------------------------


def test_the_his_s_words_name_nobody() -> None:
    assert unnamed(BOOKED, "张测试已取药，张测试不能退") == "就诊人已取药，就诊人不能退"
    nameless = replace(BOOKED, personal=replace(BOOKED.personal, patient_name=""))
    assert unnamed(nameless, "已取药") == "已取药"


@pytest.mark.parametrize(
    ("by", "line"),
    [("staff:2001", "工号2001：不同意"), ("his", "医院系统：不同意"), ("cli:root", "不同意"), ("", "不同意")],
)
def test_who_said_no_is_named_where_it_is_a_person_of_the_hospital(by: str, line: str) -> None:
    assert decided_no(a_refund(decided_by=by), "不同意") == line


def test_what_the_console_s_refund_covers_is_said_with_the_rest() -> None:
    first = a_refund(covered_by="X", written_off_as="W", amount_fen=300)
    rest = a_refund(2, written_off_as="W", amount_fen=120)
    assert covered(refunded(first, rest), first) == "财务已在收款平台退费1.80元，其余1.20元继续退。"
    assert covered(refunded(first), first) == "财务已在收款平台退费，本次不再重复退。"


@pytest.mark.parametrize(
    ("source", "name", "words"),
    [
        (Source.STAFF, "1001", "工号1001"),
        (Source.HIS, "w7", "医院系统（w7）"),
        (Source.HIS, "", "医院系统"),
        (Source.CLI, "root", "服务器命令行（root）"),
        (Source.CHANNEL, "微信", "渠道微信"),
        (Source.PATIENT, "payer", "付款人"),
        (Source.PATIENT, "holder", "持卡患者本人"),
        (Source.PATIENT, "reader", "看报告的人"),
        (Source.PATIENT, "other", "持卡患者本人"),
        (Source.SYSTEM, "", "系统"),
    ],
)
def test_each_source_has_words_of_its_own(source: Source, name: str, words: str) -> None:
    assert who(Actor(source, name)) == words
