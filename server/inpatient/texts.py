"""The Chinese words of what is of inpatients alone; `payments.texts` has the others."""

from __future__ import annotations

from collections.abc import Mapping

from server.core.money import yuan_text
from server.inpatient.model import AdmissionState, DepositQuote
from server.messages.chat_pages import ChatPage
from server.payments.purpose import PurposeTexts

ADMISSION_NUMBER = "住院号"
DEPOSIT_TEXTS = PurposeTexts(
    title="住院预交金",
    taken="这笔预交金已由{who}，无需重复付款。",
    being_closed="这笔预交金正在由他人支付，正在为您取消，请稍后再试。",
    contended="这笔预交金正在被支付，请稍后再试。",
    charge_number=ADMISSION_NUMBER,
    charge_amount="预交金",
)
DISCHARGE_TEXTS = PurposeTexts(
    title="出院结算",
    taken="这次住院已由{who}，无需重复结算。",
    being_closed="这次住院正在由他人结算，正在为您取消，请稍后再试。",
    contended="这次住院正在结算，请稍后再试。",
    charge_number=ADMISSION_NUMBER,
    charge_amount="补交",
)
ADMISSION_STATES: Mapping[AdmissionState, str] = {
    AdmissionState.ADMITTED: "住院中",
    AdmissionState.DISCHARGED: "已出院，待结算",
    AdmissionState.SETTLED: "已结算",
}
WAYS: Mapping[str, str] = {
    "wechat": "微信支付",
    "alipay": "支付宝",
    "cash": "现金",
    "card": "银行卡",
    "insurance": "医保",
    "other": "其他方式",
}
LOW = "预交金不足"
INPATIENT_TITLE = "住院服务"
TO_BE_SETTLED = "请查看费用，办理出院结算。"
NOTHING_NEEDED = "目前不需要再交预交金。"


def still_needed(quote: DepositQuote) -> str:
    """What a person is told who wants to pay in more than the HIS takes."""
    most = f"最多还可交 {yuan_text(quote.needed_fen)} 元。" if quote.needed_fen else NOTHING_NEEDED
    return f"{most}{quote.reason}"


IN_CHAT = ChatPage(
    key="inpatient",
    pattern=r"(我要|查|看|查看|查询|交)?(住院|预交金|押金|一日清单|住院费|住院费用|出院|出院结算)(查询)?",
    word="住院",
    use="查看住院费用、交预交金、办出院结算",
    path="inpatient",
    link="点这里办理住院的事",
)
