"""A payment's whole life, and a server's start."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bench.counted import read_counts
from bench.engine import NotHere, Row
from bench.load import NO_SMS_LIMIT, PEOPLE, resident_mib, until_booked
from bench.means import Means
from bench.programs import Program
from bench.servers import used_s
from bench.slices import Figures
from bench.world import SERVER, World, begin_again, counting, payable_bill
from tests.chaos.desk import Desk
from tests.chaos.phone import Phone, Unanswered
from tests.end_to_end.installation import Installation

TOLD_WITHIN_S = 1.0
"""What follows the booking, messages above all, has so long before the processor time is read."""
IMPORTS = (
    ("Zhenfu's server", "import server.app.bootstrap"),
    ("tornado, motor, aiohttp and cryptography alone", "import tornado.web, motor.motor_asyncio, aiohttp, cryptography.x509"),
)  # fmt: skip


def rows(means: Means) -> Sequence[Row]:
    goals = {"cpu_ms": 15.0, "database_ms": 20.0, "writes": 8.0, "reads": 16.0}
    return [
        Row(
            "life", "A payment's whole life", [Life("Zhenfu", means.folder, max(2, means.plan.supply // 12))], goals, "cpu_ms",
            note="Scan, bill, start, password, notification, booking and messages, one after the other; the server does it all, and ms are from the password until it is booked.",
        ),
        Row("import", "Import of the server's modules", [_import(*each) for each in IMPORTS], figure="cpu_ms"),
        Row("cold-start", "Start of the server until it is ready", [ColdStart("Zhenfu", means.world)], figure="cpu_ms"),
    ]  # fmt: skip


def _import(name: str, statement: str) -> Program:
    code = (
        "import json, resource, time; began = time.perf_counter(), time.process_time(); "
        f"{statement}; ended = time.perf_counter(), time.process_time(); "
        "print(json.dumps({'wall_ms': (ended[0] - began[0]) * 1000, 'cpu_ms': (ended[1] - began[1]) * 1000, "
        "'mib': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))"
    )
    return Program(name, lambda: [sys.executable, "-c", code])


@dataclass(slots=True)
class Life:
    """Payments through an installation of its own, in which the HIS answers. Figures are of one payment."""

    name: str
    folder: Path
    lives: int
    _stack: ExitStack = field(default_factory=ExitStack)
    _world: Installation | None = None

    @property
    def world(self) -> Installation:
        if self._world is None:
            raise RuntimeError("the installation has not been started")
        return self._world

    async def start(self) -> None:
        self._world = self._stack.enter_context(Installation(self.folder / "life", serves=1, workers=0))
        self.world.ask("/sandbox/faults", NO_SMS_LIMIT, "PUT")
        await self._live()

    async def slice(self, seconds: float) -> Figures:
        database = self.world.database.pid
        if database is None:
            raise NotHere("the database has ended")
        pids = (self.world.parts[SERVER].pid, database)
        before = [used_s(pid) for pid in pids]
        waits = await self._live()
        cpu_ms, database_ms = ((used_s(pid) - each) * 1000 / self.lives for pid, each in zip(pids, before, strict=True))
        return {"cpu_ms": cpu_ms, "database_ms": database_ms, "wall_ms": sum(waits) * 1000 / len(waits)}

    async def counted(self) -> Figures:
        file = self.folder / "life-counts"
        begin_again(self.world, {SERVER: counting(file)})
        await self._live()
        counts, began = [read_counts(file)], time.monotonic()
        await self._live()
        counts, took = [*counts, read_counts(file)], time.monotonic() - began
        await asyncio.sleep(took)  # what the server does in so long a time by itself is no part of a life
        counts.append(read_counts(file))
        reads, writes = (
            with_lives - before - (after - with_lives) for before, with_lives, after in zip(*counts, strict=True)
        )
        return {"reads": reads / self.lives, "writes": writes / self.lives}

    async def stop(self) -> None:
        self._stack.close()

    async def _live(self) -> list[float]:
        """Seconds from the password until it is booked, for each."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            desk = Desk(session, self.world.sandbox_url, random.Random())
            waits = [await self._one(session, desk, number) for number in range(self.lives)]
        await asyncio.sleep(TOLD_WITHIN_S)
        return waits

    async def _one(self, session: aiohttp.ClientSession, desk: Desk, number: int) -> float:
        bill = await payable_bill(desk)
        phone = Phone(session, self.world.sandbox_port, number % PEOPLE + 1, "wechat")
        try:
            await phone.scan(bill)
            _, started = await phone.start(bill["bill_no"], f"1990000{phone.number:04d}")
            await desk.enter_password(started)
            began = time.monotonic()
            await until_booked(phone, started["payment_id"])
        except Unanswered as error:
            raise NotHere(f"a payment did not get through: {error}") from None
        return time.monotonic() - began


@dataclass(slots=True)
class ColdStart:
    name: str
    world: World

    async def start(self) -> None:
        await self.world.start()

    async def slice(self, seconds: float) -> Figures:
        began = time.monotonic()
        begin_again(self.world.installation, {})
        (pid,), _ = self.world.pids()
        return {"wall_ms": (time.monotonic() - began) * 1000, "cpu_ms": used_s(pid) * 1000, "mib": resident_mib(pid)}

    async def counted(self) -> Figures:
        return {}

    async def stop(self) -> None: ...
