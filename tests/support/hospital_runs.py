"""A seeded run of people at a hospital: the whole app in memory, the real adapter, the sandbox's hospital, and faults at every call."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime
from typing import Any, ClassVar

from sandbox.hospital.ledger import TRADE
from sandbox.hospital.platform import HospitalPlatform
from sandbox.world.chance import Dice, WorldClock
from sandbox.world.deliveries import Deliveries
from sandbox.world.events import Events
from sandbox.world.faults import Faults
from sandbox.world.people import invented_people
from sandbox.world.records import Records
from sandbox.world.scene import Scene
from sandbox.world.wire import Request
from server.core.errors import LostRace, NotFound, NotSent, OutcomeUnknown, OutsideError, Refusal
from server.core.ports import HttpRequest, HttpResponse
from server.patients.model import BoundCard, Session
from server.payments.model import Payment
from server.payments.ports import VerifiedNotification
from server.payments.rules.trades import RefundOutcome
from server.platforms.his.account import HisConfig
from server.platforms.his.http_json import HttpJsonHis
from tests.support.builders import HOSPITAL
from tests.support.channels import FaithfulChannel
from tests.support.clock_and_ids import SeededIds
from tests.support.every_payment import every_payment
from tests.support.in_memory_app import InMemoryApp

KEYS = {"his_key_id": "demo-his-1", "his_secret": "zhenfu-demo-secret"}
CHANNEL_CALLS = ("order", "query", "close", "refund", "query_refund")
HIS_FAULTS = 0.12
MUTANT_SEEDS = 40
Patches = Sequence[Any]


class Line:
    """The HIS behind a line on which calls and answers get lost, as often as ``fault`` says."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.fault = HIS_FAULTS
        self.platform: HospitalPlatform
        self.now: Any

    async def send(self, request: HttpRequest) -> HttpResponse:
        lost = self._dice.random() < self.fault
        if lost and self._dice.random() < 0.5:
            raise NotSent("his", "connection refused") if self._dice.random() < 0.5 else OutcomeUnknown("his", "lost")
        headers = {name.lower(): value for name, value in request.headers.items()}
        path = request.url.removeprefix("http://his.invalid")
        answer = self.platform.handle(Request(method="POST", target=path, headers=headers, body=request.body))
        if lost:
            raise OutcomeUnknown("his", "answer lost")
        told = {name.lower(): value for name, value in answer.headers.items()}
        return HttpResponse(status=answer.status, headers=told, body=answer.body)


class HospitalRun:
    """One run by ``seed``. A kind of run says what people do in a step, and what must hold in the end."""

    STEPS: ClassVar[int]
    PAUSES_S: ClassVar[Sequence[int]]
    INPATIENT: ClassVar[bool] = False
    REFUSALS: ClassVar[tuple[type[Exception], ...]] = (Refusal, OutsideError, LostRace, NotFound)
    """What people may run into at a step."""

    def __init__(self, kind: str, seed: int) -> None:
        self.dice = random.Random(f"{kind}/{seed}")
        self.line = Line(self.dice)
        config = HisConfig(
            base_url="http://his.invalid/hospital",
            keys={KEYS["his_key_id"]: KEYS["his_secret"]},
            active_key_id=KEYS["his_key_id"],
            inpatient=self.INPATIENT,
        )
        self.channel = FaithfulChannel()
        self.memory_app = self.app(HttpJsonHis(config, self.line, self, SeededIds()))  # type: ignore[arg-type]
        self.line.platform = HospitalPlatform(a_scene(self.now, seed))
        self.line.platform.his.open()
        self.undelivered: list[VerifiedNotification] = []
        self.seen: list[str] = []
        """What was wrong on the way."""

    def app(self, his: HttpJsonHis) -> InMemoryApp:
        raise NotImplementedError

    def cards(self) -> Sequence[tuple[Session, int]]:
        """Who is logged in, and the number of the invented person whose card is bound there."""
        raise NotImplementedError

    def acts(self) -> tuple[Sequence[Callable[[], Awaitable[None]]], Sequence[float]]:
        """What people do, and how often."""
        raise NotImplementedError

    async def after_step(self) -> None:
        """What must hold all the while is looked at here."""

    async def problems(self) -> list[str]:
        """What does not hold in the end."""
        raise NotImplementedError

    def now(self) -> datetime:
        """core.ports.Clock, for the adapter."""
        return self.memory_app.clock.now()

    async def live(self) -> None:
        for session, number in self.cards():
            person = invented_people()[number]
            card = BoundCard(hospital=HOSPITAL, owner=session.identity.key, card_no=person.cards[0], name=person.name)
            await self.memory_app.stores.cards.bind(card)
        for _ in range(self.STEPS):
            if self.dice.random() < 0.1:
                self.channel.will(self.dice.choice(CHANNEL_CALLS), OutcomeUnknown("played", "lost call"))
            with suppress(*self.REFUSALS):
                acts, weights = self.acts()
                await self.dice.choices(acts, weights)[0]()
            await self.after_step()
        await self.come_to_rest()

    async def hear(self) -> None:
        """A notification arrives, perhaps once more."""
        if self.undelivered:
            await self.memory_app.notifications.apply(HOSPITAL, self.dice.choice(self.undelivered))

    async def wait(self) -> None:
        self.memory_app.clock.forward(seconds=self.dice.choice(self.PAUSES_S))
        await self.memory_app.work(rounds=60)

    async def come_to_rest(self) -> None:
        self.line.fault = 0.0
        self.channel.next_calls.clear()
        for told in self.undelivered:
            with suppress(Refusal, OutsideError):
                await self.memory_app.notifications.apply(HOSPITAL, told)
        for _ in range(16):
            self.memory_app.clock.forward(seconds=2400)
            await self.memory_app.work(rounds=80)
            for refund_id, (_, outcome) in list(self.channel.refunds.items()):
                if outcome is RefundOutcome.PROCESSING:
                    await self.memory_app.notifications.apply(HOSPITAL, self.channel.settle_refund(refund_id))

    def trades(self) -> Mapping[str, dict[str, Any]]:
        """The hospital's books by our number."""
        return {trade["out_trade_no"]: trade for trade in self.line.platform.scene.records.all(TRADE)}

    async def payments(self) -> list[Payment]:
        return await every_payment(self.memory_app.stores.payments)


def a_scene(now: Any, seed: int) -> Scene:
    records = Records(None)
    faults = Faults(records)
    return Scene(
        keys=KEYS,
        records=records,
        clock=WorldClock(now),
        dice=Dice(seed),
        faults=faults,
        deliveries=Deliveries(records, faults),
        events=Events(),
        people=invented_people(),
        app_url="http://app.invalid",
        app_public_url="http://app.invalid",
    )


async def problems_of(run: HospitalRun) -> list[str]:
    """What does not hold after the whole of ``run``."""
    await run.live()
    return await run.problems()


async def is_noticed(broken: Callable[[], Patches], told: str, run_of: Callable[[int], HospitalRun]) -> bool:
    """Does a run of a broken copy say ``told`` among its problems, within ``MUTANT_SEEDS`` seeds?"""
    with ExitStack() as stack:
        for one in broken():
            stack.enter_context(one)
        for seed in range(1, MUTANT_SEEDS + 1):
            if any(told in problem for problem in await problems_of(run_of(seed))):
                return True
    return False
