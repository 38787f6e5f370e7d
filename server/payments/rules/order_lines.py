"""What a payment's history says of the order of one of its parts."""

from __future__ import annotations

from datetime import datetime

from server.payments.model import Payment, about
from server.payments.part import Part

ORDERING_AGAIN = "ordering_again"
"""The line that is written before an order call that may not be the first one."""

DOUBTED = "doubted"
"""The line that is written when a notification tells of money that does not fit."""


def is_doubted(payment: Payment, part: Part) -> bool:
    """Has a notification told of money that does not fit this order?"""
    which = which_order(payment, part)
    return any(line.what == DOUBTED and dict(line.detail) == which for line in payment.history)


def ordered_again(payment: Payment, part: Part) -> bool:
    """May more than one order call have been sent for this part (for a later part: any)?"""
    which = which_order(payment, part)
    return any(line.what == ORDERING_AGAIN and dict(line.detail) == which for line in payment.history)


def which_order(payment: Payment, part: Part) -> dict[str, str]:
    """In the history a line about a later part names its order."""
    order = about(payment, part)
    return {"order": order} if order else {}


def last_order_call_at(payment: Payment, part: Part) -> datetime:
    """When the last order call of this part began at the latest; without a repeat it followed the payment's beginning."""
    which = which_order(payment, part)
    repeats = (line.at for line in payment.history if line.what == ORDERING_AGAIN and dict(line.detail) == which)
    return max(repeats, default=payment.created_at)
