"""The console's use cases, as the doors get them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.ports import Clock, Hospital, Ids, Sealer, Stores
from server.services.alert_room import AlertRoom
from server.services.audit import AuditService
from server.services.audit_check import AuditCheck
from server.services.audit_room import AuditRoom
from server.services.console_login import ConsoleLogin
from server.services.console_search import ConsoleSearch
from server.services.console_sessions import ConsoleSessions
from server.services.endings import EndingDesk
from server.services.money_room import MoneyRoom
from server.services.payment_room import PaymentRoom
from server.services.refund_search import RefundSearch
from server.services.staff import StaffService
from server.services.staff_facts import StaffFacts
from server.services.staff_office import StaffOffice
from server.services.transitions import Transitions


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleServices:
    login: ConsoleLogin
    sessions: ConsoleSessions
    search: ConsoleSearch
    payments: PaymentRoom
    money: MoneyRoom
    alerts: AlertRoom
    endings: EndingDesk
    office: StaffOffice
    audit: AuditRoom


def console_services(
    hospitals: Mapping[str, Hospital],
    stores: Stores,
    staff: StaffService,
    transitions: Transitions,
    audit: AuditService,
    sealer: Sealer,
    clock: Clock,
    ids: Ids,
    facts: StaffFacts,
) -> ConsoleServices:
    room = PaymentRoom(hospitals, stores.payments, transitions, sealer, clock)
    sessions = ConsoleSessions(stores.short_lived, stores.staff, sealer, clock, ids)
    return ConsoleServices(
        login=ConsoleLogin(hospitals, stores.short_lived, staff, sessions, sealer, clock, ids),
        sessions=sessions,
        search=ConsoleSearch(RefundSearch(stores.payments, clock), stores.short_lived, clock, ids),
        payments=room,
        endings=EndingDesk(hospitals, stores, facts, room, staff, transitions, sealer, clock, ids),
        money=MoneyRoom(stores),
        alerts=AlertRoom(stores, audit, sealer, clock),
        office=StaffOffice(staff, facts),
        audit=AuditRoom(stores.audit, AuditCheck(stores, sealer, clock)),
    )
