"""How the shares of lots that go back are shown, whatever the lots were paid for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.base.display import yuan
from server.refunds.rules.allocation import Allocation
from server.refunds.rules.shares import ShareState
from server.refunds.texts import SHARE_STATES

REST = "其余"
"""What no lot carries any more."""
_LOOKS: Mapping[ShareState, str] = {
    ShareState.RETURNED: "success",
    ShareState.ELSEWHERE: "success",
    ShareState.FAILED: "warn",
}


def lot_line(title: str, about: str, state: ShareState | None, *, foreign: bool = False) -> dict[str, str]:
    """``state`` is None of a share that nothing was asked of; the money of a ``foreign`` one goes to another person."""
    return {
        "title": title,
        "about": about,
        "payer": "他人付款，退给付款人" if foreign else "",
        "text": "" if state is None else SHARE_STATES[state],
        "look": "waiting" if state is None else _LOOKS.get(state, "waiting"),
    }


def with_amounts(shares: Sequence[tuple[dict[str, str], int]]) -> list[dict[str, str]]:
    return [{**line, "amount": yuan(fen)} for line, fen in shares]


def window_lines(allocation: Allocation) -> list[tuple[str, int]]:
    """What is got at the window, and why, in fen."""
    lines = [(share.stuck, share.amount_fen) for share in allocation.window]
    return [*lines, (REST, allocation.unplaced_fen)] if allocation.unplaced_fen else lines
