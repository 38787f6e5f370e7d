"""The Chinese names of what is of bills alone; `payments.texts` has the others."""

from __future__ import annotations

from collections.abc import Mapping

from server.core.money import yuan_text
from server.payments.purpose import PurposeTexts
from server.payments.purposes.bills.model import BillStatus
from server.payments.texts import TO_PAY

BILL_NUMBER = "缴费单号"
"""The number that is printed on the bill."""
BROKEN_CODE = "二维码已停用或不完整，请再扫一次。还是打不开，请到收费窗口重新打印，或从医院的菜单进入缴费。"
BILLS_TEXTS = PurposeTexts(
    title="门诊缴费",
    taken="这张缴费单已由{who}，无需重复付款。",
    being_closed="这张缴费单正在由他人支付，正在为您取消，请稍后再试。",
    contended="这张缴费单正在被支付，请稍后再试。",
    charge_number=BILL_NUMBER,
    charge_amount="自付",
)
BILL_STATES: Mapping[BillStatus, str] = {
    BillStatus.UNPAID: TO_PAY,
    BillStatus.PAID: "已支付",
    BillStatus.REFUNDED: "已退费",
    BillStatus.CANCELLED: "已作废",
}


def to_pay_text(count: int, own_fen: int) -> str:
    """``2 张待缴费，共 97.60 元``; of bills that the insurance pays whole that they are to be confirmed."""
    if not own_fen:
        return f"{count} 张待确认，无需付款"
    return f"{count} 张待缴费，{'共 ' if count > 1 else ''}{yuan_text(own_fen)} 元"
