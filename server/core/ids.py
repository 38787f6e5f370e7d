"""The form of a payment's number: hospital prefix + day + random, at most 29 characters so that a refund's stays within 32."""

from __future__ import annotations

from datetime import date

RANDOM_LENGTH = 12


def payment_id(prefix: str, day: date, random: str) -> str:
    """``ZF`` + ``20261123`` + 12 of Crockford's base 32: 60 random bits a day and hospital."""
    if not (2 <= len(prefix) <= 6 and prefix.isascii() and prefix.isalnum()) or len(random) != RANDOM_LENGTH:
        raise ValueError("a prefix of 2 to 6 letters and digits and 12 random characters make a payment number")
    return f"{prefix}{day:%Y%m%d}{random}"
