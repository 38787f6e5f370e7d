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
from typing import Any

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
REPORTED_WITHIN_S = 5.0
"""The report that an SMS has arrived comes by then: it is a write of the life, too."""
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
        self._world = self._stack.enter_context(Installation(self.folder / "life", serves=1, workers=0, cold=True))
        self.world.ask("/sandbox/faults", NO_SMS_LIMIT, "PUT")
        await self._live(await self._papers())

    async def slice(self, seconds: float) -> Figures:
        database = self.world.database.pid
        if database is None:
            raise NotHere("the database has ended")
        pids = (self.world.parts[SERVER].pid, database)
        papers = await self._papers()
        before = [used_s(pid) for pid in pids]
        waits = await self._live(papers)
        cpu_ms, database_ms = ((used_s(pid) - each) * 1000 / self.lives for pid, each in zip(pids, before, strict=True))
        return {"cpu_ms": cpu_ms, "database_ms": database_ms, "wall_ms": sum(waits) * 1000 / len(waits)}

    async def counted(self) -> Figures:
        file = self.folder / "life-counts"
        begin_again(self.world, {SERVER: counting(file)})
        await self._live(await self._papers())
        await asyncio.sleep(REPORTED_WITHIN_S)
        papers, before = await self._papers(), read_counts(file)
        await self._live(papers)
        await asyncio.sleep(REPORTED_WITHIN_S)
        reads, writes = (b - a for a, b in zip(before, read_counts(file), strict=True))
        return {"reads": reads / self.lives, "writes": writes / self.lives}

    async def stop(self) -> None:
        self._stack.close()

    async def _papers(self) -> list[dict[str, Any]]:
        """The bills of the next lives: the HIS asks us for their codes, which is no part of a life."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            desk = Desk(session, self.world.sandbox_url, random.Random())
            return [await payable_bill(desk) for _ in range(self.lives)]

    async def _live(self, papers: Sequence[dict[str, Any]]) -> list[float]:
        """Seconds from the password until it is booked, for each."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            desk = Desk(session, self.world.sandbox_url, random.Random())
            waits = [await self._one(session, desk, number, bill) for number, bill in enumerate(papers)]
        await asyncio.sleep(TOLD_WITHIN_S)
        return waits

    async def _one(self, session: aiohttp.ClientSession, desk: Desk, number: int, bill: dict[str, Any]) -> float:
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
