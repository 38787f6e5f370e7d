"""The same work with more and more payments in the store. The first contestant has the smallest store, so that ratios say the growth."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench.asking import Request
from bench.engine import Contestant, NotHere, Row
from bench.filled import FilledWorld
from bench.means import Means
from bench.servers import MOST, used_s
from bench.slices import Figures
from bench.stored_payments import HOSPITAL
from server.payments.ports import PaymentStore
from server.payments.rules.search_keys import FindBy
from server.storage.mongo.database import connect

WORKER = "work-0"
READ_WITHIN_S = 5.0
"""A worker has read by then what it reads at its start."""
ASKED_AT_LEAST = 20
DUE_AT_ONCE = 20
NOTE = "The same work and the same answer, with more payments in the store; what the bench pays comes on top."


Supplying = Callable[[FilledWorld, int], Awaitable[Sequence[Request]]]
"""Requests to the server of a world, at most so many."""
Reading = Callable[[PaymentStore], Awaitable[int]]
"""Reads from the store and says how many came."""


def rows(means: Means) -> Sequence[Row]:
    async def told(world: FilledWorld, count: int) -> Sequence[Request]:
        return await world.paid("wechat", count)

    return [
        _asked(means, "payments", "List of one's own payments", FilledWorld.own_payments),
        _asked(means, "state", "What the page of a payment asks", FilledWorld.own_payment),
        _read(means, "newest", "Newest 20 payments of two days, as the console reads them", _newest),
        _read(means, "search", "Payments of one card, as the console finds them", _of_card),
        _read(means, "due", "Which payments are due, as every process asks again and again", _due, may_be_none=True),
        Row(
            "growth-worker", "Start of a worker", [Started(_name(each), each) for each in means.filled],
            figure="database_ms", note=f"What the database does in the first {READ_WITHIN_S:.0f} seconds of a worker.",
            stores=means.filled,
        ),
        # the last one, because its payments wait for their booking: the server tries it again and again, and a worker would from its start
        _asked(means, "notification", "WeChat Pay notification → durable write", told, means.plan.supply),
    ]  # fmt: skip


def _name(world: FilledWorld) -> str:
    return f"{world.payments:,} payments"


def _asked(means: Means, name: str, title: str, supply: Supplying, most: int = MOST) -> Row:
    def of(world: FilledWorld) -> Contestant:
        return means.of(world, _name(world), lambda count: supply(world, count), most)

    return Row(f"growth-{name}", title, [of(each) for each in means.filled], note=NOTE, stores=means.filled)


def _read(means: Means, name: str, title: str, read: Reading, *, may_be_none: bool = False) -> Row:
    contestants = [Read(_name(each), each, read, may_be_none) for each in means.filled]
    return Row(f"growth-{name}", title, contestants, figure="wall_ms", note=NOTE, stores=means.filled)


async def _newest(store: PaymentStore) -> int:
    now = datetime.now(UTC)
    return len(await store.between(HOSPITAL, now - timedelta(days=2), (now, ""), 20))


async def _of_card(store: PaymentStore) -> int:
    return len(await store.find(HOSPITAL, [(FindBy.CARD, "B000000010")], 20))


async def _due(store: PaymentStore) -> int:
    return len(await store.due(datetime.now(UTC), DUE_AT_ONCE))


@dataclass(slots=True)
class Read:
    """Reads of this process, one after the other, from the store of ``world``. Figures are of one read. ``may_be_none``: the answer
    to what is read may be that there is none."""

    name: str
    world: FilledWorld
    read: Reading
    may_be_none: bool = False

    async def start(self) -> None:
        await self.world.start()

    async def slice(self, seconds: float) -> Figures:
        pid, database = self.world.database(), connect(self.world.uri, self.world.sealer)
        store = database.stores.payments
        try:
            if pid is None or not (await self.read(store) or self.may_be_none):
                raise NotHere("nothing was found")
            began, used, count = time.monotonic(), used_s(pid), 0
            while count < ASKED_AT_LEAST or time.monotonic() - began < seconds:
                await self.read(store)
                count += 1
            took, used = time.monotonic() - began, used_s(pid) - used
        finally:
            database.close()
        return {"wall_ms": took * 1000 / count, "database_ms": used * 1000 / count}

    async def counted(self) -> Figures:
        return {}

    async def stop(self) -> None: ...


@dataclass(slots=True)
class Started:
    name: str
    world: FilledWorld

    async def start(self) -> None:
        await self.world.start()

    async def slice(self, seconds: float) -> Figures:
        installation, pid = self.world.installation, self.world.database()
        if pid is None:
            raise NotHere("the database has ended")
        before = used_s(pid)
        installation.start_part(WORKER)
        try:
            await asyncio.sleep(READ_WITHIN_S)
            return {
                "database_ms": (used_s(pid) - before) * 1000,
                "cpu_ms": used_s(installation.parts[WORKER].pid) * 1000,
            }
        finally:
            installation.kill(WORKER)

    async def counted(self) -> Figures:
        return {}

    async def stop(self) -> None: ...
