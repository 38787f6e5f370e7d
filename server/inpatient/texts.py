"""The Chinese words of what is of inpatients alone; `payments.texts` has the others."""

from __future__ import annotations

from collections.abc import Mapping

from server.core.money import yuan_text
from server.inpatient.model import AdmissionState, DepositQuote
from server.payments.purpose import PurposeTexts

DEPOSIT_TEXTS = PurposeTexts(
    title="住院预交金",
    taken="这笔预交金已由{who}，无需重复付款。",
    being_closed="这笔预交金正在由他人支付，正在为您取消，请稍后再试。",
    contended="这笔预交金正在被支付，请稍后再试。",
)
ADMISSION_STATES: Mapping[AdmissionState, str] = {
    AdmissionState.ADMITTED: "住院中",
    AdmissionState.DISCHARGED: "已出院，待结算",
    AdmissionState.SETTLED: "已结算",
}
WAYS: Mapping[str, str] = {
    "wechat": "微信",
    "alipay": "支付宝",
    "cash": "现金",
    "card": "银行卡",
    "insurance": "医保",
    "other": "其他方式",
}
NOTHING_NEEDED = "目前不需要再交预交金。"


def still_needed(quote: DepositQuote) -> str:
    """What a person is told who wants to pay in more than the HIS takes."""
    most = f"最多还可交 {yuan_text(quote.needed_fen)} 元。" if quote.needed_fen else NOTHING_NEEDED
    return f"{most}{quote.reason}"
