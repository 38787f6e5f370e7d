"""What the people of a run pay for. Each has its own script, phones and books; the app, its processes and the faults are the same."""

from __future__ import annotations

from enum import StrEnum


class Paying(StrEnum):
    """``PURPOSES`` are the two test purposes of `tests.support.purposes`; ``STAYS`` are deposits and discharges of inpatients,
    ``REGISTRATION`` numbers of doctors' shifts.
    """

    BILLS = "bills"
    PURPOSES = "purposes"
    STAYS = "stays"
    REGISTRATION = "registration"

    @property
    def option(self) -> str:
        """How the command line is told, with a space before it; nothing for bills."""
        return "" if self is Paying.BILLS else f" --{self}"
