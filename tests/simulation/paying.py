"""What the people of a run pay for. Each has its own script, phones and books; the app, its processes and the faults are the same."""

from __future__ import annotations

from enum import StrEnum


class Paying(StrEnum):
    """``PURPOSES`` are the two test purposes of `tests.support.purposes`; ``STAYS`` are deposits and discharges of inpatients,
    ``REGISTRATION`` numbers of doctors' shifts; in ``BALANCES`` they pay bills whose money the window puts onto their cards, and ask it back;
    in ``GUARDIANS`` they register a child at a strict hospital.
    """

    BILLS = "bills"
    PURPOSES = "purposes"
    STAYS = "stays"
    REGISTRATION = "registration"
    BALANCES = "balances"
    GUARDIANS = "guardians"

    @property
    def of_bills(self) -> bool:
        """Are the payments of these runs outpatient bills?"""
        return self in {Paying.BILLS, Paying.BALANCES}

    @property
    def of_numbers(self) -> bool:
        """Are they numbers of doctors' shifts?"""
        return self in {Paying.REGISTRATION, Paying.GUARDIANS}

    @property
    def option(self) -> str:
        """How the command line is told, with a space before it; nothing for bills."""
        return "" if self is Paying.BILLS else f" --{self}"
