"""Who does what is owed: the runner of each kind of effect, and the recurring tasks of timetables."""

from __future__ import annotations

from collections.abc import Mapping

from server.app.reconciling import Reconciling
from server.app.services import Adapters, Services, Shared
from server.effects.engine import Runner
from server.effects.model import EffectKind
from server.effects.recurring import Recurring
from server.inpatient import low_deposits
from server.inpatient.low_deposits import LowDeposits
from server.old_balances import telling as balance_telling
from server.patients import unused_rounds
from server.patients.card_rounds import CardRounds
from server.patients.unused_rounds import UnusedRounds
from server.payments import refund_rounds
from server.payments.asking_his import AskingHis
from server.payments.audit_trail import PaymentAudit
from server.payments.booking import BookingService
from server.payments.freeing import FreeingService, LapsingService
from server.payments.late_bookings import LateBookings
from server.payments.model import Payment
from server.payments.refund_rounds import RefundRounds
from server.payments.settling import SettlingService
from server.payments.unclaimed_model import UnclaimedMoney
from server.payments.unclaimed_returns import UnclaimedAudit, UnclaimedReturns
from server.privacy import retention as retention_rounds
from server.privacy.retention import RetentionRounds
from server.reconciliation import day_rounds, days_again, live_sides
from server.refunds.effects import RefundService
from server.refunds.staff_messages import StaffMessageService
from server.refunds.write_offs import WriteOffService
from server.reports import telling
from server.staff import alert_rounds, audit_days
from server.staff.alert_rounds import AlertRounds
from server.staff.audit_days import AuditDays


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
        EffectKind.LAPSE: LapsingService(clock).run,
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


def recurring_tasks(adapters: Adapters, services: Services, days: Reconciling) -> dict[EffectKind, Recurring]:
    """What each hospital's timetable owes."""
    stores, clock, shared = adapters.stores, adapters.clock, services.shared
    looks = RefundRounds(stores.payments, shared.refund_looks, clock)
    retention = RetentionRounds(adapters.hospitals, stores.payments, services.person_records, clock)
    cards, people = UnusedRounds(shared.cards_in_use, clock), UnusedRounds(shared.people_in_use, clock)
    return {
        EffectKind.ALERT_ROUND: Recurring(_alert_rounds(adapters, shared).piece, alert_rounds.EVERY),
        EffectKind.AUDIT_DAY: Recurring(_audit_days(adapters, shared).piece, audit_days.EVERY),
        EffectKind.LIVE_SIDES: Recurring(days.live.piece, live_sides.EVERY),
        EffectKind.OPEN_DAYS: Recurring(days.rounds.piece, day_rounds.EVERY),
        EffectKind.DAYS_AGAIN: Recurring(days.again.piece, days_again.EVERY),
        EffectKind.REFUND_LOOKS: Recurring(looks.piece, refund_rounds.EVERY),
        EffectKind.RETENTION: Recurring(retention.piece, retention_rounds.EVERY),
        EffectKind.LOW_DEPOSITS: Recurring(_low_deposits(adapters, services).piece, low_deposits.EVERY),
        EffectKind.OLD_BALANCES: Recurring(services.balance_news.piece, balance_telling.EVERY),
        EffectKind.NEW_REPORTS: Recurring(_new_reports(adapters, services).piece, telling.EVERY),
        EffectKind.UNUSED_CARDS: Recurring(cards.piece, unused_rounds.EVERY),
        EffectKind.UNUSED_PEOPLE: Recurring(people.piece, unused_rounds.EVERY),
    }


def _audit_days(adapters: Adapters, shared: Shared) -> AuditDays:
    stores = adapters.stores
    return AuditDays(
        hospitals=adapters.hospitals,
        alerts=stores.alerts,
        short_lived=stores.short_lived,
        employees=stores.staff,
        entries=stores.audit,
        audit=shared.audit,
        staff_audit=shared.staff_audit,
        clock=adapters.clock,
    )


def _alert_rounds(adapters: Adapters, shared: Shared) -> AlertRounds:
    stores = adapters.stores
    return AlertRounds(
        hospitals=adapters.hospitals,
        payments=stores.payments,
        unclaimed=stores.unclaimed,
        alerts=stores.alerts,
        short_lived=stores.short_lived,
        employees=stores.staff,
        audit=shared.audit,
        clock=adapters.clock,
    )


def _low_deposits(adapters: Adapters, services: Services) -> CardRounds:
    systems, shared = services.admissions.systems, services.shared
    return CardRounds(shared.cards_in_use, LowDeposits(systems, shared.news).look, systems, adapters.clock)


def _new_reports(adapters: Adapters, services: Services) -> CardRounds:
    """Where the HIS says that it does not announce them."""
    asked = [name for name, offer in adapters.reports.items() if not offer.rules.announced]
    return CardRounds(services.shared.cards_in_use, services.reports.telling.look, asked, adapters.clock)
