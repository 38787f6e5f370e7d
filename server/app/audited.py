"""Every kind of document whose history the audit chain seals."""

from __future__ import annotations

from server.audit.sources import AuditedAlerts, AuditSource
from server.payments.audit_trail import AuditedPayments
from server.payments.unclaimed_returns import AuditedUnclaimed
from server.reconciliation.day_work import AuditedDays
from server.staff.audit_trail import AuditedStaff
from server.storage.stores import Stores


def audit_sources(stores: Stores) -> tuple[AuditSource, ...]:
    return (
        AuditedPayments(stores.payments),
        AuditedStaff(stores.staff),
        AuditedAlerts(stores.alerts),
        AuditedUnclaimed(stores.unclaimed),
        AuditedDays(stores.days),
    )
