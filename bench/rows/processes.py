"""What more processes give on this machine, and what a worker gets done."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.engine import NotHere, Row
from bench.means import Means
from bench.owed import OwedWorld
from bench.servers import used_by, used_s
from bench.slices import Figures

AT_ONCE = 16
"""Connections: more than the processes, so that each of them gets some."""


def rows(means: Means) -> Sequence[Row]:
    return [
        Row(
            "processes", "List of 20 bills, by processes behind one port",
            [
                means.of(means.world, "1 process", means.world.page_of_bills, at_once=AT_ONCE),
                means.of(means.two, "2 processes", means.two.page_of_bills, at_once=AT_ONCE),
            ],
            figure="a_second", note=f"{AT_ONCE} connections. Processor time is that of all processes together; HIS, database and bench are on this machine as well.",
        ),
        Row(
            "effects", "Paid payments booked and told, by workers",
            [Working(f"{count} worker{'s' * (count > 1)}", means.owed, count, means.plan.owed) for count in (1, 2)],
            figure="a_second", note="Payments that are done a second: each is booked in the HIS, and its payer gets a message. Processor time is that of all workers, for one payment.",
        ),
    ]  # fmt: skip


@dataclass(slots=True)
class Working:
    name: str
    world: OwedWorld
    workers: int
    payments: int

    async def start(self) -> None:
        await self.world.start()

    async def slice(self, seconds: float) -> Figures:
        database = self.world.database()
        if database is None:
            raise NotHere("the database has ended")
        names = self.world.begin(self.workers)
        pids = [self.world.installation.parts[name].pid for name in names]
        try:
            before, database_before = used_by(pids), used_s(database)
            began = time.monotonic()
            await self.world.until_done(await self.world.owe(self.payments))
            took = time.monotonic() - began
            used = used_by(pids) - before
        finally:
            self.world.end(names)
        return {
            "a_second": self.payments / took,
            "cpu_ms": used * 1000 / self.payments,
            "database_ms": (used_s(database) - database_before) * 1000 / self.payments,
        }

    async def counted(self) -> Figures:
        return {}

    async def stop(self) -> None: ...
