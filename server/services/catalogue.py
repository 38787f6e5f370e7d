"""All services of one process, as bootstrap hands them to the doors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.ports import Clock, Hospital, Ids, Sealer, Stores
from server.services.accounts import AccountService
from server.services.api import ApiServices
from server.services.bills import BillService
from server.services.card_bindings import CardBindingService
from server.services.cards import CardService
from server.services.chat import ChatService
from server.services.console import ConsoleServices
from server.services.login import LoginService
from server.services.menus import MenuService
from server.services.messages import MessageService
from server.services.notifications import NotificationService
from server.services.payments import PaymentService
from server.services.people import PersonService
from server.services.person_records import PersonRecords
from server.services.refund_desk import RefundDesk
from server.services.refund_search import RefundSearch
from server.services.scans import ScanService
from server.services.staff import StaffService
from server.services.staff_chat import StaffChat
from server.services.window_refunds import WindowRefundService


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
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
    clock: Clock
    ids: Ids
    sealer: Sealer

    @property
    def accounts(self) -> AccountService:
        return self.person_records.accounts
