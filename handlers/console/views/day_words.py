"""How the console shows the states of a day, and as what several differences may be decided at once."""

from __future__ import annotations

from datetime import datetime

from handlers.base.display import clock_time
from server.reconciliation.day_model import DayState, Disposition, DispositionAct, ReconciliationDay
from server.reconciliation.texts import DISPOSITIONS, LEGS

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


def standing_text(day: ReconciliationDay, told_at: datetime | None) -> str:
    """What a day waits for and since when, and when finance were last told how it stands."""
    waits = (
        f"{clock_time(day.created_at)}起在等{'、'.join(LEGS[leg] for leg in day.waits_for)}，每10分钟再取一次。"
        if day.waits_for
        else ""
    )
    return waits + (f"{clock_time(told_at)}已告知财务。" if told_at else "")
