"""The one wiring: adapters → services, the workers that run what is owed, and the timetables of recurring tasks.

The real process, the simulation and the unit tests all build the app here; they differ in the adapters that they pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from server.app.api_services import api_services
from server.app.chat_pages import chat_pages
from server.app.console_services import ConsoleServices, console_services, finance_chat
from server.app.need_sources import need_service
from server.app.owed_work import effect_runners, recurring_tasks, unclaimed_runners
from server.app.reconciling import Reconciling, reconciling
from server.app.registration_services import RegistrationServices, registration_services
from server.app.report_services import ReportServices, report_services
from server.app.services import Adapters, Services, Shared, parts_of
from server.app.shared_services import shared_services
from server.app.timetables import Timetables, timetables
from server.effects.engine import EffectRunner, Runner
from server.effects.leases import Pace
from server.effects.model import EffectKind
from server.effects.ports import LocalWorker
from server.effects.waking import Waking
from server.effects.worker import Worker, WorkerToBe
from server.inpatient.binding import AdmissionBinding
from server.messages.chat import ChatService
from server.messages.menus import MenuService
from server.old_balances.telling import BalanceNews
from server.old_balances.unreached import UnreachedList
from server.patients.card_bindings import CardBindingService
from server.patients.card_relations import CardRelations
from server.patients.cards import CardService
from server.patients.login import LoginService
from server.payments.model import Payment
from server.payments.notifications import NotificationService
from server.payments.purposes.bills.scans import ScanService
from server.payments.service import PaymentService
from server.payments.sides import SidesNow
from server.payments.unclaimed_model import UnclaimedMoney
from server.privacy.records import PersonRecords
from server.refunds.window_service import WindowRefundService
from server.registration.waiting import WaitingService

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
    timetables: Timetables
    days: Reconciling


def compose(
    adapters: Adapters, *, expiry: timedelta, pace: Pace, polls: bool, woken: LocalWorker[Payment] | None = None
) -> Composition:
    """Everything wired. ``expiry`` of an order at its channel. ``polls``: the worker looks for due payments of all processes, not
    only for what happens in this one. ``woken`` hears of due payments in the place of the worker.
    """
    to_be, unclaimed_to_be = WorkerToBe[Payment](), WorkerToBe[UnclaimedMoney]()
    shared = shared_services(adapters, woken or to_be, unclaimed_to_be)
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
        timetables=timetables(adapters, recurring_tasks(adapters, services, days), polls=polls),
        days=days,
    )


def _days(adapters: Adapters, shared: Shared, *, polls: bool) -> Reconciling:
    hospitals, stores, _, clock, ids = parts_of(adapters)
    means, transitions, unclaimed = adapters.reconciliation, shared.transitions, shared.unclaimed
    sides = SidesNow(hospitals, shared.purposes)
    return reconciling(means, hospitals, stores, transitions, unclaimed, sides, shared.audit, clock, ids, polls=polls)


def _services(adapters: Adapters, shared: Shared, days: Reconciling, expiry: timedelta) -> Services:
    hospitals, stores, sealer, clock, ids = parts_of(adapters)
    cards, people, office = shared.cards_in_use, shared.people, shared.office
    transitions, audit, looks = shared.transitions, shared.audit, shared.refund_looks
    card_service, payments = _cards(adapters, shared), _payments(adapters, shared, expiry)
    registration, reports = _registration(adapters, shared, payments), _reports(adapters, shared)
    unreached = UnreachedList(shared.old_balances, cards, shared.news, audit, sealer, clock, ids)
    return Services(
        shared=shared,
        hospitals=hospitals,
        login=LoginService(hospitals, stores.sessions, stores.short_lived, people, sealer, clock, ids),
        scans=ScanService(hospitals, stores.sessions, sealer, clock),
        bills=shared.bills,
        cards=card_service,
        admissions=shared.admissions,
        balance_news=BalanceNews(shared.old_balances.systems, cards, shared.news, sealer, clock),
        unreached=unreached,
        admission_binding=AdmissionBinding(shared.admissions, card_service, stores.short_lived, clock),
        card_bindings=CardBindingService(hospitals, cards, shared.accounts, audit, sealer, clock, ids),
        card_relations=CardRelations(cards, audit, sealer, clock, ids),
        payments=payments,
        registration=registration,
        reports=reports,
        needs=need_service(adapters, shared, payments, registration, reports),
        notifications=_notifications(adapters, shared),
        chat=_chat(adapters, shared),
        menus=MenuService(hospitals),
        staff=office.staff,
        refund_search=office.search,
        refund_desk=office.desk,
        staff_chat=office.chat,
        window_refunds=WindowRefundService(hospitals, stores.payments, stores.short_lived, transitions, looks, clock),
        console=_console(adapters, shared, days, unreached),
        people=people,
        person_records=_person_records(adapters, shared),
        api=api_services(hospitals, stores, people, sealer, clock, ids),
        stores=stores,
        clock=clock,
        ids=ids,
        sealer=sealer,
    )


def _chat(adapters: Adapters, shared: Shared) -> ChatService:
    hospitals, stores, _, clock, _ = parts_of(adapters)
    staff = finance_chat(hospitals, stores, shared.office, clock)
    return ChatService(
        hospitals, chat_pages(adapters, shared), staff, shared.delivery_reports, stores.short_lived, clock
    )


def _registration(adapters: Adapters, shared: Shared, payments: PaymentService) -> RegistrationServices:
    offers, stores, clock = adapters.registration, adapters.stores, adapters.clock
    transitions, favourites = shared.transitions, shared.favourites
    waiting = WaitingService(offers, shared.cards_in_use, shared.news, adapters.sealer, clock)
    return registration_services(offers, shared.purposes, payments, stores, transitions, favourites, waiting, clock)


def _reports(adapters: Adapters, shared: Shared) -> ReportServices:
    hospitals, stores, sealer, clock, ids = parts_of(adapters)
    cards, audit, short_lived = shared.cards_in_use, shared.audit, stores.short_lived
    return report_services(adapters.reports, hospitals, cards, shared.news, audit, short_lived, sealer, clock, ids)


def _cards(adapters: Adapters, shared: Shared) -> CardService:
    hospitals, stores, sealer, clock, ids = parts_of(adapters)
    return CardService(
        hospitals=hospitals,
        cards=shared.cards_in_use,
        sessions=stores.sessions,
        short_lived=stores.short_lived,
        people=shared.people,
        sealer=sealer,
        clock=clock,
        ids=ids,
    )


def _notifications(adapters: Adapters, shared: Shared) -> NotificationService:
    hospitals, stores, _, clock, ids = parts_of(adapters)
    return NotificationService(
        hospitals, stores.payments, shared.transitions, shared.unclaimed, shared.refund_sums, clock, ids
    )


def _payments(adapters: Adapters, shared: Shared, expiry: timedelta) -> PaymentService:
    hospitals, stores, _, clock, ids = parts_of(adapters)
    return PaymentService(
        hospitals=hospitals,
        payments=stores.payments,
        short_lived=stores.short_lived,
        sessions=stores.sessions,
        purposes=shared.purposes,
        transitions=shared.transitions,
        clock=clock,
        ids=ids,
        expiry=expiry,
        looks=shared.patient_looks,
    )


def _console(adapters: Adapters, shared: Shared, days: Reconciling, unreached: UnreachedList) -> ConsoleServices:
    hospitals, stores, sealer, clock, ids = parts_of(adapters)
    return console_services(
        hospitals=hospitals,
        purposes=shared.purposes,
        stores=stores,
        at_work=shared.office,
        transitions=shared.transitions,
        unclaimed=shared.unclaimed_ledger,
        unreached=unreached,
        audit=shared.audit,
        check=shared.audit_check,
        looks=shared.refund_looks,
        decisions=days.decisions,
        bank=days.bank,
        sealer=sealer,
        clock=clock,
        ids=ids,
    )


def _person_records(adapters: Adapters, shared: Shared) -> PersonRecords:
    _, stores, sealer, clock, ids = parts_of(adapters)
    return PersonRecords(
        payments=stores.payments,
        known_people=stores.people,
        cards=stores.cards,
        sessions=stores.sessions,
        accounts=shared.accounts,
        people=shared.people,
        facts=shared.office.facts,
        audit=shared.audit,
        sealer=sealer,
        clock=clock,
        ids=ids,
    )
