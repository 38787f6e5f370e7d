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
from server.services.office import Office
from server.services.payment_room import PaymentRoom
from server.services.refund_looks import RefundLooks
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
    at_work: Office,
    transitions: Transitions,
    audit: AuditService,
    check: AuditCheck,
    looks: RefundLooks,
    sealer: Sealer,
    clock: Clock,
    ids: Ids,
) -> ConsoleServices:
    room = PaymentRoom(hospitals, stores.payments, at_work.views, transitions, looks, sealer, clock)
    sessions = ConsoleSessions(stores.short_lived, stores.staff, sealer, clock, ids)
    return ConsoleServices(
        login=ConsoleLogin(hospitals, stores.short_lived, at_work.staff, sessions, sealer, clock, ids),
        sessions=sessions,
        search=ConsoleSearch(at_work.search, at_work.staff, stores.short_lived, clock, ids),
        payments=room,
        endings=EndingDesk(hospitals, stores, at_work.facts, room, at_work.staff, transitions, sealer, clock, ids),
        money=MoneyRoom(stores),
        alerts=AlertRoom(stores.alerts, audit, sealer, clock),
        office=StaffOffice(at_work.staff, at_work.facts),
        audit=AuditRoom(stores.audit, check),
    )
