"""The one wiring: adapters → services, the worker that runs what is owed, and the rounds that it makes.

The real process, the simulation and the unit tests all build the app here; they differ in the adapters that they pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from server.app.api_services import api_services
from server.app.audited import audit_sources
from server.app.console_services import ConsoleServices, console_services, finance_chat
from server.app.office import Office
from server.app.owed_work import Rounds, effect_runners, rounds, unclaimed_runners
from server.app.purposes import bill_systems, purposes_by_name
from server.app.reconciling import Reconciling, reconciling
from server.app.services import Adapters, Services, Shared
from server.audit.check import AuditCheck
from server.audit.service import AuditService
from server.core.ports import Ids, Sealer, SureClock
from server.effects.engine import EffectRunner, Runner
from server.effects.leases import Pace
from server.effects.model import EffectKind
from server.effects.ports import LocalWorker
from server.effects.waking import Waking
from server.effects.worker import Worker, WorkerToBe
from server.messages.chat import ChatService
from server.messages.links import PaymentLinks
from server.messages.menus import MenuService
from server.messages.service import MessageService
from server.patients.accounts import AccountService
from server.patients.card_bindings import CardBindingService
from server.patients.cards import CardService
from server.patients.cards_in_use import CardsInUse
from server.patients.login import LoginService
from server.patients.persons import PersonService
from server.payments.hospital import Hospital
from server.payments.ledger import Transitions, payment_kind
from server.payments.model import Payment
from server.payments.notifications import NotificationService
from server.payments.patient_looks import PatientLooks
from server.payments.purpose import Purposes
from server.payments.purposes.bills.scans import ScanService
from server.payments.purposes.bills.service import BillService
from server.payments.refund_looks import RefundLooks
from server.payments.refund_sums import RefundSums
from server.payments.service import PaymentService
from server.payments.unclaimed import UnclaimedMoneyKeeper
from server.payments.unclaimed_model import UnclaimedMoney
from server.payments.unclaimed_returns import UNCLAIMED_KIND, UnclaimedLedger
from server.privacy.records import PersonRecords
from server.refunds.chat.chat import StaffChat
from server.refunds.drafts import DraftKeeper
from server.refunds.permission import RefundPermission
from server.refunds.search import RefundSearch
from server.refunds.service import RefundDesk
from server.refunds.window_service import WindowRefundService
from server.staff.audit_trail import StaffAudit
from server.staff.facts import StaffFacts
from server.staff.service import StaffService
from server.staff.views import StaffViews
from server.storage.stores import Stores

UNCLAIMED_POLL_S = 5.0
"""Hardly any of it owes anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """``runners`` are those of ``runner``, by kind of effect. Unclaimed money owes work of its own."""

    services: Services
    runners: Mapping[EffectKind, Runner[Payment]]
    runner: EffectRunner[Payment]
    worker: Worker[Payment]
    unclaimed_runner: EffectRunner[UnclaimedMoney]
    unclaimed_worker: Worker[UnclaimedMoney]
    waking: Waking[Payment]
    rounds: Rounds
    days: Reconciling


def compose(
    adapters: Adapters, *, expiry: timedelta, pace: Pace, polls: bool, woken: LocalWorker[Payment] | None = None
) -> Composition:
    """Everything wired. ``expiry`` of an order at its channel. ``polls``: the worker looks for due payments of all processes, not
    only for what happens in this one. ``woken`` hears of due payments in the place of the worker.
    """
    to_be, unclaimed_to_be = WorkerToBe[Payment](), WorkerToBe[UnclaimedMoney]()
    shared = _shared(adapters, woken or to_be, unclaimed_to_be)
    waking = Waking(shared.transitions, adapters.stores.short_lived, adapters.clock, adapters.ids)
    runners = effect_runners(adapters, shared)
    runner = EffectRunner(shared.transitions, runners, adapters.clock, adapters.ids, pace, waking.back)
    to_be.worker = Worker(runner, adapters.clock, adapters.ids, polls=polls)
    returns = unclaimed_runners(adapters, shared)
    seldom = replace(pace, poll_s=UNCLAIMED_POLL_S, concurrency=1)
    unclaimed_runner = EffectRunner(shared.unclaimed_ledger, returns, adapters.clock, adapters.ids, seldom)
    unclaimed_to_be.worker = Worker(unclaimed_runner, adapters.clock, adapters.ids, polls=polls)
    days = _days(adapters, shared, polls=polls)
    services = _services(adapters, shared, days, expiry)
    return Composition(
        services=services,
        runners=runners,
        runner=runner,
        worker=to_be.worker,
        unclaimed_runner=unclaimed_runner,
        unclaimed_worker=unclaimed_to_be.worker,
        waking=waking,
        rounds=rounds(adapters, services),
        days=days,
    )


def _days(adapters: Adapters, shared: Shared, *, polls: bool) -> Reconciling:
    hospitals, stores, _, clock, ids = _each(adapters)
    means, transitions, unclaimed = adapters.reconciliation, shared.transitions, shared.unclaimed
    return reconciling(means, hospitals, stores, transitions, unclaimed, shared.audit, clock, ids, polls=polls)


