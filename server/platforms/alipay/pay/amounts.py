"""Fen and the wire's yuan: a text with two decimals (docs/protocols/alipay.md section 1). Exact, never through a float."""

from __future__ import annotations

import re

_YUAN = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?")


def yuan_of(fen: int) -> str:
    """1234 → ``12.34``"""
    if fen < 0:
        raise ValueError("a negative amount")
    return f"{fen // 100}.{fen % 100:02d}"


def fen_of(yuan: str) -> int:
    """``12.34`` → 1234. Raises ValueError for anything else than digits with at most two decimals."""
    found = _YUAN.fullmatch(yuan)
    if found is None:
        raise ValueError("no amount in yuan")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
