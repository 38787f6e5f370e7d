"""The whole house in memory: services over the in-memory stores, the outside played, time standing still until told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from server.composition import effect_runners
from server.domain.effects import EffectKind
from server.domain.payment import Payment
from server.effects import EffectRunner, Runner
from server.ports import Alert, Hospital, Stores, UnclaimedMoney
from server.sealing import Keyring
from server.services.accounts import AccountService
from server.services.alert_rounds import AlertRounds
from server.services.api import api_services
from server.services.audit import AuditService
from server.services.bills import BillService
from server.services.card_bindings import CardBindingService
from server.services.cards import CardService
from server.services.cards_in_use import CardsInUse
from server.services.chat import ChatService
from server.services.console import console_services
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
from server.services.scans import ScanService
from server.services.staff import StaffService
from server.services.staff_chat import StaffChat
from server.services.staff_facts import StaffFacts
from server.services.staff_views import StaffViews
from server.services.transitions import Transitions
from server.services.unclaimed import UnclaimedMoneyKeeper
from server.services.window_refunds import WindowRefundService
from server.storage.memory import memory_stores
from tests.support.builders import HOSPITAL
from tests.support.chance import FakeClock, SeededIds
from tests.support.outside import (
    FaithfulChannel,
    FaithfulHis,
    RecordingChat,
    RecordingMessenger,
    RecordingSms,
    a_hospital,
)

EXPIRY = timedelta(minutes=15)


class House:
    """What bootstrap builds, from played parts."""

    def __init__(self, *hospitals: Hospital, stores: Stores | None = None) -> None:
        self.clock = FakeClock()
        self.ids = SeededIds()
        self.stores = stores or memory_stores(self.clock.now)
        self.sealer = Keyring("k1", {"k1": b"1" * 32}, b"2" * 32)
        self.hospitals = {hospital.id: hospital for hospital in hospitals or (a_hospital(),)}
        self.hospital = next(iter(self.hospitals.values()))
        self.nudged: list[tuple[str, str]] = []
        known = self.hospitals
        self.transitions = Transitions(self.stores, self.clock, lambda h, p: self.nudged.append((h, p)))
        keeper = UnclaimedMoneyKeeper(self.stores, self.clock)
        in_use = CardsInUse(known, self.stores.cards, self.stores.short_lived, self.sealer, self.clock)
        self.bills = BillService(known, in_use, self.stores.payments, self.sealer, self.clock)
        self.payments = PaymentService(known, self.stores, self.bills, self.transitions, self.clock, self.ids, EXPIRY)
        self.sums = RefundSums(known, self.transitions, self.clock, self.ids)
        self.refund_looks = RefundLooks(known, self.sums, self.clock)
        self.notifications = NotificationService(
            known, self.stores, self.transitions, keeper, self.sums, self.clock, self.ids
        )
        self.staff_facts = StaffFacts(self.stores, self.sealer, self.clock)
        self.people = PersonService(
            self.stores.people,
            in_use,
            self.stores.short_lived,
            self.sealer,
            self.clock,
            self.staff_facts.seen,
        )
        self.api = api_services(known, self.stores, self.people, self.sealer, self.clock, self.ids)
        self.login = LoginService(
            known, self.stores.sessions, self.stores.short_lived, self.people, self.sealer, self.clock, self.ids
        )
        self.scans = ScanService(known, self.stores.sessions, self.sealer, self.clock)
        self.accounts = AccountService(in_use, self.stores.sessions, self.people, self.clock)
        self.cards = CardService(
            known,
            in_use,
            self.stores.sessions,
            self.stores.short_lived,
            self.people,
            self.sealer,
            self.clock,
            self.ids,
        )
        self.messages = MessageService(
            known, self.transitions, PaymentLinks(self.stores.short_lived, self.clock), self.clock
        )
        self.menus = MenuService(known)
        self.audit = AuditService(self.stores, self.sealer, self.clock)
        self.person_records = PersonRecords(
            self.stores,
            self.accounts,
            self.people,
            self.staff_facts,
            self.audit,
            self.sealer,
            self.clock,
            self.ids,
        )
        self.card_bindings = CardBindingService(
            known, in_use, self.accounts, self.audit, self.sealer, self.clock, self.ids
        )
        self.window_refunds = WindowRefundService(known, self.stores, self.transitions, self.refund_looks, self.clock)
        self.staff = StaffService(
            known,
            self.stores.staff,
            self.stores.short_lived,
            self.sealer,
            self.clock,
            self.ids,
            self.audit,
            self.staff_facts,
        )
        self.views = StaffViews(known, self.staff, self.stores.short_lived, self.sealer, self.clock)
        self.refund_search = RefundSearch(self.stores.payments, self.views, self.clock)
        self.refund_desk = RefundDesk(
            known,
            self.stores,
            self.refund_search,
            self.staff,
            self.transitions,
            self.sealer,
            self.clock,
            self.ids,
            self.staff_facts,
            self.refund_looks,
        )
        self.staff_chat = StaffChat(
            self.staff, self.refund_desk, self.refund_search, self.stores.short_lived, self.sealer, self.clock
        )
        self.chat = ChatService(known, self.staff_chat, self.stores.short_lived, self.clock)
        office = Office(self.staff_facts, self.staff, self.views, self.refund_search, self.refund_desk, self.staff_chat)
        self.console = console_services(
            known,
            self.stores,
            office,
            self.transitions,
            self.audit,
            self.refund_looks,
            self.sealer,
            self.clock,
            self.ids,
        )
        self.alert_rounds = AlertRounds(known, self.stores, self.audit, self.clock)
        self.refund_rounds = RefundRounds(known, self.stores, self.refund_looks, self.clock)
        self.runners: dict[EffectKind, Runner] = {
            **effect_runners(known, self.stores, self.sealer, self.clock, self.ids, keeper, self.messages, self.audit)
        }
        self.runner = EffectRunner(self.stores, self.transitions, self.runners, self.clock, self.ids)

    @property
    def channel(self) -> FaithfulChannel:
        return cast(FaithfulChannel, self.hospital.channels["wechat"])

    @property
    def his(self) -> FaithfulHis:
        return cast(FaithfulHis, self.hospital.his)

    @property
    def sms(self) -> RecordingSms:
        return cast(RecordingSms, self.hospital.sms)

    @property
    def messenger(self) -> RecordingMessenger:
        return cast(RecordingMessenger, self.hospital.messengers["wechat"])

    def chat_told(self, subject: str) -> list[tuple[str, str]]:
        """What the account told this person on its own accord."""
        chat = cast(RecordingChat, self.hospital.chats["wechat"])
        return [(who, text) for who, text in chat.told if who == subject]

    async def work(self, rounds: int = 20) -> None:
        """Do all that is due at this moment."""
        for _ in range(rounds):
            due = await self.stores.payments.due(self.clock.now(), 100)
            if not due:
                return
            for hospital, payment_id in due:
                await self.runner.run_due(hospital, payment_id)
        raise AssertionError("always something due: a hot loop")

    async def live_on(self, seconds: float, step: float = 30) -> None:
        """Let time pass with a worker at work."""
        await self.work()
        for _ in range(int(seconds // step)):
            self.clock.forward(step)
            await self.work()

    async def payment(self, payment_id: str) -> Payment:
        payment = await self.stores.payments.get(self.hospital.id, payment_id)
        assert payment is not None
        return payment

    async def alerts(self) -> list[Alert]:
        return list(await self.stores.alerts.latest(HOSPITAL, 100))

    async def unclaimed(self) -> list[UnclaimedMoney]:
        return list(await self.stores.unclaimed.latest(HOSPITAL, 100))


class Unreachable:
    """A store whose calls named in ``fail`` raise ``error``; the rest goes to the real one."""

    def __init__(self, inner: Any, error: Exception, *fail: str) -> None:
        self._inner = inner
        self._error = error
        self.fail = set(fail)

    def __getattr__(self, name: str) -> Any:
        if name in self.fail:

            async def refuse(*args: Any, **kwargs: Any) -> Any:
                raise self._error

            return refuse
        return getattr(self._inner, name)
