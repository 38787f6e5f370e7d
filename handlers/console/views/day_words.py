"""How the console shows the states of a day, and as what several differences may be decided at once."""

from __future__ import annotations

from server.reconciliation.day_model import DayState, Disposition, DispositionAct
from server.reconciliation.texts import DISPOSITIONS

STATE_LOOKS = {DayState.DIFFERING: "bad", DayState.CLOSED: "good", DayState.SETTLED: "good"}
SENT_BACK = "退回付款人"
ACT_WORDS = {
    **DISPOSITIONS,
    DispositionAct.LINK: f"{DISPOSITIONS[DispositionAct.LINK]}（勾选两条，差额相抵）",
    DispositionAct.SEND_BACK: f"{DISPOSITIONS[DispositionAct.SEND_BACK]}；本系统收的、医院系统不收的钱，原路{SENT_BACK}",
}
"""How the acts stand on the form."""


def decided_as(last: Disposition) -> str:
    """What was decided: money that goes back to its payer, or what is only written down."""
    return SENT_BACK if last.sends else DISPOSITIONS[last.act]