def _shared(adapters: Adapters, worker: LocalWorker[Payment], unclaimed_worker: LocalWorker[UnclaimedMoney]) -> Shared:
    hospitals, stores, sealer, clock, ids = _each(adapters)
    transitions = Transitions(payment_kind(hospitals), stores.payments, stores.alerts, clock, worker)
    ledger = UnclaimedLedger(UNCLAIMED_KIND, stores.unclaimed, stores.alerts, clock, unclaimed_worker)
    audit = AuditService(stores.audit, stores.alerts, sealer, clock)
    staff_audit = StaffAudit(stores.staff, audit)
    sums = RefundSums(hospitals, transitions, clock, ids)
    looks = RefundLooks(hospitals, sums, clock)
    cards = CardsInUse(hospitals, stores.cards, stores.short_lived, sealer, clock)
    bills = BillService(bill_systems(hospitals), cards, stores.payments, sealer, clock)
    purposes = purposes_by_name(adapters, bills)
    office = _office(adapters, purposes, transitions, staff_audit, looks)
    people = PersonService(stores.people, cards, stores.short_lived, sealer, clock, office.facts.seen)
    return Shared(
        transitions=transitions,
        bills=bills,
        purposes=purposes,
        unclaimed=UnclaimedMoneyKeeper(stores.unclaimed, ledger, stores.alerts, clock, ids),
        unclaimed_ledger=ledger,
        refund_sums=sums,
        refund_looks=looks,
        patient_looks=PatientLooks(stores.short_lived, transitions, looks, clock),
        audit=audit,
        staff_audit=staff_audit,
        audit_check=AuditCheck(stores.audit, audit_sources(stores), sealer, clock),
        messages=MessageService(hospitals, transitions, PaymentLinks(stores.short_lived, clock), clock),
        people=people,
        cards_in_use=cards,
        accounts=AccountService(cards, stores.sessions, people, clock),
        office=office,
    )


def _office(
    adapters: Adapters, purposes: Purposes, transitions: Transitions, audit: StaffAudit, looks: RefundLooks
) -> Office:
    hospitals, stores, sealer, clock, ids = _each(adapters)
    facts = StaffFacts(stores.staff, stores.people, stores.cards, stores.staff_facts, sealer, clock)
    staff = StaffService(hospitals, stores.staff, stores.short_lived, sealer, clock, ids, audit, facts)
    views = StaffViews(hospitals, staff, stores.short_lived, sealer, clock)
    search = RefundSearch(stores.payments, views, clock)
    permission = RefundPermission(hospitals, stores.staff, stores.people, stores.cards, facts, clock)
    drafts = DraftKeeper(stores.short_lived, clock, ids)
    desk = RefundDesk(
        hospitals, purposes, stores.staff, drafts, permission, search, staff, transitions, sealer, clock, looks
    )
    chat = StaffChat(staff, desk, search, stores.short_lived, sealer, clock)
    return Office(facts, staff, views, search, permission, desk, chat)


def _services(adapters: Adapters, shared: Shared, days: Reconciling, expiry: timedelta) -> Services:
    hospitals, stores, sealer, clock, ids = _each(adapters)
    cards, people, office = shared.cards_in_use, shared.people, shared.office
    transitions, audit, looks = shared.transitions, shared.audit, shared.refund_looks
    return Services(
        shared=shared,
        hospitals=hospitals,
        login=LoginService(hospitals, stores.sessions, stores.short_lived, people, sealer, clock, ids),
        scans=ScanService(hospitals, stores.sessions, sealer, clock),
        bills=shared.bills,
        cards=CardService(hospitals, cards, stores.sessions, stores.short_lived, people, sealer, clock, ids),
        card_bindings=CardBindingService(hospitals, cards, shared.accounts, audit, sealer, clock, ids),
        payments=_payments(adapters, shared, expiry),
        notifications=NotificationService(
            hospitals, stores.payments, transitions, shared.unclaimed, shared.refund_sums, clock, ids
        ),
        chat=ChatService(hospitals, finance_chat(hospitals, stores, office, clock), stores.short_lived, clock),
        messages=shared.messages,
        menus=MenuService(hospitals),
        staff=office.staff,
        refund_search=office.search,
        refund_desk=office.desk,
        staff_chat=office.chat,
        window_refunds=WindowRefundService(hospitals, stores.payments, stores.short_lived, transitions, looks, clock),
        console=_console(adapters, shared, days),
        people=people,
        person_records=_person_records(adapters, shared),
        api=api_services(hospitals, stores, people, sealer, clock, ids),
        stores=stores,
        clock=clock,
        ids=ids,
        sealer=sealer,
    )


def _payments(adapters: Adapters, shared: Shared, expiry: timedelta) -> PaymentService:
    hospitals, stores, _, clock, ids = _each(adapters)
    return PaymentService(
        hospitals,
        stores.payments,
        stores.short_lived,
        stores.sessions,
        shared.purposes,
        shared.transitions,
        clock,
        ids,
        expiry,
        shared.patient_looks,
    )


def _console(adapters: Adapters, shared: Shared, days: Reconciling) -> ConsoleServices:
    hospitals, stores, sealer, clock, ids = _each(adapters)
    ledgers = (shared.transitions, shared.unclaimed_ledger)
    audit, looks = (shared.audit, shared.audit_check), shared.refund_looks
    return console_services(
        hospitals, shared.purposes, stores, shared.office, *ledgers, *audit, looks, days.decisions, sealer, clock, ids
    )


def _person_records(adapters: Adapters, shared: Shared) -> PersonRecords:
    _, stores, sealer, clock, ids = _each(adapters)
    return PersonRecords(
        stores.payments,
        stores.people,
        stores.cards,
        stores.sessions,
        shared.accounts,
        shared.people,
        shared.office.facts,
        shared.audit,
        sealer,
        clock,
        ids,
    )


def _each(adapters: Adapters) -> tuple[Mapping[str, Hospital], Stores, Sealer, SureClock, Ids]:
    return adapters.hospitals, adapters.stores, adapters.sealer, adapters.clock, adapters.ids
