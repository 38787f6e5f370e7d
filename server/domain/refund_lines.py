"""What of single items has gone back, and what is left of them."""

from __future__ import annotations

from server.domain.errors import NotAllowed
from server.domain.payment import Payment
from server.domain.refund import SHARE_FREE, RefundLine

Items = dict[tuple[str, str], int]
"""Fen by (bill_no, item_no)."""


def left_of_items(payment: Payment) -> Items:
    """What has not been asked back of each item. Refunds without lines count against the payment only."""
    left = {(bill.bill_no, item.item_no): item.amount_fen for bill in payment.personal.bills for item in bill.items}
    for refund in payment.refunds:
        if refund.state not in SHARE_FREE:
            _take(left, refund.lines)
    return left


def must_be_left(payment: Payment, lines: tuple[RefundLine, ...]) -> None:
    """Staff ask back only what is on the bill, and no item more than once. (A HIS that wrote off at a window knows better than we.)"""
    left = left_of_items(payment)
    _take(left, lines)
    if any(line.amount_fen <= 0 or left[line.bill_no, line.item_no] < 0 for line in lines):
        raise NotAllowed("more than the item", person="退费明细超过项目可退金额。")


def _take(left: Items, lines: tuple[RefundLine, ...]) -> None:
    for line in lines:
        key = (line.bill_no, line.item_no)
        left[key] = left.get(key, 0) - line.amount_fen
