"""A member of the hospital's staff who talks to its official account."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from bench.asking import Request, ask
from bench.engine import NotHere
from bench.world import World
from tests.end_to_end.staff import run_staff

PERSON, NUMBER = 7, "9001"
"""Of the sandbox's people, and in the hospital."""
INVITED = re.compile(r"绑定 ([0-9A-Z]{8})")


class Employee:
    def __init__(self, world: World) -> None:
        self._world = world
        self._is_bound = False

    async def says(self, text: str, count: int) -> Sequence[Request]:
        """So many messages with ``text``. Raises NotHere where the hospital does not take them on."""
        if not self._is_bound:
            await self._begin()
        return await self._world.messages(count, text, PERSON)

    async def _begin(self) -> None:
        """Invited at the console, bound in the chat."""
        people = self._world.installation.folder / "people.csv"
        name = self._world.credentials["people"][PERSON]["name"]
        people.write_text(f"number,name,role,per_refund,per_day\n{NUMBER},{name},cashier,500,500\n", "utf-8")
        told = await asyncio.to_thread(run_staff, self._world.installation, "invite", "--file", str(people))
        code = INVITED.search(told)
        if code is None:
            raise NotHere("nobody was invited")
        await ask(self._world.port, await self._world.messages(1, code[0], PERSON))
        self._is_bound = True
