"""What a server of ours holds in memory: when it has just begun, under load, and after many requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.asking import ask
from bench.engine import Row
from bench.load import resident_mib
from bench.means import Means
from bench.slices import Figures
from bench.world import World, begin_again

AT_ONCE = 4_000
"""Messages that are made before they are sent: each has some kilobytes."""


def rows(means: Means) -> Sequence[Row]:
    plan = means.plan
    return [
        Row(
            "memory", "Memory of a server",
            [
                AtRest("at rest", means.keeping),
                Loaded("under load", means.world, max(3, int(100 * plan.seconds))),
                Loaded(f"after {plan.many:,} messages more", means.world, plan.many, has_pages=False),
            ],
            figure="mib", is_once=True,
            note="At rest it has just begun; the two others are one process, which answers all that the earlier rows of this run ask.",
        )
    ]  # fmt: skip


@dataclass(slots=True)
class AtRest:
    name: str
    world: World

    async def start(self) -> None:
        await self.world.start()

    async def slice(self, seconds: float) -> Figures:
        begin_again(self.world.installation, {})
        return mib_of(self.world)

    async def counted(self) -> Figures:
        return {}

    async def stop(self) -> None: ...


@dataclass(slots=True)
class Loaded:
    """After ``pieces`` messages, and as many lists of bills."""

    name: str
    world: World
    pieces: int
    has_pages: bool = True

    async def start(self) -> None:
        await self.world.start()

    async def slice(self, seconds: float) -> Figures:
        for sent in range(0, self.pieces, AT_ONCE):
            await ask(self.world.port, await self.world.messages(min(AT_ONCE, self.pieces - sent)))
        if self.has_pages:
            await ask(self.world.port, await self.world.page_of_bills(self.pieces))
        return mib_of(self.world)

    async def counted(self) -> Figures:
        return {}

    async def stop(self) -> None: ...


def mib_of(world: World) -> Figures:
    (pid,), _ = world.pids()
    return {"mib": resident_mib(pid)}
