"""What the two test purposes stand on in the simulation: their own system outside, at the end of a line on which calls go wrong."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from server.app.configuration.hospital_file import HospitalFile
from server.app.configuration.methods import MethodRow
from server.core.errors import NotSent, OutcomeUnknown
from server.patients.model import Session
from server.payments.his_ports import RefundAsked, RefundTold
from server.payments.model import Booking, Payment
from server.payments.purpose import Purpose, Quote
from tests.simulation.chance import between
from tests.simulation.faults import PURPOSE
from tests.simulation.line import NEVER, at_once, carried, settle
from tests.support.purposes import INSURED, REGISTRATION, Books, InsuredPurpose, RegistrationPurpose, Slots

if TYPE_CHECKING:
    from tests.simulation.process import Life
    from tests.simulation.simulated_world import SimulatedWorld

Told = TypeVar("Told")
TIMEOUT_S = 8.0
LATE_S = (0.5, 40.0)
REFUSES = 0.25
"""The share of payments that the system refuses to book, for good."""
THINGS = {REGISTRATION: ("slot-1", "slot-2"), INSURED: ("I1", "I2")}
ROWS = tuple(
    MethodRow(login=login, channel=channel, method=method)  # type: ignore[arg-type]
    for login, channel, method in (
        ("wechat", "wechat", "jsapi"),
        ("wechat", "alipay", "precreate"),
        ("alipay", "alipay", "jsapi"),
        ("alipay", "wechat", "native"),
    )
)
"""Everybody pays in their own client; what only the other channel can move is paid by a code on the screen."""
OTHER = {"wechat": "alipay", "alipay": "wechat"}


def with_methods(file: HospitalFile) -> HospitalFile:
    return file.model_copy(update={"methods": ROWS})


class _AtOnce:
    """Does its work at once: faults are on the line, not in the system."""

    async def _begin(self, name: str, what: Any) -> None:
        """Nothing happens before the work."""

    def _end(self, name: str) -> None:
        """The answer is on its way."""


class SimulatedSlots(_AtOnce, Slots):
    """The registration system."""


class SimulatedBooks(_AtOnce, Books):
    """The system of insured bills."""


class Line:
    """One process's calls of the purposes' system, each with its fault."""

    def __init__(self, world: SimulatedWorld, life: Life) -> None:
        self._world = world
        self._life = life

    async def call(self, name: str, about: str, work: Callable[[], Coroutine[Any, Any, Told]]) -> Told:
        """Raises NotSent or OutcomeUnknown as an adapter does, and whatever the system itself refuses."""
        world, life = self._world, self._life
        life.must_live()
        where = f"purpose.{name}"
        world.watch.sends(where)
        label = world.chance.visit(f"{life.name}>{where}")
        fault = world.faults.at("call", label, PURPOSE)
        kind, dial = (fault.kind, fault.dial) if fault else ("", 0.0)
        if kind == "not_sent":
            await asyncio.sleep(between(0, 0.5, dial))
            raise NotSent("purpose", "simulated: connection refused")
        up, down, _, _ = world.chance.rolls(f"delay/{label}")
        up_s, down_s = 0.004 + 0.08 * up**3, 0.004 + 0.08 * down**3
        up_s = {"lost": NEVER, "late": TIMEOUT_S + between(*LATE_S, dial), "slow": between(0, 6, dial)}.get(kind, up_s)
        down_s = NEVER if kind == "answer_lost" else down_s
        waiting: asyncio.Future[Told] = world.loop.create_future()
        unknown = OutcomeUnknown("purpose", "simulated: timed out")
        timer = world.loop.call_later(TIMEOUT_S, settle, waiting, None, unknown)
        carried(world.loop, waiting, lambda: self._work(kind, work), up_s, down_s)
        if kind == "doubled":
            carried(world.loop, waiting, lambda: at_once(work()), up_s + between(0.01, 20.0, dial), NEVER)
        try:
            answer = await waiting
            life.must_live()
            return answer
        finally:
            timer.cancel()
            world.trace.note(life.name, f"{where} {world.shorter(about)}", kind)

    def _work(self, kind: str, work: Callable[[], Coroutine[Any, Any, Told]]) -> Told:
        if kind == "crash_before":
            self._world.crash(self._life)
        answer = at_once(work())
        if kind == "crash_after":
            self._world.crash(self._life)
        return answer


class _Remote:
    """The system of a purpose, as one process reaches it."""

    def __init__(self, books: Books, line: Line) -> None:
        self._there = books
        self._line = line

    async def book(self, payment: Payment) -> Booking:
        return await self._line.call("book", payment.id, lambda: self._there.book(payment))

    async def check(self, out_trade_no: str) -> Booking | None:
        return await self._line.call("check", out_trade_no, lambda: self._there.check(out_trade_no))

    async def refund_check(self, asked: RefundAsked) -> str:
        return await self._there.refund_check(asked)

    async def refund_release(self, asked: RefundAsked) -> str:
        return await self._line.call("release", asked.out_refund_no, lambda: self._there.refund_release(asked))

    async def refund_notify(self, told: RefundTold) -> None:
        await self._there.refund_notify(told)


class _RemoteSlots(_Remote):
    def __init__(self, slots: Slots, line: Line) -> None:
        super().__init__(slots, line)
        self._slots = slots

    async def hold(self, payment: Payment) -> None:
        await self._line.call("hold", payment.id, lambda: self._slots.hold(payment))

    async def free(self, payment: Payment) -> None:
        await self._line.call("free", payment.id, lambda: self._slots.free(payment))


class OnTwoChannels(InsuredPurpose):
    """The fund's part is paid on the channel in which the person is not logged in."""

    async def quote(self, session: Session, chosen: Any) -> Quote:
        quote = await super().quote(session, chosen)
        fund, cash = quote.parts
        return replace(quote, parts=(replace(fund, channel=OTHER[session.identity.channel]), cash))


class PurposeSystems:
    """Both systems' books, and the purposes that each process has over its own line to them."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self.slots, self.books = SimulatedSlots(), SimulatedBooks()
        self.slots.refuses = self.books.refuses = self._refuses

    def _refuses(self, payment_id: str) -> bool:
        return random.Random(f"{self._world.seed}/refuses/{payment_id}").random() < REFUSES

    def of(self, payment: Payment) -> Books:
        return self.slots if payment.purpose == REGISTRATION else self.books

    def for_process(self, life: Life) -> tuple[Purpose, ...]:
        line = Line(self._world, life)
        slots: Any = _RemoteSlots(self.slots, line)
        books: Any = _Remote(self.books, line)
        return RegistrationPurpose(slots), OnTwoChannels(books, "")
