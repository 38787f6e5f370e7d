"""到院支付: may a number be taken without paying for it here, where is it paid then, and until when? Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from server.registration.model import Shift, Slot, WindowPayment

TIME_LEAST = timedelta(minutes=30)
"""Who could not be at the window within this time pays here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRule:
    """As the hospital says: at which window, how long before the time of the number at the latest, and of which departments (all where none
    is named).
    """

    place: str
    before: timedelta
    departments: frozenset[str] = frozenset()

    def payment(self, shift: Shift, slot: Slot, now: datetime) -> WindowPayment | None:
        """Where and until when this number can be paid at the window; None where it is paid here, or costs nothing."""
        until = slot.begins_at - self.before
        is_theirs = not self.departments or shift.department_no in self.departments
        if not shift.fee_fen or not is_theirs or until - now < TIME_LEAST:
            return None
        return WindowPayment(place=self.place, until=until)
