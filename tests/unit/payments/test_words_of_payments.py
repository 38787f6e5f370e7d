"""One word for one thing, word for word: what every page, message and list calls states, numbers and things."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.payments import texts
from server.payments.model import Payment, PaymentState
from server.payments.purposes.bills import texts as of_bills
from tests.support.builders import a_payment, with_first
from tests.support.words import spoken
from tests.unit.payments.states import in_state

WORDS = """\
PAYMENT_NUMBER: 支付单号
CHARGE_NUMBER: 单据号
CHARGE: 单据
REFUND_NUMBER: 退费单号
TRANSACTION_NUMBER: 交易单号
HIS_NUMBER: 医院交易号
TOTAL: 总费用
FUND: 医保统筹支付
ACCOUNT: 医保个人账户支付
TO_PAY: 待支付
PAID: 缴费成功
NOTHING_TO_PAY: 已确认，无需付款
NOT_TAKEN: 医院未能入账
NOT_REGISTERED: 无需付款，医院未能登记
CLOSED: 已关闭
PAID_NOT_BOOKED: 已付款，医院正在入账
CHANGED: 医院通知有变更
PAYMENT_STATES:
  created: 待支付
  pending: 待支付
  paid: 已收款，待入账
  booked: 已入账
  closed: 已关闭
  returning: 自动退回中
  returned: 已自动退回
PROGRESS:
  waiting: 待支付
  closing: 正在关闭
  confirming: 已付款，医院正在入账
  paid: 缴费成功
  not_paid: 已关闭
  returning: 款项正在原路退回
  returned: 款项已退回
REFUND_STATES:
  requested: 等待审批
  approved: 正在办理
  released: 医院系统已冲销，正在退费
  submitted: 已提交退费，等待到账
  succeeded: 退费已到账
  abnormal: 退费异常，财务正在处理
  closed: 退费被渠道关闭，正在重新提交
  rejected: 已驳回
  withdrawn: 已撤回
  expired: 无人审批，已过期
PATIENT_REFUND_STATES:
  approved: 医院正在办理
  released: 退费已受理
  submitted: 正在退费
  succeeded: 退费已到账
  abnormal: 退费遇到问题
NUMBER_NAMES:
  payment_number: 支付单号
  charge_number: 单据号
  charge_title: 单据
  refund_number: 退费单号
  transaction_number: 交易单号
FORBIDDEN: 流水号 已收款，正在入账 付款单号 订单号 支付成功 付款成功 未支付 等待支付 待付款 医院系统未能入账 医院拒绝入账 医院未登记 缴费单未登记 医保基金 统筹基金 费用合计 退款 一起付 病人 帐号 帐户 登陆 诊疗卡 就医卡 病历号 押金 预缴金 预交款 退号 化验 检验单 检查结果 电子发票 收费系统 缴费窗口 人工窗口 付费 交费 个人自付 动态密码 手机号码 联系电话 解绑 另行退还 请稍候 HIS单 HIS笔 HIS金额"""
OF_BILLS = """\
BILL_NUMBER: 缴费单号
BILL_STATES:
  unpaid: 待支付
  paid: 已支付
  refunded: 已退费
  cancelled: 已作废"""
NAMES = [line.partition(":")[0] for line in WORDS.splitlines() if not line.startswith(" ")]


def test_the_words() -> None:
    assert spoken(texts, *NAMES) == WORDS


def test_the_words_of_bills() -> None:
    assert spoken(of_bills, "BILL_NUMBER", "BILL_STATES") == OF_BILLS
    told = of_bills.BILLS_TEXTS
    assert (told.title, told.charge_number, told.charge_amount) == ("门诊缴费", "缴费单号", "自付")
    assert told.taken == "这张缴费单已由{who}，无需重复付款。"
    assert told.being_closed == "这张缴费单正在由他人支付，正在为您取消，请稍后再试。"
    assert told.contended == "这张缴费单正在被支付，请稍后再试。"


@pytest.mark.parametrize(
    ("count", "own_fen", "words"),
    [
        (1, 9760, "1 张待缴费，97.60 元"),
        (2, 9760, "2 张待缴费，共 97.60 元"),
        (3, 1, "3 张待缴费，共 0.01 元"),
        (1, 0, "1 张待确认，无需付款"),
    ],
)
def test_how_much_is_to_pay(count: int, own_fen: int, words: str) -> None:
    assert of_bills.to_pay_text(count, own_fen) == words


def free(state: PaymentState) -> Payment:
    """A payment of a bill of nothing."""
    of_nothing = replace(a_payment().parts[0].request, amount_fen=0)
    return replace(with_first(a_payment(), request=of_nothing), state=state)


@pytest.mark.parametrize(
    ("payment", "words", "is_free"),
    [
        (in_state(PaymentState.CREATED), "待支付", False),
        (in_state(PaymentState.BOOKED), "已入账", False),
        (in_state(PaymentState.RETURNED), "已自动退回", False),
        (free(PaymentState.BOOKED), "已确认，无需付款", True),
        (free(PaymentState.RETURNED), "无需付款，医院未能登记", True),
        (free(PaymentState.PAID), "已收款，待入账", True),
        (replace(in_state(PaymentState.CREATED), state=PaymentState.BOOKED), "已入账", False),
        (replace(in_state(PaymentState.CREATED), state=PaymentState.RETURNED), "无需付款，医院未能登记", False),
        (with_first(free(PaymentState.BOOKED), paid_fen=1), "已入账", False),
    ],
)
def test_staff_read_the_state_and_of_nothing_that_nothing_was_paid(payment: Payment, words: str, is_free: bool) -> None:
    assert (texts.payment_state(payment), texts.is_free(payment)) == (words, is_free)


def test_a_patient_is_asked_not_to_pay_twice() -> None:
    assert texts.do_not_pay_again("门诊缴费", 9760) == "门诊缴费 97.60 元，请不要重复付款。"
