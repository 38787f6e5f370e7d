"""What a process is built over, and all services that are built over it, as wiring hands them to the doors and the workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from server.app.api_services import ApiServices
from server.app.console_services import ConsoleServices
from server.app.office import Office
from server.app.reconciling import ReconciliationMeans
from server.app.registration_services import RegistrationServices
from server.app.report_services import ReportServices
from server.audit.check import AuditCheck
from server.audit.service import AuditService
from server.core.ports import Ids, Sealer, SureClock
from server.inpatient.admissions import AdmissionService
from server.inpatient.binding import AdmissionBinding
from server.inpatient.discharge import DischargeService
from server.inpatient.wristbands import WristbandService
from server.messages.chat import ChatService
from server.messages.delivery_reports import DeliveryReports
from server.messages.menus import MenuService
from server.messages.service import MessageService
from server.needs.service import NeedService
from server.old_balances.service import OldBalanceService
from server.old_balances.telling import BalanceNews
from server.old_balances.unreached import UnreachedList
from server.patients.accounts import AccountService
from server.patients.card_bindings import CardBindingService
from server.patients.card_news import CardNews
from server.patients.card_relations import CardRelations
from server.patients.cards import CardService
from server.patients.cards_in_use import CardsInUse
from server.patients.login import LoginService
from server.patients.people_in_use import PeopleInUse
from server.patients.persons import PersonService
from server.payments.hospital import Hospital
from server.payments.ledger import Transitions
from server.payments.notifications import NotificationService
from server.payments.patient_looks import PatientLooks
from server.payments.purpose import Purpose, Purposes
from server.payments.purposes.bills.scans import ScanService
from server.payments.purposes.bills.service import BillService
from server.payments.refund_looks import RefundLooks
from server.payments.refund_sums import RefundSums
from server.payments.service import PaymentService
from server.payments.unclaimed import UnclaimedMoneyKeeper
from server.payments.unclaimed_returns import UnclaimedLedger
from server.privacy.records import PersonRecords
from server.refunds.chat.chat import StaffChat
from server.refunds.search import RefundSearch
from server.refunds.service import RefundDesk
from server.refunds.window_service import WindowRefundService
from server.registration.favourites import FavouriteService
from server.registration.ports import Offers
from server.reports.ports import ReportOffers
from server.staff.audit_trail import StaffAudit
from server.staff.service import StaffService
from server.storage.stores import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """Everything outside: the hospitals with their platforms, the stores, the keys, time and chance. ``more_purposes`` are paid for beside
    outpatient bills. ``registration``: the hospitals that take registrations here; ``reports``: those that show reports.
    """

    hospitals: Mapping[str, Hospital]
    stores: Stores
    sealer: Sealer
    clock: SureClock
    ids: Ids
    more_purposes: Sequence[Purpose] = ()
    registration: Offers = field(default_factory=dict)
    reports: ReportOffers = field(default_factory=dict)
    reconciliation: ReconciliationMeans = field(default_factory=ReconciliationMeans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What services of several capabilities stand on."""

    transitions: Transitions
    bills: BillService
    purposes: Purposes
    admissions: AdmissionService
    wristbands: WristbandService
    discharges: DischargeService
    old_balances: OldBalanceService
    unclaimed: UnclaimedMoneyKeeper
    unclaimed_ledger: UnclaimedLedger
    refund_sums: RefundSums
    refund_looks: RefundLooks
    patient_looks: PatientLooks
    audit: AuditService
    staff_audit: StaffAudit
    audit_check: AuditCheck
    messages: MessageService
    delivery_reports: DeliveryReports
    people: PersonService
    people_in_use: PeopleInUse
    cards_in_use: CardsInUse
    accounts: AccountService
    favourites: FavouriteService
    news: CardNews
    office: Office


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    shared: Shared
    hospitals: Mapping[str, Hospital]
    login: LoginService
    scans: ScanService
    bills: BillService
    cards: CardService
    admissions: AdmissionService
    balance_news: BalanceNews
    unreached: UnreachedList
    admission_binding: AdmissionBinding
    card_bindings: CardBindingService
    card_relations: CardRelations
    payments: PaymentService
    registration: RegistrationServices
    reports: ReportServices
    needs: NeedService
    notifications: NotificationService
    chat: ChatService
    menus: MenuService
    staff: StaffService
    refund_search: RefundSearch
    refund_desk: RefundDesk
    staff_chat: StaffChat
    window_refunds: WindowRefundService
    console: ConsoleServices
    people: PersonService
    person_records: PersonRecords
    api: ApiServices
    stores: Stores
    clock: SureClock
    ids: Ids
    sealer: Sealer

    @property
    def wristbands(self) -> WristbandService:
        return self.shared.wristbands

    @property
    def discharges(self) -> DischargeService:
        return self.shared.discharges

    @property
    def old_balances(self) -> OldBalanceService:
        return self.shared.old_balances

    @property
    def messages(self) -> MessageService:
        return self.shared.messages

    @property
    def delivery_reports(self) -> DeliveryReports:
        return self.shared.delivery_reports

    @property
    def accounts(self) -> AccountService:
        return self.shared.accounts


def parts_of(adapters: Adapters) -> tuple[Mapping[str, Hospital], Stores, Sealer, SureClock, Ids]:
    """What most services are built over."""
    return adapters.hospitals, adapters.stores, adapters.sealer, adapters.clock, adapters.ids
