"""The lines of an employee that wait for the audit chain: how they are born, numbered, and gone once they stand there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from server.core.history import HistoryEvent
from server.staff.model import RefundLimits, Role, Staff, invited, proposed
from server.staff.rules.auth_events import (
    Asked,
    recorded,
    staff_all_sealed,
    staff_events,
    waiting_auth_events,
    with_auth_event,
)
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING

LIMITS = RefundLimits(per_refund_fen=500, per_day_fen=1000)
LATER = MORNING + timedelta(minutes=1)


def somebody(**fields: object) -> Staff:
    """Two lines of history."""
    new = invited(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root", MORNING)
    return replace(proposed(new, Role.FINANCE, LIMITS, "staff:9001", LATER), **fields)  # type: ignore[arg-type]


def test_a_visit_is_born_in_the_version_of_what_it_tells_of_or_in_its_own() -> None:
    before = somebody()
    within = with_auth_event(before, "staff_proved", LATER, asked=Asked.REFUND)
    line = HistoryEvent(at=LATER, what="staff_proved", by="staff:1001", detail={"asked": "refund"})
    assert within.auth_events == (line,)
    assert type(within.auth_events[0].detail["asked"]) is str
    assert within.version == before.version
    alone = recorded(within, "staff_logged_out", LATER)
    assert (alone.version, len(alone.auth_events), alone.history) == (before.version + 1, 2, before.history)


def test_lines_have_their_number_in_the_chain() -> None:
    staff = somebody(audited_auth_events=7)
    for what in ("staff_proved", "staff_logged_out"):
        staff = with_auth_event(staff, what, LATER)
    told = [(event.id, event.line.what) for event in waiting_auth_events(staff)]
    assert told == [("visit/1001/7", "staff_proved"), ("visit/1001/8", "staff_logged_out")]
    assert [event.id for event in staff_events(staff)] == ["staff/1001/0", "staff/1001/1"]
    assert [event.id for event in staff_events(staff, 1)] == ["staff/1001/1"]


def test_what_stands_in_the_chain_is_counted_and_its_visits_go() -> None:
    before = with_auth_event(somebody(audited_auth_events=7), "staff_proved", LATER)
    after = staff_all_sealed(before)
    assert (after.version, after.audited_lines, after.auth_events, after.audited_auth_events) == (
        before.version + 1, 2, (), 8,
    )  # fmt: skip
    assert staff_all_sealed(after) is after
    assert staff_all_sealed(replace(after, audited_lines=1)).audited_lines == 2
    assert staff_all_sealed(replace(after, auth_events=before.auth_events)).audited_auth_events == 9
