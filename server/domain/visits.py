"""What the audit chain says of staff who prove who they are, come in, look for payments and leave.

A line is born in the same write as what it tells of and waits in the employee's document until it is sealed; from then on it stands in
the chain only, so that years of logins make no document longer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from server.domain.payment import Happening
from server.domain.staff import Staff

PROVED = "staff_proved"
PROOF_FAILED = "staff_proof_failed"
LOGGED_OUT = "staff_logged_out"
LOGIN_DECLINED = "staff_login_declined"
SEARCHED = "staff_searched"
LISTED = "staff_listed"


class Asked(StrEnum):
    """What PIN and TOTP were typed for."""

    LOGIN = "login"
    REFUND = "refund"
    STAFF = "staff"
    ENDING = "ending"


def noted(staff: Staff, what: str, at: datetime, **detail: str) -> Staff:
    """``staff`` with one line more to seal, in the same version: part of another change. Codes only, never what was typed."""
    line = Happening(at=at, what=what, by=staff.as_actor, detail={name: str(text) for name, text in detail.items()})
    return replace(staff, visits=(*staff.visits, line))


def visited(staff: Staff, what: str, at: datetime, **detail: str) -> Staff:
    """As `noted`, where the line is all that changes."""
    return replace(noted(staff, what, at, **detail), version=staff.version + 1)
