"""自付: how much of each item the patient paid, where the insurance paid a part of the charge."""

from __future__ import annotations

from collections.abc import Sequence

from server.payments.model import Payment
from server.payments.subject import Charge

Items = dict[tuple[str, str], int]
"""Fen by (number of the charge, item_no)."""


def own_parts(payment: Payment) -> Items:
    """The patient's own part of each item; together they are what was paid for the charges that have items.

    The HIS's own parts count where it gives them for every item of a charge and they add up. Otherwise the charge's own part is shared
    out in proportion to the items' prices, to the fen.
    """
    charges = payment.personal.subject.charges
    parts: Items = {}
    own = share_out(payment.amount_fen, [charge.own_fen for charge in charges])
    for charge, own_fen in zip(charges, own, strict=True):
        for item, fen in zip(charge.items, _of_charge(charge, own_fen), strict=True):
            parts[charge.number, item.item_no] = fen
    return parts


def is_split(payment: Payment) -> bool:
    """The insurance paid a part of the items' prices."""
    prices = sum(item.amount_fen for charge in payment.personal.subject.charges for item in charge.items)
    return sum(own_parts(payment).values()) != prices


def _of_charge(charge: Charge, own_fen: int) -> list[int]:
    told = [item.own_fen for item in charge.items if item.own_fen is not None]
    if len(told) == len(charge.items) and sum(told) == own_fen:
        return told
    return share_out(own_fen, [item.amount_fen for item in charge.items])


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
