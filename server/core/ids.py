"""The form of a payment's number: hospital prefix + day + random, at most 29 characters so that a refund's stays within 32.

The order of its first part has the same number; that of a later part adds ``p2``, ``p3`` …, which no payment's number ends with, because
its random characters are capital letters and digits.
"""

from __future__ import annotations

import re
from datetime import date

RANDOM_LENGTH = 12
PARTS_MAX = 9
_LATER_PART = re.compile(r"(.+)p[2-9]")


def payment_id(prefix: str, day: date, random: str) -> str:
    """``ZF`` + ``20261123`` + 12 of Crockford's base 32: 60 random bits a day and hospital."""
    if not (2 <= len(prefix) <= 6 and prefix.isascii() and prefix.isalnum()) or len(random) != RANDOM_LENGTH:
        raise ValueError("a prefix of 2 to 6 letters and digits and 12 random characters make a payment number")
    return f"{prefix}{day:%Y%m%d}{random}"


def order_number(payment_id: str, place: int) -> str:
    """The ``out_trade_no`` of the part that stands at ``place`` (1 is the first). Raises ValueError beyond PARTS_MAX."""
    if not 1 <= place <= PARTS_MAX:
        raise ValueError(f"a payment has 1 to {PARTS_MAX} parts")
    return payment_id if place == 1 else f"{payment_id}p{place}"


def payment_id_of(order_no: str) -> str:
    """The number of the payment that an order of ours belongs to; any other number as it is."""
    later = _LATER_PART.fullmatch(order_no)
    return later[1] if later else order_no
