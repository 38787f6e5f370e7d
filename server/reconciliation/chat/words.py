"""What finance says in the chat about reconciliation, understood: forgiving of spaces, full-width characters and ways to say a day. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from server.core.typed import plain
from server.core.typed_days import day_typed

DAY, FIGURES, DIFFERENCES = "对账", "日报", "差异"
_COMMAND = re.compile(r"(对\s*账|日\s*报|差\s*异)(.*)", re.DOTALL)
_END = " 。.!！?？~"


@dataclass(frozen=True, slots=True)
class Asked:
    """``day`` is None where what stands behind the command is no day."""

    command: str
    day: date | None


def heard(text: str, today: date) -> Asked | None:
    """The command that ``text`` begins with, and its day: yesterday where none is said. None for anything else."""
    said = plain(text).strip()
    found = _COMMAND.fullmatch(said)
    if found is None:
        return None
    return Asked(re.sub(r"\s", "", found[1]), day_said(found[2].strip(_END), today))


def day_said(text: str, today: date) -> date | None:
    """The day that was said; yesterday for no words, None for words that are no day."""
    return day_typed(text, today) if text else today - timedelta(days=1)
