"""The whole app in memory: services over the in-memory stores, the outside played, time standing still until told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from server.alerts.model import Alert
from server.app.reconciling import ReconciliationMeans
from server.app.services import Adapters
from server.app.wiring import Composition, compose
from server.core.errors import StoreUnavailable
from server.effects.leases import Pace
from server.effects.model import EffectKind, held, take
from server.effects.ports import LocalWorker
from server.infrastructure.sealing import Keyring
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.purpose import Purpose
from server.payments.unclaimed_model import UnclaimedMoney
from server.platforms.bank.statement import read_bank_file
from server.registration.ports import Offers
from server.reports.ports import ReportOffers
from server.storage.memory import memory_stores
from server.storage.stores import Stores
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import FakeClock, SeededIds
from tests.support.outside import (
    FaithfulChannel,
    FaithfulHis,
    RecordingChat,
    RecordingMessenger,
    RecordingSms,
    a_hospital,
)
from tests.support.recurring import WholeTask

EXPIRY = timedelta(minutes=15)


class InMemoryApp:
    """What bootstrap builds, from played parts."""

    def __init__(
        self,
        *hospitals: Hospital,
        stores: Stores | None = None,
        reconciliation: ReconciliationMeans | None = None,
        purposes: Sequence[Purpose] = (),
        registration: Offers | None = None,
        reports: ReportOffers | None = None,
        woken: LocalWorker[Payment] | None = None,
    ) -> None:
        self.clock = FakeClock()
        self.ids = SeededIds()
        stores = stores or memory_stores(self.clock.now)
        self.payment_store = Unreachable(stores.payments, StoreUnavailable("down"))
        """Every call of the payments passes here, so that a test can name calls that fail from now on (`fail_at`)."""
        self.stores = replace(stores, payments=self.payment_store)  # type: ignore[arg-type]
        self.sealer = Keyring("k1", {"k1": b"1" * 32}, b"2" * 32)
        self.hospitals = {hospital.id: hospital for hospital in hospitals or (a_hospital(),)}
        self.hospital = next(iter(self.hospitals.values()))
        self.offers = registration or {}
        self.nudged: list[tuple[str, str]] = []
        adapters = Adapters(
            hospitals=self.hospitals,
            stores=self.stores,
            sealer=self.sealer,
            clock=self.clock,
            ids=self.ids,
            reconciliation=reconciliation or ReconciliationMeans(bank_reader=read_bank_file),
            more_purposes=purposes,
            registration=self.offers,
            reports=reports or {},
        )
        self.composition = compose(
            adapters,
            expiry=EXPIRY,
            pace=Pace(),
            polls=False,
            woken=woken or WokenPayments(self.nudged),
        )
        self._name_parts(self.composition)
        self._name_recurring_tasks()

    def _name_parts(self, composition: Composition) -> None:
        services, shared = composition.services, composition.services.shared
        self.services = services
        self.transitions = shared.transitions
        self.bills = services.bills
        self.admissions = services.admissions
        self.discharges = services.discharges
        self.old_balances = services.old_balances
        self.unreached = services.unreached
        self.wristbands = services.wristbands
        self.admission_binding = services.admission_binding
        self.payments = services.payments
        self.registration = services.registration
        self.reports = services.reports
        self.needs = services.needs
        self.refund_looks = shared.refund_looks
        self.notifications = services.notifications
        self.staff_facts = shared.office.facts
        self.people = services.people
        self.api = services.api
        self.login = services.login
        self.scans = services.scans
        self.accounts = shared.accounts
        self.cards = services.cards
        self.messages, self.delivery_reports = services.messages, services.delivery_reports
        self.menus = services.menus
        self.audit = shared.audit
        self.staff_audit = shared.staff_audit
        self.person_records = services.person_records
        self.card_bindings, self.card_relations = services.card_bindings, services.card_relations
        self.window_refunds = services.window_refunds
        self.staff = services.staff
        self.views = shared.office.views
        self.refund_search = services.refund_search
        self.refund_desk = services.refund_desk
        self.staff_chat = services.staff_chat
        self.chat = services.chat
        self.console = services.console
        self.runners = composition.runners
        self.runner = composition.runner
        self.unclaimed_runner = composition.unclaimed_runner

    def _name_recurring_tasks(self) -> None:
        self.alert_rounds = self._whole(EffectKind.ALERT_ROUND)
        self.refund_rounds = self._whole(EffectKind.REFUND_LOOKS)
        self.retention = self._whole(EffectKind.RETENTION)
        self.low_deposits = self._whole(EffectKind.LOW_DEPOSITS)
        self.balance_round = self._whole(EffectKind.OLD_BALANCES)
        self.new_reports = self._whole(EffectKind.NEW_REPORTS)
        self.unused_cards = self._whole(EffectKind.UNUSED_CARDS)
        self.unused_people = self._whole(EffectKind.UNUSED_PEOPLE)

    def _whole(self, kind: EffectKind) -> WholeTask:
        return WholeTask(self.hospitals, self.composition.timetables.tasks[kind].piece)

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
            await self.composition.unclaimed_worker.rest()
            due = await self.stores.payments.due(self.clock.now(), 100)
            unclaimed = await self.stores.unclaimed.due(self.clock.now(), 100)
            if not due and not unclaimed:
                return
            for hospital, payment_id in due:
                await self.runner.run_due(hospital, payment_id)
            for hospital, money_id in unclaimed:
                await self.unclaimed_runner.run_due(hospital, money_id)
        raise AssertionError("always something due: a hot loop")

    async def do_only(self, payment_id: str, key: str) -> None:
        """Do one effect of the payment that is due, and leave alone what that makes due."""
        lease = timedelta(minutes=1)
        leased = await self.transitions.apply_effects(
            self.hospital.id,
            payment_id,
            lambda effects: take(effects, key, token="test", now=self.clock.now(), lease=lease),
        )
        effect = held(leased.effects, key, "test")
        await self.transitions.apply(self.hospital.id, payment_id, await self.runners[effect.kind](leased, effect))

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


class WokenPayments:
    """Hears which payments owe something at once, and does nothing about it."""

    def __init__(self, heard: list[tuple[str, str]]) -> None:
        self._heard = heard

    def lease_new(self, before: Payment, after: Payment) -> tuple[Payment, str]:
        return after, ""

    def wake(self, document: Payment, token: str) -> None:
        self._heard.append((document.hospital, document.id))


class Unreachable:
    """A store whose calls named in ``fail`` raise ``error``; the rest goes to the real one."""

    def __init__(self, inner: Any, error: Exception, *fail: str) -> None:
        self.inner = inner
        self._error = error
        self.fail = set(fail)

    def fail_at(self, error: Exception, *calls: str) -> None:
        """From now on these calls raise ``error``; none: all go through again."""
        self._error = error
        self.fail = set(calls)

    def replace_with(self, twin: Any) -> None:
        """From now on every call goes to ``twin``."""
        self.inner = twin

    def __getattr__(self, name: str) -> Any:
        if name in self.fail:

            async def refuse(*args: Any, **kwargs: Any) -> Any:
                raise self._error

            return refuse
        return getattr(self.inner, name)
