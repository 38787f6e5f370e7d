"""What staff read before they confirm, word for word: the asker's preview, the approver's, and the payments to choose from."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundLine, RefundState
from server.refunds.chat.preview_texts import candidates, history, preview, same_before
from server.refunds.drafts import AGREE, ASK, REJECT, Draft, Preview
from tests.support.builders import a_bill, a_pending, paying_for
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state
from tests.unit.refunds.chat.test_words_in_the_chat import BOOKED, HOSPITAL, NUMBER, TAIL, a_refund, refunded

NEXT = "回复“确认”，在打开的页面里输入PIN和动态码，10分钟内有效。"
LINE = RefundLine(charge_no="B1", item_no="1", amount_fen=100)
ASKED_AT = MORNING + timedelta(hours=2)


def shown(payment: Payment = BOOKED, action: str = ASK, reasons: tuple[str, ...] = (), **fields: Any) -> Preview:
    drafts = {"refund_id", "reason", "note", "lines"}
    facts = {"amount_fen": 300, "reason": "not_done", **{name: fields.pop(name) for name in drafts & set(fields)}}
    draft = Draft(ticket="T", action=action, number="1001", payment_id=payment.id, **facts)
    return Preview(draft=draft, payment=payment, approval_reasons=reasons, **fields)


def said(*args: Any, **fields: Any) -> list[str]:
    return preview(HOSPITAL, shown(*args, **fields)).splitlines()


HEAD = [
    "退费预览",
    "就诊人：张*试",
    "单据：B1 测试内科",
    f"支付单号：{NUMBER}",
    "已付 12.34元，已退或在退 0.00元",
    "本次退 3.00元（项目未做）",
]
BACK = "退回：原支付账户（微信支付），零钱几分钟内到账，银行卡1至3个工作日"


def test_a_request_says_whose_money_goes_where() -> None:
    assert said() == [*HEAD, BACK, NEXT]


@pytest.mark.parametrize(
    ("fields", "further"),
    [
        ({"note": "张测试没来"}, ["说明：就诊人没来", BACK, NEXT]),
        ({"note": "项目未做"}, [BACK, NEXT]),
        ({"lines": (LINE, LINE)}, [BACK, "明细：2项，见确认页面", NEXT]),
        ({"reasons": ("over_day",)}, [BACK, "需要另一人审批：超过当日限额", NEXT]),
        ({"his_says": "张测试已发药"}, [BACK, "医院系统不同意：就诊人已发药", "现在不能办理。"]),
        ({"his_silent": True}, [BACK, "医院系统暂时没有回答，提交后会再核对。", NEXT]),
    ],
    ids=[
        "words of one's own",
        "the reason's words",
        "items",
        "a second person",
        "the HIS says no",
        "the HIS is silent",
    ],
)
def test_a_request_says_what_else_is_to_be_known(fields: dict[str, Any], further: list[str]) -> None:
    assert said(**fields) == [*HEAD, *further]


def test_a_reason_of_another_version_is_another_reason() -> None:
    assert said(reason="unheard of")[5] == "本次退 3.00元（其他原因）"
    assert said(reason="unheard of", note="其他原因")[6] == BACK


def test_the_same_amount_before_is_warned_of() -> None:
    before = refunded(a_refund(state=RefundState.SUCCEEDED, at=ASKED_AT))
    warning = f"这笔支付已有一笔同样金额的退费：{TAIL}R01 11-23 11:30 退费已到账，请确认不是重复退费。"
    assert same_before(shown(before)) == warning
    assert same_before(shown()) == ""
    assert said(before)[4:] == [
        "已付 12.34元，已退或在退 3.00元", "本次退 3.00元（项目未做）", BACK, f"注意：{warning}", NEXT,
    ]  # fmt: skip


def waiting(*others: Refund) -> Payment:
    asked = a_refund(9, state=RefundState.REQUESTED, at=ASKED_AT)
    return refunded(*others, asked)


def decided(action: str, payment: Payment, **fields: Any) -> list[str]:
    facts = {
        "refund_id": f"{NUMBER}R09",
        "asked_by": "1001 王收费",
        "asked_note": "",
        "reasons": ("old", "own"),
        **fields,
    }
    return said(payment, action, **facts)


def test_an_approver_reads_who_asks_and_why_and_what_went_before() -> None:
    assert decided(AGREE, waiting(), asked_note="张测试没来") == [
        f"同意退费 {TAIL}R09",
        "申请退 3.00元，这笔支付已付 12.34元",
        "发起人：1001 王收费，11-23 11:30",
        "原因：项目未做，就诊人没来",
        "需审批：支付时间较久、与本人有关",
        "就诊人：张*试 B1 测试内科",
        "这笔支付没有其他退费。",
        NEXT,
    ]
    before = waiting(a_refund(amount_fen=200, state=RefundState.SUCCEEDED))
    assert decided(REJECT, before, note="张测试已取药") == [
        f"驳回退费 {TAIL}R09",
        "申请退 3.00元，这笔支付已付 12.34元",
        "发起人：1001 王收费，11-23 11:30",
        "原因：项目未做",
        "需审批：支付时间较久、与本人有关",
        "就诊人：张*试 B1 测试内科",
        "这笔支付的其他退费：",
        f"{TAIL}R01 11-23 09:30 2.00元 退费已到账 工号1001",
        "驳回原因：就诊人已取药（发起人会看到）",
        NEXT,
    ]


def test_an_approver_is_warned_of_the_same_amount_and_whoever_says_no_is_not() -> None:
    payment = waiting(a_refund(state=RefundState.SUCCEEDED))
    warning = f"注意：这笔支付已有一笔同样金额的退费：{TAIL}R01 11-23 09:30 退费已到账，请确认不是重复退费。"
    assert decided(AGREE, payment, lines=(LINE,))[-3:] == ["明细：1项，见确认页面", warning, NEXT]
    assert warning not in decided(REJECT, payment)
    assert not [line for line in decided(AGREE, waiting()) if line.startswith("驳回原因")]


def test_a_refund_that_is_gone_and_a_reason_of_another_version_are_shown_still() -> None:
    lines = decided(AGREE, BOOKED, reason="unheard of")
    assert lines[2:4] == ["发起人：1001 王收费", "原因：其他原因"]


def test_the_newest_five_refunds_are_told_and_the_others_counted() -> None:
    many = [a_refund(number, asked_by="" if number == 7 else "his:w7", at=MORNING) for number in range(1, 8)]
    lines = history(refunded(*many), without=f"{NUMBER}R06")
    assert lines == [
        f"{TAIL}R07 11-23 09:30 3.00元 正在办理",
        *[f"{TAIL}R0{number} 11-23 09:30 3.00元 正在办理 医院系统（w7）" for number in (5, 4, 3, 2)],
        "更早的还有1笔",
    ]
    assert len(history(refunded(*many[:5]))) == 5
    assert history(BOOKED) == []


def test_payments_to_choose_from_have_their_money_and_the_end_of_their_number() -> None:
    long = paying_for(replace(BOOKED, paid_at=MORNING + timedelta(minutes=5)), a_bill(department="长" * 13))
    nothing_left = a_pending(MORNING + timedelta(hours=1))
    nowhere = replace(in_state(PaymentState.BOOKED), parts=(replace(BOOKED.parts[0], paid_fen=1000),))
    assert candidates(HOSPITAL, (long, nothing_left, nowhere)) == [
        f"1. 11-23 09:35 张*试 {'长' * 12} 12.34元 微信支付 …{TAIL}，可退 12.34元",
        f"2. 11-23 10:30 张*试 测试内科 12.34元 微信支付 …{TAIL}，没有可退的金额",
        f"3. 11-23 09:30 张*试 测试内科 10.00元 微信支付 …{TAIL}，可退 10.00元",
    ]
