"""What the rules look at when a patient asks for a number. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from server.patients.model import Patient
from server.registration.record_model import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who wants a number in which department on which day. ``department`` is its name. ``records``: what the patient has taken before, empty
    where no rule counts. ``has_guardian``: has whoever asks bound what the hospital wants of a guardian?
    """

    patient: Patient
    department_no: str
    department: str
    day: date
    has_guardian: bool = True
    records: Sequence[Record] = ()
