"""Money is an integer of fen everywhere. This is its one way to text for people; adapters have their own for the wire."""

from __future__ import annotations


def yuan_text(fen: int) -> str:
    """123456 → ``1,234.56``; exact, never through a float."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}{yuan:,}.{rest:02d}"


def plain_yuan_text(fen: int) -> str:
    """123456 → ``1234.56``, for fields and cells that are read as numbers. ``fen`` is not negative."""
    return f"{fen // 100}.{fen % 100:02d}"
