"""What the HIS knows of one patient's registrations, whatever the way and the phone (docs/his-interface.md section 9, reg.records)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RecordState(StrEnum):
    BOOKED = "booked"
    USED = "used"  # checked in or seen
    MISSED = "missed"  # 爽约
    CANCELLED = "cancelled"  # given back by the patient
    STOPPED = "stopped"  # ended by the hospital: never held against the patient


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One number that a patient has or had. ``ended_at`` is when it became what it is, None while it is booked. Locks are no records."""

    slot_no: str
    department_no: str
    begins_at: datetime
    taken_at: datetime
    state: RecordState
    ended_at: datetime | None = None
    out_trade_no: str = ""
