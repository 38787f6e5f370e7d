"""How the console shows the states of a day, and as what several differences may be decided at once."""

from __future__ import annotations

from server.reconciliation.day_model import DayState, DispositionAct

STATE_LOOKS = {DayState.DIFFERING: "bad", DayState.CLOSED: "good", DayState.SETTLED: "good"}
BULK_ACTS = tuple(act for act in DispositionAct if act is not DispositionAct.LINK)
"""Linking two rows is a decision about one difference."""
