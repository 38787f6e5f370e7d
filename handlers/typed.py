"""What people type, before anybody asks what it means."""

from __future__ import annotations

_PLAIN = {0xFF01 + at: 0x21 + at for at in range(94)} | {0x3000: 0x20}


def plain(text: str) -> str:
    """Full-width digits and letters, as Chinese keyboards make them, to plain ones."""
    return text.translate(_PLAIN)
