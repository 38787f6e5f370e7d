"""What of single items has gone back, and what is left of them."""

from __future__ import annotations

from server.core.errors import NotAllowed
from server.payments.model import Payment
from server.payments.refund_model import SHARE_FREE, RefundLine
from server.payments.rules.own_parts import Items, own_parts


def left_of_items(payment: Payment) -> Items:
    """What of the patient's own part of each item has not been asked back, in fen, and can still go back.

    Refunds without lines count against the payment only, so no item has more left than the payment has.
    """
    left = own_parts(payment)
    for refund in payment.refunds:
        if refund.state not in SHARE_FREE:
            _take(left, refund.lines)
    most_fen = max(payment.paid_fen - payment.refunding_fen, 0)
    return {key: min(fen, most_fen) for key, fen in left.items()}


def must_be_left(payment: Payment, lines: tuple[RefundLine, ...]) -> None:
    """Staff ask back only what is on the bill, and no item more than once. (A HIS that wrote off at a window knows better than we.)"""
    left = left_of_items(payment)
    _take(left, lines)
    if any(line.amount_fen <= 0 or left[line.charge_no, line.item_no] < 0 for line in lines):
        raise NotAllowed("more than the item", user_message="退费明细超过项目可退金额。")


def _take(left: Items, lines: tuple[RefundLine, ...]) -> None:
    for line in lines:
        key = (line.charge_no, line.item_no)
        left[key] = left.get(key, 0) - line.amount_fen
