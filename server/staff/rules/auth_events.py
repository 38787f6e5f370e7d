"""What the audit chain says of staff who prove who they are, come in, look for payments and leave.

A line is born in the same write as what it tells of and waits in the employee's document until it is sealed; from then on it stands in
the chain only, so that years of logins make no document longer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from server.core.history import AuditableEvent, HistoryEvent, auditable_events, event_id
from server.staff.model import Staff

STAFF, VISIT = "staff", "visit"
"""The kinds of these entries in the chain: what was done to an employee; how one came in, searched and left."""
PROVED = "staff_proved"
PROOF_FAILED = "staff_proof_failed"
LOGGED_OUT = "staff_logged_out"
LOGIN_DECLINED = "staff_login_declined"
SEARCHED = "staff_searched"
EXPORTED = "staff_exported"
LISTED = "staff_listed"


class Asked(StrEnum):
    """What PIN and TOTP were typed for."""

    LOGIN = "login"
    REFUND = "refund"
    STAFF = "staff"
    ENDING = "ending"


def noted(staff: Staff, what: str, at: datetime, **detail: str) -> Staff:
    """``staff`` with one line more to seal, in the same version: part of another change. Codes only, never what was typed."""
    line = HistoryEvent(at=at, what=what, by=staff.as_actor, detail={name: str(text) for name, text in detail.items()})
    return replace(staff, visits=(*staff.visits, line))


def visited(staff: Staff, what: str, at: datetime, **detail: str) -> Staff:
    """As `noted`, in a version of its own: the line is all that changes."""
    return replace(noted(staff, what, at, **detail), version=staff.version + 1)


def staff_events(staff: Staff, since: int = 0) -> tuple[AuditableEvent, ...]:
    """The lines of the employee's history from number ``since`` on."""
    return auditable_events(STAFF, staff.number, staff.history, since)


def visit_events(staff: Staff) -> tuple[AuditableEvent, ...]:
    """Those that wait: once sealed, a visit stands in the chain only."""
    return tuple(
        AuditableEvent(id=event_id(VISIT, staff.number, staff.visited + place), line=line)
        for place, line in enumerate(staff.visits)
    )


def staff_all_sealed(staff: Staff) -> Staff:
    """Everything that ``staff`` carries stands in the audit chain; visits are there for good and need no other place."""
    if staff.sealed >= len(staff.history) and not staff.visits:
        return staff
    version, count = staff.version + 1, staff.visited + len(staff.visits)
    return replace(staff, version=version, sealed=len(staff.history), visits=(), visited=count)
