"""Adapters and stores → services and the worker that runs their effects. The same for the real process and the simulation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from server.domain.effects import EffectKind
from server.effects import EffectRunner, Pace, Runner, Worker
from server.ports import CardStore, Clock, Hospital, Ids, Sealer, Stores, SureClock
from server.services.accounts import AccountService
from server.services.alert_rounds import AlertRounds
from server.services.api import api_services
from server.services.audit import AuditService
from server.services.audit_days import AuditDays
from server.services.bills import BillService
from server.services.booking import BookingService
from server.services.card_bindings import CardBindingService
from server.services.cards import CardService
from server.services.cards_in_use import CardsInUse
from server.services.catalogue import Services
from server.services.chat import ChatService
from server.services.console import console_services
from server.services.late_bookings import LateBookings
from server.services.login import LoginService
from server.services.menus import MenuService
from server.services.messages import MessageService
from server.services.notifications import NotificationService
from server.services.office import Office
from server.services.payment_links import PaymentLinks
from server.services.payments import PaymentService
from server.services.people import PersonService
from server.services.person_records import PersonRecords
from server.services.refund_desk import RefundDesk
from server.services.refund_looks import RefundLooks
from server.services.refund_rounds import RefundRounds
from server.services.refund_search import RefundSearch
from server.services.refund_sums import RefundSums
from server.services.refunds import RefundService
from server.services.retention import RetentionRounds
from server.services.scans import ScanService
from server.services.settling import SettlingService
from server.services.staff import StaffService
from server.services.staff_chat import StaffChat
from server.services.staff_facts import StaffFacts
from server.services.staff_messages import StaffMessageService
from server.services.staff_views import StaffViews
from server.services.transitions import Transitions
from server.services.unclaimed import UnclaimedMoneyKeeper
from server.services.waking import Waking
from server.services.window_refunds import WindowRefundService
from server.services.write_offs import WriteOffService


@dataclass(frozen=True, slots=True)
class Composition:
    services: Services
    worker: Worker
    audit_days: AuditDays
    alert_rounds: AlertRounds
    refund_rounds: RefundRounds
    retention: RetentionRounds
    waking: Waking


def compose(
    hospitals: Mapping[str, Hospital],
    stores: Stores,
    sealer: Sealer,
    clock: SureClock,
    ids: Ids,
    *,
    expiry: timedelta,
    pace: Pace,
    polls: bool,
) -> Composition:
    """Everything wired. ``polls``: the worker looks for due payments of all processes, not only for what happens in this one."""
    woken: list[Worker] = []  # the worker is made last, and woken by what is made first
    transitions = Transitions(stores, clock, _nudging(woken))
    unclaimed = UnclaimedMoneyKeeper(stores, clock)
    cards = CardsInUse(hospitals, stores.cards, stores.short_lived, sealer, clock)
    messages = MessageService(hospitals, transitions, PaymentLinks(stores.short_lived, clock), clock)
    audit = AuditService(stores, sealer, clock)
    waking = Waking(stores, transitions, clock, ids)
    runners = effect_runners(hospitals, stores, sealer, clock, ids, unclaimed, messages, audit)
    woken.append(_worker(stores, transitions, runners, waking, clock, ids, pace, polls=polls))
    looks = RefundLooks(hospitals, sums := RefundSums(hospitals, transitions, clock, ids), clock)
    office = _office(hospitals, stores, transitions, audit, looks, sealer, clock, ids)
    people = PersonService(stores.people, cards, stores.short_lived, sealer, clock, office.facts.seen)
    bills = BillService(hospitals, cards, stores.payments, sealer, clock)
    services = Services(
        hospitals=hospitals,
        login=LoginService(hospitals, stores.sessions, stores.short_lived, people, sealer, clock, ids),
        scans=ScanService(hospitals, stores.sessions, sealer, clock),
        bills=bills,
        cards=CardService(hospitals, cards, stores.sessions, stores.short_lived, people, sealer, clock, ids),
        card_bindings=_card_bindings(hospitals, stores, cards, people, audit, sealer, clock, ids),
        payments=PaymentService(hospitals, stores, bills, transitions, clock, ids, expiry),
        notifications=NotificationService(hospitals, stores, transitions, unclaimed, sums, clock, ids),
        chat=ChatService(hospitals, office.chat, stores.short_lived, clock),
        messages=messages,
        menus=MenuService(hospitals),
        staff=office.staff,
        refund_search=office.search,
        refund_desk=office.desk,
        staff_chat=office.chat,
        window_refunds=WindowRefundService(hospitals, stores, transitions, looks, clock),
        console=console_services(hospitals, stores, office, transitions, audit, looks, sealer, clock, ids),
        people=people,
        person_records=_person_records(stores, cards, people, office, audit, sealer, clock, ids),
        api=api_services(hospitals, stores, people, sealer, clock, ids),
        stores=stores,
        clock=clock,
        ids=ids,
        sealer=sealer,
    )
    return Composition(services, woken[0], *_rounds(services, audit, looks, clock), waking)


def _card_bindings(
    hospitals: Mapping[str, Hospital],
    stores: Stores,
    cards: CardStore,
    people: PersonService,
    audit: AuditService,
    sealer: Sealer,
    clock: Clock,
    ids: Ids,
) -> CardBindingService:
    accounts = AccountService(cards, stores.sessions, people, clock)
    return CardBindingService(hospitals, cards, accounts, audit, sealer, clock, ids)


def _person_records(
    stores: Stores,
    cards: CardStore,
    people: PersonService,
    office: Office,
    audit: AuditService,
    sealer: Sealer,
    clock: Clock,
    ids: Ids,
) -> PersonRecords:
    accounts = AccountService(cards, stores.sessions, people, clock)
    return PersonRecords(stores, accounts, people, office.facts, audit, sealer, clock, ids)


def _rounds(
    services: Services, audit: AuditService, looks: RefundLooks, clock: SureClock
) -> tuple[AuditDays, AlertRounds, RefundRounds, RetentionRounds]:
    """What every worker does from time to time."""
    hospitals, stores = services.hospitals, services.stores
    return (
        AuditDays(hospitals, stores, audit, clock),
        AlertRounds(hospitals, stores, audit, clock),
        RefundRounds(hospitals, stores, looks, clock),
        RetentionRounds(hospitals, stores, services.person_records, clock),
    )


def _worker(
    stores: Stores,
    transitions: Transitions,
    runners: Mapping[EffectKind, Runner],
    waking: Waking,
    clock: SureClock,
    ids: Ids,
    pace: Pace,
    *,
    polls: bool,
) -> Worker:
    """It wakes what waited for a system as soon as one of its effects gets an answer from it."""
    runner = EffectRunner(stores, transitions, runners, clock, ids, pace, waking.back)
    return Worker(stores, runner, clock, ids, polls=polls)


def _office(
    hospitals: Mapping[str, Hospital],
    stores: Stores,
    transitions: Transitions,
    audit: AuditService,
    looks: RefundLooks,
    sealer: Sealer,
    clock: Clock,
    ids: Ids,
) -> Office:
    facts = StaffFacts(stores, sealer, clock)
    staff = StaffService(hospitals, stores.staff, stores.short_lived, sealer, clock, ids, audit, facts)
    views = StaffViews(hospitals, staff, stores.short_lived, sealer, clock)
    search = RefundSearch(stores.payments, views, clock)
    desk = RefundDesk(hospitals, stores, search, staff, transitions, sealer, clock, ids, facts, looks)
    chat = StaffChat(staff, desk, search, stores.short_lived, sealer, clock)
    return Office(facts, staff, views, search, desk, chat)


def _nudging(workers: Sequence[Worker]) -> Callable[[str, str], None]:
    def nudge(hospital: str, payment_id: str) -> None:
        for worker in workers:
            worker.nudge(hospital, payment_id)

    return nudge


def effect_runners(
    hospitals: Mapping[str, Hospital],
    stores: Stores,
    sealer: Sealer,
    clock: Clock,
    ids: Ids,
    unclaimed: UnclaimedMoneyKeeper,
    messages: MessageService,
    audit: AuditService,
) -> Mapping[EffectKind, Runner]:
    """Who does what a payment owes."""
    settling = SettlingService(hospitals, unclaimed, clock, ids)
    late = LateBookings(hospitals, clock, ids)
    refunds = RefundService(hospitals, unclaimed, late, clock, ids)
    write_offs = WriteOffService(hospitals, sealer, clock)
    return {
        EffectKind.QUERY: settling.run,
        EffectKind.CLOSE: settling.run,
        EffectKind.BOOK: BookingService(hospitals, clock).run,
        EffectKind.REFUND: refunds.run,
        EffectKind.QUERY_REFUND: refunds.run,
        EffectKind.LATE_BOOKING: late.run,
        EffectKind.EXPIRE: refunds.run,
        EffectKind.RELEASE: write_offs.run,
        EffectKind.NOTIFY_HIS: write_offs.run,
        EffectKind.MESSAGE: messages.run,
        EffectKind.SMS: messages.run,
        EffectKind.SEAL: audit.run,
        EffectKind.TELL_STAFF: StaffMessageService(hospitals, stores.staff, sealer, clock).run,
    }
