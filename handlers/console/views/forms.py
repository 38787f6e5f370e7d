"""What stands in a form's fields."""

from __future__ import annotations


def yuan_field(fen: int) -> str:
    """1250 → ``12.50``, as it stands in a field."""
    return f"{fen // 100}.{fen % 100:02d}"
