"""Everything that is kept, as wiring hands it out."""

from __future__ import annotations

from dataclasses import dataclass

from server.alerts.ports import AlertStore
from server.audit.ports import AuditStore
from server.core.ports import ShortLivedStore
from server.core.pulses import PulseStore
from server.effects.ports import TimetableStore
from server.patients.ports import CardStore, PersonStore, SessionStore
from server.payments.ports import PaymentStore, UnclaimedStore
from server.reconciliation.ports import BankBookStore, DayStore
from server.staff.ports import StaffFactStore, StaffStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Everything kept, as bootstrap hands it out."""

    payments: PaymentStore
    unclaimed: UnclaimedStore
    cards: CardStore
    sessions: SessionStore
    short_lived: ShortLivedStore
    alerts: AlertStore
    staff: StaffStore
    audit: AuditStore
    people: PersonStore
    pulses: PulseStore
    staff_facts: StaffFactStore
    days: DayStore
    bank: BankBookStore
    timetables: TimetableStore
