"""What services of several capabilities stand on: ledgers, audit, bills, messages, people, staff."""

from __future__ import annotations

from server.app.audited import audit_sources
from server.app.office import Office, office_over
from server.app.purposes import bill_systems, old_balances, paid_for
from server.app.services import Adapters, Shared, parts_of
from server.audit.check import AuditCheck
from server.audit.service import AuditService
from server.effects.ports import LocalWorker
from server.effects.remembered import Remembered
from server.messages.delivery_reports import DeliveryReports
from server.messages.links import PaymentLinks
from server.messages.service import MessageService
from server.patients.accounts import AccountService
from server.patients.card_news import CardNews
from server.patients.cards_in_use import CardsInUse
from server.patients.news_marks import NewsMarks
from server.patients.people_in_use import PeopleInUse
from server.patients.persons import PersonService
from server.payments.ledger import Transitions, payment_kind
from server.payments.model import Payment
from server.payments.patient_looks import PatientLooks
from server.payments.purpose import Purposes
from server.payments.purposes.bills.bill_list_cache import BillListCache
from server.payments.refund_looks import RefundLooks
from server.payments.refund_sums import RefundSums
from server.payments.unclaimed import UnclaimedMoneyKeeper
from server.payments.unclaimed_model import UnclaimedMoney
from server.payments.unclaimed_returns import UNCLAIMED_KIND, UnclaimedLedger
from server.registration.favourites import FavouriteService
from server.registration.schedules import ScheduleService
from server.staff.audit_trail import StaffAudit


def shared_services(
    adapters: Adapters, worker: LocalWorker[Payment], unclaimed_worker: LocalWorker[UnclaimedMoney]
) -> Shared:
    hospitals, stores, sealer, clock, ids = parts_of(adapters)
    bill_lists = BillListCache(bill_systems(hospitals), clock)
    transitions = _transitions(adapters, worker, bill_lists)
    ledger = UnclaimedLedger(UNCLAIMED_KIND, stores.unclaimed, stores.alerts, clock, unclaimed_worker)
    audit = AuditService(stores.audit, stores.alerts, sealer, clock)
    staff_audit = StaffAudit(stores.staff, audit)
    sums = RefundSums(hospitals, transitions, clock, ids)
    looks = RefundLooks(hospitals, sums, clock)
    cards = CardsInUse(hospitals, stores.cards, stores.short_lived, sealer, clock)
    paid = paid_for(adapters, cards, transitions, bill_lists)
    office = _office(adapters, paid.purposes, transitions, staff_audit, looks)
    favourites = FavouriteService(ScheduleService(adapters.registration, clock).doctors, stores.short_lived, clock)
    known, people = _people(adapters, cards, office)
    news = CardNews(hospitals, NewsMarks(stores.short_lived, clock), sealer, clock)
    return Shared(
        transitions=transitions,
        bills=paid.bills,
        purposes=paid.purposes,
        admissions=paid.admissions,
        wristbands=paid.wristbands,
        discharges=paid.discharges,
        old_balances=old_balances(adapters, cards, transitions),
        unclaimed=UnclaimedMoneyKeeper(stores.unclaimed, ledger, stores.alerts, clock, ids),
        unclaimed_ledger=ledger,
        refund_sums=sums,
        refund_looks=looks,
        patient_looks=PatientLooks(stores.short_lived, transitions, looks, clock),
        audit=audit,
        staff_audit=staff_audit,
        audit_check=AuditCheck(stores.audit, audit_sources(stores), sealer, clock),
        messages=_messages(adapters, paid.purposes),
        delivery_reports=DeliveryReports(stores.payments, transitions, news.marks, clock),
        people=people,
        people_in_use=known,
        cards_in_use=cards,
        accounts=AccountService(cards, stores.sessions, people, clock, [favourites.forget]),
        favourites=favourites,
        news=news,
        office=office,
    )


def _people(adapters: Adapters, cards: CardsInUse, office: Office) -> tuple[PeopleInUse, PersonService]:
    hospitals, stores, sealer, clock, _ = parts_of(adapters)
    seen = office.facts.seen
    known = PeopleInUse(hospitals, stores.people, stores.cards, stores.short_lived, sealer, clock, seen)
    return known, PersonService(known, cards, stores.short_lived, sealer, clock, seen)


def _messages(adapters: Adapters, purposes: Purposes) -> MessageService:
    hospitals, stores, _, clock, _ = parts_of(adapters)
    return MessageService(hospitals, purposes, PaymentLinks(stores.short_lived, clock), clock)


def _transitions(adapters: Adapters, worker: LocalWorker[Payment], bill_lists: BillListCache) -> Transitions:
    hospitals, stores, _, clock, _ = parts_of(adapters)
    return Transitions(
        payment_kind(hospitals), stores.payments, stores.alerts, clock, worker, Remembered(), bill_lists.stored
    )


def _office(
    adapters: Adapters, purposes: Purposes, transitions: Transitions, audit: StaffAudit, looks: RefundLooks
) -> Office:
    hospitals, stores, sealer, clock, ids = parts_of(adapters)
    return office_over(
        hospitals=hospitals,
        stores=stores,
        sealer=sealer,
        clock=clock,
        ids=ids,
        purposes=purposes,
        transitions=transitions,
        audit=audit,
        looks=looks,
    )
