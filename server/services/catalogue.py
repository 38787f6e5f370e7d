"""What a process is built over, and all services that are built over it, as wiring hands them to the doors and the workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.ports import Hospital, Ids, Sealer, Stores, SureClock
from server.services.accounts import AccountService
from server.services.api import ApiServices
from server.services.audit import AuditService
from server.services.audit_check import AuditCheck
from server.services.bills import BillService
from server.services.card_bindings import CardBindingService
from server.services.cards import CardService
from server.services.cards_in_use import CardsInUse
from server.services.chat import ChatService
from server.services.console import ConsoleServices
from server.services.login import LoginService
from server.services.menus import MenuService
from server.services.messages import MessageService
from server.services.notifications import NotificationService
from server.services.office import Office
from server.services.patient_looks import PatientLooks
from server.services.payments import PaymentService
from server.services.people import PersonService
from server.services.person_records import PersonRecords
from server.services.refund_desk import RefundDesk
from server.services.refund_looks import RefundLooks
from server.services.refund_search import RefundSearch
from server.services.refund_sums import RefundSums
from server.services.scans import ScanService
from server.services.staff import StaffService
from server.services.staff_audit import StaffAudit
from server.services.staff_chat import StaffChat
from server.services.transitions import Transitions
from server.services.unclaimed import UnclaimedMoneyKeeper
from server.services.window_refunds import WindowRefundService


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """Everything outside: the hospitals with their platforms, the stores, the keys, time and chance."""

    hospitals: Mapping[str, Hospital]
    stores: Stores
    sealer: Sealer
    clock: SureClock
    ids: Ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What services of several capabilities stand on."""

    transitions: Transitions
    unclaimed: UnclaimedMoneyKeeper
    refund_sums: RefundSums
    refund_looks: RefundLooks
    patient_looks: PatientLooks
    audit: AuditService
    staff_audit: StaffAudit
    audit_check: AuditCheck
    messages: MessageService
    people: PersonService
    cards_in_use: CardsInUse
    accounts: AccountService
    office: Office


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    shared: Shared
    hospitals: Mapping[str, Hospital]
    login: LoginService
    scans: ScanService
    bills: BillService
    cards: CardService
    card_bindings: CardBindingService
    payments: PaymentService
    notifications: NotificationService
    chat: ChatService
    messages: MessageService
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
    def accounts(self) -> AccountService:
        return self.shared.accounts
