"""自付: how much of each item of a bill the patient paid, where the insurance paid a part of the bill."""

from __future__ import annotations

from collections.abc import Sequence

from server.payments.model import Payment
from server.payments.purposes.bills.model import Bill

Items = dict[tuple[str, str], int]
"""Fen by (bill_no, item_no)."""


def own_parts(payment: Payment) -> Items:
    """The patient's own part of each item; together they are what was paid for the bills that have items.

    The HIS's own parts count where it gives them for every item of a bill and they add up. Otherwise the bill's own part is shared
    out in proportion to the items' prices, to the fen.
    """
    bills = payment.personal.bills
    parts: Items = {}
    for bill, own_fen in zip(bills, share_out(payment.amount_fen, [bill.own_fen for bill in bills]), strict=True):
        for item, fen in zip(bill.items, _of_bill(bill, own_fen), strict=True):
            parts[bill.bill_no, item.item_no] = fen
    return parts


def _of_bill(bill: Bill, own_fen: int) -> list[int]:
    told = [item.own_fen for item in bill.items if item.own_fen is not None]
    if len(told) == len(bill.items) and sum(told) == own_fen:
        return told
    return share_out(own_fen, [item.amount_fen for item in bill.items])


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` fen in proportion to ``weights``, by the largest remainder: the parts add up to ``total`` exactly.

    Weights below zero count as zero; if all are zero, the parts are equal. An empty list stays empty.
    """
    if not weights:
        return []
    counted = [max(weight, 0) for weight in weights]
    if not any(counted):
        counted = [1] * len(weights)
    whole = sum(counted)
    parts = [total * weight // whole for weight in counted]
    by_remainder = sorted(range(len(counted)), key=lambda at: (-(total * counted[at] % whole), at))
    for at in by_remainder[: total - sum(parts)]:
        parts[at] += 1
    return parts
