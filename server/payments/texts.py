"""The Chinese names of states and things: one word for one thing on every page, message, chat reply, list and in the mini-program.

Nobody else writes these words down: texts take them from here. `miniprogram/lib/words.js` repeats what the mini-program needs, and a
test compares it with this file. ``FORBIDDEN`` names the other words for the same things; a test looks for them.
"""

from __future__ import annotations

from collections.abc import Mapping

from server.core.money import yuan_text
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundState
from server.payments.rules.elsewhere import has_lapsed, is_due_elsewhere, is_paid_elsewhere
from server.payments.rules.progress import Progress
from server.payments.rules.telling import (
    BOOKING_CHANGED,
    PAYMENT_BOOKED,
    PAYMENT_CONFIRMED,
    PAYMENT_ELSEWHERE,
    PAYMENT_LAPSED,
    PAYMENT_LATE,
    PAYMENT_NOT_BOOKED,
    PAYMENT_RETURNED,
    PAYMENT_RETURNING,
    REFUND_ACCEPTED,
    REFUND_ARRIVED,
)

PAYMENT_NUMBER = "支付单号"
"""The number of a payment. ``CHARGE_NUMBER`` is the HIS's number of what is paid for, whatever its purpose:
`PurposeTexts.charge_number` is the word of one purpose."""
CHARGE_NUMBER = "单据号"
CHARGE = "单据"
REFUND_NUMBER = "退费单号"
TRANSACTION_NUMBER = "交易单号"
"""The number of a payment at its channel, as people read it in the client with which they paid."""
HIS_NUMBER = "医院交易号"
"""The HIS's number of what it has booked."""
TOTAL = "总费用"
FUND = "医保统筹支付"
ACCOUNT = "医保个人账户支付"
TO_PAY = "待支付"
PAID = "缴费成功"
NOTHING_TO_PAY = "已确认，无需付款"
"""A bill of 0 yuan that the HIS has taken: nothing was paid."""
TO_PAY_ELSEWHERE = "已确认，请到窗口支付"
PAID_ELSEWHERE = "已确认，已在窗口支付"
"""What the HIS has taken and nobody pays here (`rules.elsewhere`)."""
TAKEN_BACK = "已取消"
LAPSED = "到时没有支付，已取消"
"""What cost nothing here and was given back."""
NOT_TAKEN = "医院未能入账"
NOT_REGISTERED = "无需付款，医院未能登记"
"""A bill of 0 yuan that the HIS has refused: there is no money to return."""
CLOSED = "已关闭"
PAID_NOT_BOOKED = "已付款，医院正在入账"
CHANGED = "医院通知有变更"
"""The HIS has said something new of what was booked (docs/decisions/0063)."""

