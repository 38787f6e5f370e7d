"""What people type into forms → what it means."""

from __future__ import annotations

import re

from handlers.typed import plain
from server.domain.errors import BadInput

_YUAN = re.compile(r"([0-9]{1,8}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(?:\.([0-9]{1,2}))?")


def fen_of(text: str) -> int:
    """``1,200`` or ``12.5`` yuan → fen, exact. Raises BadInput with words for the form."""
    match = _YUAN.fullmatch(plain(text).strip().removeprefix("¥").removesuffix("元"))
    if match is None:
        raise BadInput("amount", person="金额写法不对，请写成 12.50 这样。")
    return int(match[1].replace(",", "")) * 100 + int((match[2] or "0").ljust(2, "0"))


def yuan_field(fen: int) -> str:
    """1250 → ``12.50``, as it stands in a field."""
    return f"{fen // 100}.{fen % 100:02d}"
