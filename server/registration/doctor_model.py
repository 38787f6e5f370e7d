"""医生: who sees patients in which department, as the HIS lists them (docs/his-interface.md section 9; FHIR PractitionerRole)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    """One doctor in one department: who works in two stands in the list twice. ``input_code`` is the initials of the name in pinyin, empty
    where the HIS has none; ``note`` says in one line what the doctor is good at.
    """

    doctor_no: str
    name: str
    department_no: str
    department: str
    title: str = ""
    input_code: str = ""
    note: str = ""
