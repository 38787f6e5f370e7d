"""Who does what is owed: the runner of each kind of effect, and the rounds that every worker makes from time to time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.app.services import Adapters, Services, Shared
from server.effects.engine import Runner
from server.effects.model import EffectKind
from server.payments.asking_his import AskingHis
from server.payments.audit_trail import PaymentAudit
from server.payments.booking import BookingService
from server.payments.freeing import FreeingService
from server.payments.late_bookings import LateBookings
from server.payments.model import Payment
from server.payments.refund_rounds import RefundRounds
from server.payments.settling import SettlingService
from server.payments.unclaimed_model import UnclaimedMoney
from server.payments.unclaimed_returns import UnclaimedAudit, UnclaimedReturns
from server.privacy.retention import RetentionRounds
from server.refunds.effects import RefundService
from server.refunds.staff_messages import StaffMessageService
from server.refunds.write_offs import WriteOffService
from server.staff.alert_rounds import AlertRounds
from server.staff.audit_days import AuditDays


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """What every worker does from time to time, each by its `once`."""

    audit_days: AuditDays
    alerts: AlertRounds
    refunds: RefundRounds
    retention: RetentionRounds


def effect_runners(adapters: Adapters, shared: Shared) -> Mapping[EffectKind, Runner[Payment]]:
    """The runner of each kind of effect that a payment may owe."""
    hospitals, clock, ids, messages = adapters.hospitals, adapters.clock, adapters.ids, shared.messages
    settling = SettlingService(hospitals, shared.unclaimed, clock, ids)
    late = LateBookings(hospitals, shared.purposes, clock, ids)
    refunds = RefundService(hospitals, shared.unclaimed, late, shared.refund_looks, clock, ids)
    write_offs = WriteOffService(hospitals, shared.purposes, adapters.sealer, clock)
    return {
        EffectKind.QUERY: settling.run,
        EffectKind.CLOSE: settling.run,
        EffectKind.BOOK: BookingService(hospitals, shared.purposes, clock).run,
        EffectKind.REFUND: refunds.run,
        EffectKind.QUERY_REFUND: refunds.run,
        EffectKind.LATE_BOOKING: late.run,
        EffectKind.ASK_HIS: AskingHis(hospitals, shared.purposes, clock).run,
        EffectKind.REFUND_LOOK: shared.patient_looks.run,
        EffectKind.EXPIRE: refunds.run,
        EffectKind.RELEASE: write_offs.run,
        EffectKind.NOTIFY_HIS: write_offs.run,
        EffectKind.MESSAGE: messages.run,
        EffectKind.SMS: messages.run,
        EffectKind.FREE: FreeingService(shared.purposes, clock).run,
        EffectKind.SEAL: PaymentAudit(shared.audit, clock).run,
        EffectKind.TELL_STAFF: StaffMessageService(hospitals, adapters.stores.staff, adapters.sealer, clock).run,
    }


def unclaimed_runners(adapters: Adapters, shared: Shared) -> Mapping[EffectKind, Runner[UnclaimedMoney]]:
    """The runner of each kind of effect that unclaimed money may owe."""
    returns = UnclaimedReturns(adapters.hospitals, adapters.clock, adapters.ids)
    return {
        EffectKind.REFUND: returns.run,
        EffectKind.QUERY_REFUND: returns.run,
        EffectKind.SEAL: UnclaimedAudit(shared.audit, adapters.clock).run,
    }


def rounds(adapters: Adapters, services: Services) -> Rounds:
    """The rounds of one worker; any number of workers may make them at once."""
    hospitals, stores, clock, shared = adapters.hospitals, adapters.stores, adapters.clock, services.shared
    return Rounds(
        audit_days=AuditDays(
            hospitals=hospitals,
            alerts=stores.alerts,
            short_lived=stores.short_lived,
            employees=stores.staff,
            entries=stores.audit,
            audit=shared.audit,
            staff_audit=shared.staff_audit,
            clock=clock,
        ),
        alerts=AlertRounds(
            hospitals=hospitals,
            payments=stores.payments,
            unclaimed=stores.unclaimed,
            alerts=stores.alerts,
            short_lived=stores.short_lived,
            employees=stores.staff,
            audit=shared.audit,
            clock=clock,
        ),
        refunds=RefundRounds(hospitals, stores.payments, stores.short_lived, shared.refund_looks, clock),
        retention=RetentionRounds(
            hospitals, stores.payments, stores.short_lived, services.person_records, shared.cards_in_use, clock
        ),
    )
