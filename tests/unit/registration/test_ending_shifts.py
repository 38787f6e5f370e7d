"""When a shift is over: only its end says so, and what was stopped stays stopped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.registration.model import ShiftState
from server.registration.rules.ending import shift_at
from tests.support.clock_and_ids import MORNING
from tests.support.registrations import a_shift

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("ends_at", "state", "found"),
    [
        (None, ShiftState.OPEN, ShiftState.OPEN),
        (MORNING + SECOND, ShiftState.OPEN, ShiftState.OPEN),
        (MORNING, ShiftState.OPEN, ShiftState.OVER),
        (MORNING - SECOND, ShiftState.REPLACED, ShiftState.OVER),
        (MORNING - SECOND, ShiftState.STOPPED, ShiftState.STOPPED),
    ],
)
def test_a_shift_is_over_from_its_end_on(ends_at: object, state: ShiftState, found: ShiftState) -> None:
    assert shift_at(a_shift(ends_at=ends_at, state=state), MORNING).state is found
