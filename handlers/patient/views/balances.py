"""What the pages about old outpatient balances show."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.base.display import dated, patient_text, yuan
from handlers.patient.views.inpatient import way_text
from handlers.patient.views.lots import lot_line, window_lines, with_amounts
from server.old_balances.model import OldBalance
from server.old_balances.rules import Returning
from server.old_balances.service import KnownBalance
from server.old_balances.texts import ASKED, AT_WINDOW, NOT_RETURNED
from server.refunds.rules.shares import ShareState


def balance_list(base: str, balances: Sequence[tuple[str, OldBalance]]) -> dict[str, object]:
    lines = [
        {
            "url": f"{base}/balances/{key}",
            "name": patient_text(one.patient_name, one.card_no),
            "amount": yuan(one.balance_fen),
        }
        for key, one in balances
    ]
    return {"balances": lines}


def balance_page(base: str, known: KnownBalance, *, was_asked: bool = False) -> dict[str, object]:
    balance = known.balance
    return {
        "name": patient_text(balance.patient_name, balance.card_no),
        "rest": yuan(known.left_fen),
        "told": ASKED if was_asked else "",
        "problem": "",
        "returning": with_amounts(returning_of(known)),
        "returns": with_amounts(returns_of(known)),
        "window": [{"title": title, "amount": yuan(fen)} for title, fen in window_lines(known.allocation)],
        "place": place_of(known),
        "action": action_text(known),
        "shown_fen": known.returnable_fen,
        "own_url": f"{base}/balances/{known.key}",
    }


def action_text(known: KnownBalance) -> str:
    """The text on the button that asks for it; empty where nothing goes back by its channel."""
    return f"退回 {yuan(known.returnable_fen)}" if known.returnable_fen else ""


def place_of(known: KnownBalance) -> str:
    """Where the rest is paid out."""
    return known.balance.window or AT_WINDOW


def returns_of(known: KnownBalance) -> list[tuple[dict[str, str], int]]:
    """Each share that goes back by its channel, and its fen."""
    return [
        (
            lot_line(way_text(one.way), f"{dated(one.paid_at)}付的", None, foreign=one.number in known.foreign),
            one.amount_fen,
        )
        for one in known.allocation.returns
    ]


def returning_of(known: KnownBalance) -> list[tuple[dict[str, str], int]]:
    """Each share that was asked back with how far it has come, and its fen."""
    return [(_returning(one), one.amount_fen) for one in known.returning]


def _returning(one: Returning) -> dict[str, str]:
    line = lot_line(way_text(one.way), f"{dated(one.asked_at)}申请", one.state)
    return {**line, "text": NOT_RETURNED} if one.state is ShareState.FAILED else line
