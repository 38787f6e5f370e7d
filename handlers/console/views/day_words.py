"""How the console shows the states of a day, and as what several differences may be decided at once."""

from __future__ import annotations

from server.reconciliation.day_model import DayState, DispositionAct
from server.reconciliation.texts import DISPOSITIONS

STATE_LOOKS = {DayState.DIFFERING: "bad", DayState.CLOSED: "good", DayState.SETTLED: "good"}
ACT_WORDS = {**DISPOSITIONS, DispositionAct.LINK: f"{DISPOSITIONS[DispositionAct.LINK]}（勾选两条，差额相抵）"}
"""How the acts stand on the form."""
