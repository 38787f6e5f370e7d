"""What of single items has gone back, and what is left of them."""

from __future__ import annotations

from server.core.errors import NotAllowed
from server.core.money import yuan_text
from server.payments.model import Payment
from server.payments.refund_model import SHARE_FREE, RefundLine
from server.payments.rules.own_parts import Items, own_parts
from server.payments.rules.refund_shares import must_be_refundable, of_this_part_fen


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


def must_be_askable(payment: Payment, amount_fen: int, lines: tuple[RefundLine, ...]) -> None:
    """Raises NotAllowed, with words for staff, where so much can't be asked back, or ``lines`` are not ``amount_fen``."""
    must_be_refundable(payment, amount_fen)
    if lines and sum(line.amount_fen for line in lines) != amount_fen:
        raise NotAllowed("lines are not the amount", user_message="退费明细之和与退费金额不符。")
    of_part_fen = of_this_part_fen(payment, amount_fen)
    if lines and of_part_fen < amount_fen:  # items are of the whole charge: which part paid them nobody can say
        most = yuan_text(of_part_fen)
        raise NotAllowed("items of several parts", user_message=f"按项目退费，这次最多退 {most}元，其余请再退一次。")


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
