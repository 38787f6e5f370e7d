"""The mobile network between a phone and the app's doors: requests and answers get lost, come late, come twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.simulation.api_doors import Answered, Asked
from tests.simulation.chance import between, picked
from tests.simulation.faults import RADIO
from tests.simulation.line import settle
from tests.simulation.process import ConnectionLost

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

LATE_S = (0.5, 30.0)
AGAIN_S = (0.01, 15.0)
TIMEOUTS_S = {"GET": 10.0}
WRITE_TIMEOUT_S = 25.0


class Radio:
    """Of one phone."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world

    async def send(self, asked: Asked) -> Answered:
        """Raises ConnectionLost: what was asked for may be done, or still be under way."""
        world = self._world
        label = world.chance.visit(f"radio:{asked.sender} {asked.door}")
        fault = world.faults.at("radio", label, _may_befall(asked))
        kind, dial = (fault.kind, fault.dial) if fault else ("", 0.0)
        timeout_s = TIMEOUTS_S.get(asked.method, WRITE_TIMEOUT_S)
        waiting: asyncio.Future[Answered | None] = world.loop.create_future()
        timer = world.loop.call_later(timeout_s, settle, waiting, None)
        if kind != "lost":
            up_s = timeout_s + between(*LATE_S, dial) if kind == "late" else 0.0
            hears = None if kind == "answer_lost" else waiting
            world.begin(self._travel(asked, f"{label}/1", up_s, hears))
        if kind == "doubled":
            world.begin(self._travel(asked, f"{label}/2", between(*AGAIN_S, dial), waiting))
        answered = await waiting
        timer.cancel()
        outcome = f"{answered.status} {answered.code}" if answered is not None else "no answer"
        world.trace.note(asked.sender, f"{asked.method} {_shorter(world, asked.path)}", outcome.rstrip())
        if answered is None:
            raise ConnectionLost(asked.sender)
        return answered

    async def _travel(
        self, asked: Asked, label: str, up_s: float, waiting: asyncio.Future[Answered | None] | None
    ) -> None:
        """There and back; ``waiting`` None: nobody hears the answer."""
        world = self._world
        which, up, down, _ = world.chance.rolls(f"balancer/{label}")
        await asyncio.sleep(0.02 + up_s + 0.1 * up)
        answered: Answered | None = None
        try:
            process = picked(world.web, which)
            answered = await process.ask(lambda parts: world.api_watch.seen_through(process.api_doors(), asked))
        except ConnectionLost:
            pass
        await asyncio.sleep(0.01 + 0.1 * down)
        if waiting is not None:
            settle(waiting, answered)


def _may_befall(asked: Asked) -> tuple[str, ...]:
    """A network repeats by itself only what is safe to repeat."""
    safe = asked.method in {"GET", "DELETE"} or bool(asked.key)
    return RADIO if safe else tuple(kind for kind in RADIO if kind != "doubled")


def _shorter(world: SimulatedWorld, path: str) -> str:
    return "/".join(world.shorter(part) if part.isalnum() and not part.isalpha() else part for part in path.split("/"))