PAYMENT_STATES: Mapping[PaymentState, str] = {
    PaymentState.CREATED: TO_PAY,
    PaymentState.PENDING: TO_PAY,
    PaymentState.PAID: "已收款，待入账",
    PaymentState.BOOKED: "已入账",
    PaymentState.CLOSED: CLOSED,
    PaymentState.RETURNING: "自动退回中",
    PaymentState.RETURNED: "已自动退回",
}
"""For staff. `payment_state` also knows the bills that cost nothing."""
PROGRESS: Mapping[Progress, str] = {
    Progress.WAITING: TO_PAY,
    Progress.CLOSING: "正在关闭",
    Progress.CONFIRMING: PAID_NOT_BOOKED,
    Progress.PAID: PAID,
    Progress.NOT_PAID: CLOSED,
    Progress.RETURNING: "款项正在原路退回",
    Progress.RETURNED: "款项已退回",
}
"""For the patient. `progress_name` also knows the bills that cost nothing."""
REFUND_STATES: Mapping[RefundState, str] = {
    RefundState.REQUESTED: "等待审批",
    RefundState.APPROVED: "正在办理",
    RefundState.RELEASED: "医院系统已冲销，正在退费",
    RefundState.SUBMITTED: "已提交退费，等待到账",
    RefundState.SUCCEEDED: "退费已到账",
    RefundState.ABNORMAL: "退费异常，财务正在处理",
    RefundState.CLOSED: "退费被渠道关闭，正在重新提交",
    RefundState.REJECTED: "已驳回",
    RefundState.WITHDRAWN: "已撤回",
    RefundState.EXPIRED: "无人审批，已过期",
}
"""For staff."""
PATIENT_REFUND_STATES: Mapping[RefundState, str] = {
    RefundState.APPROVED: "医院正在办理",
    RefundState.RELEASED: "退费已受理",
    RefundState.SUBMITTED: "正在退费",
    RefundState.SUCCEEDED: "退费已到账",
    RefundState.ABNORMAL: "退费遇到问题",
}
"""For the patient; what staff still decide, or have decided against, has no name here."""
MESSAGES: Mapping[str, str] = {
    PAYMENT_BOOKED: PAID,
    PAYMENT_CONFIRMED: NOTHING_TO_PAY,
    PAYMENT_ELSEWHERE: TO_PAY_ELSEWHERE,
    PAYMENT_LAPSED: LAPSED,
    PAYMENT_NOT_BOOKED: NOT_REGISTERED,
    PAYMENT_LATE: PAID_NOT_BOOKED,
    BOOKING_CHANGED: CHANGED,
    PAYMENT_RETURNING: PROGRESS[Progress.RETURNING],
    PAYMENT_RETURNED: PROGRESS[Progress.RETURNED],
    REFUND_ACCEPTED: PATIENT_REFUND_STATES[RefundState.RELEASED],
    REFUND_ARRIVED: PATIENT_REFUND_STATES[RefundState.SUCCEEDED],
}
"""What each message to a payer says, by its purpose."""
NUMBER_NAMES: Mapping[str, str] = {
    "payment_number": PAYMENT_NUMBER,
    "charge_number": CHARGE_NUMBER,
    "charge_title": CHARGE,
    "refund_number": REFUND_NUMBER,
    "transaction_number": TRANSACTION_NUMBER,
}
"""For the templates, which know them by these names."""
FORBIDDEN: tuple[str, ...] = (
    "流水号",
    "已收款，正在入账",
    "付款单号",
    "订单号",
    "支付成功",
    "付款成功",
    "未支付",
    "等待支付",
    "待付款",
    "医院系统未能入账",
    "医院拒绝入账",
    "医院未登记",
    "缴费单未登记",
    "医保基金",
    "统筹基金",
    "费用合计",
    "退款",
    "一起付",
    "病人",
    "帐号",
    "帐户",
    "登陆",
    "诊疗卡",
    "就医卡",
    "病历号",
    "押金",
    "预缴金",
    "预交款",
    "退号",
    "化验",
    "检验单",
    "检查结果",
    "电子发票",
    "收费系统",
    "缴费窗口",
    "人工窗口",
    "付费",
    "交费",
    "个人自付",
    "动态密码",
    "手机号码",
    "联系电话",
    "解绑",
    "另行退还",
    "请稍候",
    "HIS单",
    "HIS笔",
    "HIS金额",
)
"""Other words for what has a name above."""


def is_free(payment: Payment) -> bool:
    """Nothing is to pay and nothing was paid: there is no money of which to speak."""
    return not payment.paid_fen and not payment.amount_fen


def payment_state(payment: Payment) -> str:
    """The state for staff. What the HIS did not take is returned, unless nothing was paid."""
    if payment.state is PaymentState.RETURNED and not payment.paid_fen:
        return NOT_REGISTERED
    if payment.state is PaymentState.BOOKED and is_free(payment):
        return taken_for_nothing(payment)
    return PAYMENT_STATES[payment.state]


def taken_for_nothing(payment: Payment) -> str:
    """What the HIS has taken without money of ours: what is to be paid elsewhere, or nothing at all, or it was given back since."""
    if not payment.claims:
        return LAPSED if has_lapsed(payment) else TAKEN_BACK
    if is_due_elsewhere(payment):
        return TO_PAY_ELSEWHERE
    return PAID_ELSEWHERE if is_paid_elsewhere(payment) else NOTHING_TO_PAY


def do_not_pay_again(title: str, paid_fen: int) -> str:
    """``title`` is the purpose's. ``门诊缴费 97.60 元，请不要重复付款。``"""
    return f"{title} {yuan_text(paid_fen)} 元，请不要重复付款。"
