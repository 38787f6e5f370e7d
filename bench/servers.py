"""Contestants that answer requests: a process is started, asked in a closed loop, and its processor time is read from the kernel."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.asking import ANSWERED_WITHIN_S, AT_ONCE, Request, ask
from bench.counted import read_counts
from bench.engine import NotHere
from bench.installing import ADAPTERS, Installed
from bench.slices import Figures
from tests.support.ports import pick_port

UP_WITHIN_S = 20.0
COUNTED_PROGRAM = Path(__file__).with_name("counted.py")
LOOK_EACH_S, LOOKS_MAX = 0.5, 20
MOST = 100_000
"""Requests in one slice."""
Supply = Callable[[int], Awaitable[Sequence[Request]]]
"""At most so many requests, made before the clock runs."""


def used_s(pid: int) -> float:
    """Processor seconds of another process with all its threads, to the nanosecond (Linux: clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


def used_by(pids: Sequence[int]) -> float:
    """Of several."""
    return sum(used_s(pid) for pid in pids)


async def at_rest(file: Path) -> tuple[int, int]:
    """The counts once they stand still: what a process does at its start, and after the requests were made, is none of what is counted."""
    before = read_counts(file)
    for _ in range(LOOKS_MAX):
        await asyncio.sleep(LOOK_EACH_S)
        counts = read_counts(file)
        if counts == before:
            break
        before = counts
    return before


class Target(Protocol):
    """Processes that answer behind one port. ``counted``: begin anew under `counted.py`, with the counts in that file."""

    @property
    def port(self) -> int: ...

    async def start(self) -> None: ...

    async def count_into(self, file: Path) -> None: ...

    def pids(self) -> tuple[Sequence[int], int | None]:
        """Of the processes that answer, and of their database."""

    async def stop(self) -> None: ...


@dataclass(slots=True)
class Adapter:
    """A program of bench/contestants: it takes a port and a file with settings, which ``given`` makes at the start."""

    program: str
    installed: Installed
    given: Callable[[], Awaitable[Mapping[str, object]]]
    folder: Path
    modules: tuple[str, ...] = ()
    database: Callable[[], int | None] = lambda: None
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        await self._launch([])

    async def count_into(self, file: Path) -> None:
        await self.stop()
        await self._launch([str(COUNTED_PROGRAM), str(file)])

    async def _launch(self, before: list[str]) -> None:
        self.port = pick_port()
        settings = self.folder / f"{self.program}.json"
        settings.write_text(json.dumps(await self.given()))
        environ = dict(os.environ)
        if self.program.endswith(".js"):
            runtime, packages = self.installed.node()
            environ["NODE_PATH"] = str(packages / "node_modules")
        else:
            runtime = self.installed.python("tornado", *self.modules)
        words = [runtime, *before, str(ADAPTERS / self.program), str(self.port), str(settings)]
        with (self.folder / f"{self.program}.log").open("wb") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log, env=environ)  # noqa: S603, ASYNC220 - our own programs, at once
        _wait_for(self.port, self.process, self.folder / f"{self.program}.log")

    def pids(self) -> tuple[Sequence[int], int | None]:
        if self.process is None:
            raise RuntimeError("the contestant has not been started")
        return [self.process.pid], self.database()

    async def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    said = log.read_text("utf-8", "replace").strip().splitlines() or ["it said nothing"]
    raise NotHere(f"did not start: {said[-1]}")


@dataclass(slots=True)
class Answering:
    """A contestant: requests of ``supply`` to ``target``, from ``least`` to ``most`` in a slice."""

    name: str
    target: Target
    supply: Supply
    folder: Path
    least: int
    most: int = MOST
    has_database: bool = False
    at_once: int = AT_ONCE
    _rate: float = 0.0

    async def start(self) -> None:
        await self.target.start()
        await self._asked(min(self.most, self.least * 5), ANSWERED_WITHIN_S)
        await self._asked(min(self.most, self.least), ANSWERED_WITHIN_S)

    async def slice(self, seconds: float) -> Figures:
        return await self._asked(int(min(self.most, max(self.least, self._rate * seconds))), seconds)

    async def counted(self) -> Figures:
        if not self.has_database or len(self.target.pids()[0]) > 1:  # the counts are of one process
            return {}
        file = self.folder / "counts"
        await self.target.count_into(file)
        requests = await self.supply(min(self.most, self.least))
        before = await at_rest(file)
        await ask(self.target.port, requests, at_once=self.at_once)
        reads, writes = (b - a for a, b in zip(before, read_counts(file), strict=True))
        return {"reads": reads / len(requests), "writes": writes / len(requests)}

    async def stop(self) -> None:
        await self.target.stop()

    async def _asked(self, count: int, seconds: float) -> Figures:
        requests = await self.supply(count)
        pids, database = self.target.pids()
        before = used_by(pids), used_s(database) if database else 0.0
        try:
            asked = await ask(self.target.port, requests, seconds, self.at_once)
        except OSError as error:
            raise NotHere(f"stopped answering: {error}") from None
        figures = {
            "cpu_us": (used_by(pids) - before[0]) * 1e6 / asked.count,
            "a_second": asked.count / asked.took_s,
            "refused": float(asked.refused),
        }
        self._rate = figures["a_second"]
        if database and self.has_database:
            figures["database_us"] = (used_s(database) - before[1]) * 1e6 / asked.count
        return figures
