"""The console's use cases, as the doors get them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from server.app.office import Office
from server.audit.check import AuditCheck
from server.audit.service import AuditService
from server.console.alert_room import AlertRoom
from server.console.audit_room import AuditRoom
from server.console.balance_room import BalanceRoom
from server.console.bank_room import BankRoom
from server.console.day_room import DayRoom
from server.console.difference_room import DifferenceRoom
from server.console.endings import EndingDesk
from server.console.figure_room import FigureRoom
from server.console.live_room import LiveRoom
from server.console.login import ConsoleLogin
from server.console.money_room import MoneyRoom
from server.console.payment_room import PaymentRoom
from server.console.search import ConsoleSearch
from server.console.sessions import ConsoleSessions
from server.console.staff_room import StaffOffice
from server.console.tampered import TamperedDesk
from server.console.unclaimed_desk import UnclaimedDesk
from server.core.ports import Clock, Ids, Sealer
from server.old_balances.unreached import UnreachedList
from server.payments.hospital import Hospital
from server.payments.ledger import Transitions
from server.payments.purpose import Purposes
from server.payments.refund_looks import RefundLooks
from server.payments.sides import SidesNow
from server.payments.unclaimed_returns import UnclaimedLedger
from server.reconciliation.bank import BankDesk
from server.reconciliation.chat.chat import FinanceChat
from server.reconciliation.decisions import DayDecisions
from server.reconciliation.ports import HisDayList
from server.reconciliation.registers import Registers
from server.storage.stores import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleServices:
    login: ConsoleLogin
    sessions: ConsoleSessions
    search: ConsoleSearch
    payments: PaymentRoom
    money: MoneyRoom
    balances: BalanceRoom
    days: DayRoom
    differences: DifferenceRoom
    live: LiveRoom
    bank: BankRoom
    figures: FigureRoom
    alerts: AlertRoom
    endings: EndingDesk
    tampered: TamperedDesk
    unclaimed: UnclaimedDesk
    office: StaffOffice
    audit: AuditRoom


def console_services(
    *,
    hospitals: Mapping[str, Hospital],
    purposes: Purposes,
    stores: Stores,
    at_work: Office,
    transitions: Transitions,
    unclaimed: UnclaimedLedger,
    unreached: UnreachedList,
    audit: AuditService,
    check: AuditCheck,
    looks: RefundLooks,
    decisions: DayDecisions,
    bank: BankDesk,
    sealer: Sealer,
    clock: Clock,
    ids: Ids,
) -> ConsoleServices:
    room = PaymentRoom(
        hospitals=hospitals,
        purposes=purposes,
        payments=stores.payments,
        views=at_work.views,
        transitions=transitions,
        looks=looks,
        sealer=sealer,
        clock=clock,
    )
    days = DayRoom(stores.days, decisions, stores.alerts, at_work.permission, at_work.staff, clock)
    sessions = ConsoleSessions(stores.short_lived, stores.staff, sealer, clock, ids)
    return ConsoleServices(
        login=ConsoleLogin(hospitals, stores.short_lived, at_work.staff, sessions, sealer, clock, ids),
        sessions=sessions,
        search=ConsoleSearch(at_work.search, at_work.staff, stores.short_lived, clock, ids),
        payments=room,
        endings=EndingDesk(
            sides=SidesNow(hospitals, purposes),
            permission=at_work.permission,
            room=room,
            staff=at_work.staff,
            transitions=transitions,
            sealer=sealer,
            clock=clock,
            ids=ids,
        ),
        tampered=_tampered_desk(stores, room, at_work, sealer, clock, ids),
        money=MoneyRoom(stores.unclaimed),
        balances=BalanceRoom(unreached, at_work.staff, at_work.views),
        unclaimed=_unclaimed_desk(hospitals, stores, unclaimed, at_work, sealer, clock, ids),
        days=days,
        differences=DifferenceRoom(stores.days, days, decisions, at_work.staff, clock),
        live=LiveRoom(stores.alerts),
        bank=BankRoom(bank, at_work.staff),
        figures=FigureRoom(registers(hospitals, stores), at_work.views, clock),
        alerts=AlertRoom(stores.alerts, audit, sealer, clock),
        office=StaffOffice(at_work.staff, at_work.facts),
        audit=AuditRoom(stores.audit, check),
    )


def _tampered_desk(
    stores: Stores, room: PaymentRoom, at_work: Office, sealer: Sealer, clock: Clock, ids: Ids
) -> TamperedDesk:
    return TamperedDesk(
        payments=stores.payments,
        entries=stores.audit,
        alerts=stores.alerts,
        short_lived=stores.short_lived,
        room=room,
        permission=at_work.permission,
        staff=at_work.staff,
        sealer=sealer,
        clock=clock,
        ids=ids,
    )


def _unclaimed_desk(
    hospitals: Mapping[str, Hospital],
    stores: Stores,
    ledger: UnclaimedLedger,
    at_work: Office,
    sealer: Sealer,
    clock: Clock,
    ids: Ids,
) -> UnclaimedDesk:
    return UnclaimedDesk(
        hospitals=hospitals,
        payments=stores.payments,
        ledger=ledger,
        permission=at_work.permission,
        staff=at_work.staff,
        sealer=sealer,
        clock=clock,
        ids=ids,
    )


def registers(hospitals: Mapping[str, Hospital], stores: Stores) -> Registers:
    return Registers(hospitals, stores.payments, day_lists(hospitals))


def finance_chat(hospitals: Mapping[str, Hospital], stores: Stores, at_work: Office, clock: Clock) -> FinanceChat:
    """The staff's chat with finance's words before it."""
    return FinanceChat(at_work.staff, at_work.chat, stores.days, registers(hospitals, stores), clock)


def day_lists(hospitals: Mapping[str, Hospital]) -> Mapping[str, HisDayList]:
    """The HIS of each hospital as it lists a day. `Hospital.his` says less, because payments reconcile nothing; one adapter is both."""
    return {name: cast(HisDayList, hospital.his) for name, hospital in hospitals.items()}
