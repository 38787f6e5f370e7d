"""When a shift is over. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.registration.model import Shift, ShiftState

GONE = frozenset({ShiftState.STOPPED, ShiftState.OVER})
"""Nobody gets a number of such a shift, nor waits for one."""


def shift_at(shift: Shift, now: datetime) -> Shift:
    """The shift as it stands ``now``. One that was stopped stays stopped; of one without an end nobody knows."""
    is_over = shift.ends_at is not None and shift.ends_at <= now and shift.state is not ShiftState.STOPPED
    return replace(shift, state=ShiftState.OVER) if is_over else shift
