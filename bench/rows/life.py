"""A payment's whole life, and a server's start."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.counted import read_counts
from bench.engine import Row
from bench.lives import Lives
from bench.load import resident_mib
from bench.means import Means
from bench.programs import Program
from bench.servers import used_s
from bench.slices import Figures
from bench.world import SERVER, World, begin_again, counting

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


class Life:
    """Figures are of one payment."""

    def __init__(self, name: str, folder: Path, count: int) -> None:
        """``count`` payments, one after the other, are a slice."""
        self.name = name
        self._folder = folder
        self._lives = Lives(folder / "life")
        self._count = count

    async def start(self) -> None:
        self._lives.start()
        await self._live()

    async def slice(self, seconds: float) -> Figures:
        papers, pids = await self._lives.papers(self._count), self._lives.pids()
        before = [used_s(pid) for pid in pids]
        lived = await self._lives.live(papers)
        used_ms = ((used_s(pid) - each) * 1000 / self._count for pid, each in zip(pids, before, strict=True))
        cpu_ms, database_ms = used_ms
        return {
            "cpu_ms": cpu_ms,
            "database_ms": database_ms,
            "wall_ms": sum(each.wait_s for each in lived) * 1000 / self._count,
        }

    async def counted(self) -> Figures:
        file = self._folder / "life-counts"
        begin_again(self._lives.world, {SERVER: counting(file)})
        await self._live()
        await asyncio.sleep(REPORTED_WITHIN_S)
        papers, before = await self._lives.papers(self._count), read_counts(file)
        await self._lives.live(papers)
        await asyncio.sleep(REPORTED_WITHIN_S)
        reads, writes = (b - a for a, b in zip(before, read_counts(file), strict=True))
        return {"reads": reads / self._count, "writes": writes / self._count}

    async def stop(self) -> None:
        self._lives.stop()

    async def _live(self) -> None:
        await self._lives.live(await self._lives.papers(self._count))


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
