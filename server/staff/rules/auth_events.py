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

STAFF, AUTH_EVENT = "staff", "visit"
"""The kinds of these entries in the chain: what was done to an employee; how one came in, searched and left."""
PROVED = "staff_proved"
PROOF_FAILED = "staff_proof_failed"
LOGGED_OUT = "staff_logged_out"
LOGIN_DECLINED = "staff_login_declined"
SEARCHED = "staff_searched"
EXPORTED = "staff_exported"
LISTED = "staff_listed"
BANK_FILE = "bank_file_handed_in"


class Asked(StrEnum):
    """What PIN and TOTP were typed for."""

    LOGIN = "login"
    REFUND = "refund"
    STAFF = "staff"
    ENDING = "ending"
    DIFFERENCES = "differences"
    UNREACHED = "unreached"


def with_auth_event(staff: Staff, what: str, at: datetime, **detail: str) -> Staff:
    """``staff`` with one line more to seal, in the same version: part of another change. Codes only, never what was typed."""
    line = HistoryEvent(at=at, what=what, by=staff.as_actor, detail={name: str(text) for name, text in detail.items()})
    return replace(staff, auth_events=(*staff.auth_events, line))


def recorded(staff: Staff, what: str, at: datetime, **detail: str) -> Staff:
    """As `noted`, in a version of its own: the line is all that changes."""
    return replace(with_auth_event(staff, what, at, **detail), version=staff.version + 1)


def staff_events(staff: Staff, since: int = 0) -> tuple[AuditableEvent, ...]:
    """The lines of the employee's history from number ``since`` on."""
    return auditable_events(STAFF, staff.number, staff.history, since)


def waiting_auth_events(staff: Staff) -> tuple[AuditableEvent, ...]:
    """The events that wait for the chain: once audited, an event stands in the chain only."""
    return tuple(
        AuditableEvent(id=event_id(AUTH_EVENT, staff.number, staff.audited_auth_events + place), line=line)
        for place, line in enumerate(staff.auth_events)
    )


def staff_all_sealed(staff: Staff) -> Staff:
    """Everything that ``staff`` carries stands in the audit chain; events of authentication stand there for good and need no other place."""
    if staff.audited_lines >= len(staff.history) and not staff.auth_events:
        return staff
    version, count = staff.version + 1, staff.audited_auth_events + len(staff.auth_events)
    return replace(staff, version=version, audited_lines=len(staff.history), auth_events=(), audited_auth_events=count)
