"""What the pages about old outpatient balances show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.base.display import dated, patient_text, yuan
from handlers.patient.views.inpatient import way_text
from server.old_balances.model import OldBalance
from server.old_balances.rules import Returning
from server.old_balances.service import KnownBalance
from server.old_balances.texts import AT_WINDOW, REST
from server.refunds.rules.allocation import Allocation, Share
from server.refunds.rules.shares import ShareState
from server.refunds.texts import SHARE_STATES

LOOKS: Mapping[ShareState, str] = {
    ShareState.RETURNED: "success",
    ShareState.ELSEWHERE: "success",
    ShareState.FAILED: "warn",
}


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
    balance, allocation = known.balance, known.allocation
    return {
        "name": patient_text(balance.patient_name, balance.card_no),
        "rest": yuan(known.left_fen),
        "was_asked": was_asked,
        "problem": "",
        "returning": [_returning(one) for one in known.returning],
        "returns": [_share(one, foreign=one.number in known.foreign) for one in allocation.returns],
        "window": [{"title": title, "amount": yuan(fen)} for title, fen in window_of(allocation)],
        "place": balance.window or AT_WINDOW,
        "action": f"退回 {yuan(known.returnable_fen)}" if known.returnable_fen else "",
        "shown_fen": known.returnable_fen,
        "own_url": f"{base}/balances/{known.key}",
    }


def window_of(allocation: Allocation) -> list[tuple[str, int]]:
    """What is got at the window, and why, in fen."""
    lines = [(share.stuck, share.amount_fen) for share in allocation.window]
    return [*lines, (REST, allocation.unplaced_fen)] if allocation.unplaced_fen else lines


def _share(share: Share, *, foreign: bool) -> dict[str, str]:
    return {
        "title": way_text(share.way),
        "about": f"{dated(share.paid_at)}付的",
        "payer": "他人付款，退给付款人" if foreign else "",
        "amount": yuan(share.amount_fen),
    }


def _returning(one: Returning) -> dict[str, str]:
    return {
        "title": way_text(one.way),
        "about": f"{dated(one.asked_at)}申请",
        "amount": yuan(one.amount_fen),
        "state": SHARE_STATES[one.state],
        "look": LOOKS.get(one.state, "waiting"),
    }
