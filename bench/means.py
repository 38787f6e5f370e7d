"""What the rows are made with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.asking import AT_ONCE
from bench.engine import Plan
from bench.filled import FilledWorld
from bench.installing import Installed
from bench.owed import OwedWorld
from bench.servers import MOST, Adapter, Answering, Supply
from bench.world import World

OURS = "Zhenfu"


@dataclass(frozen=True, slots=True)
class Means:
    """``keeping`` is the world of a hospital that lets lists of bills be kept for some seconds,
    ``two`` has two servers, ``owed`` none but the workers that are measured. ``folder`` is for logs and files of the run, and is gone afterwards. ``filled`` are installations by growing size."""

    folder: Path
    plan: Plan
    world: World
    keeping: World
    two: World
    owed: OwedWorld
    installed: Installed
    filled: Sequence[FilledWorld] = ()

    def ours(self, supply: Supply, most: int = MOST) -> Answering:
        return self.of(self.world, OURS, supply, most)

    def of(self, world: World, name: str, supply: Supply, most: int = MOST, at_once: int = AT_ONCE) -> Answering:
        """The servers of ours in ``world``."""
        return Answering(name, world, supply, self.folder, self.plan.least, most, has_database=True, at_once=at_once)

    def other(self, name: str, program: str, supply: Supply, *modules: str, stores: bool = False) -> Answering:
        """A program of bench/contestants, with the sandbox's credentials; ``stores``: it inserts into the database that is ours too."""

        async def given() -> Mapping[str, object]:
            await self.world.start()
            return {**self.world.given, "insert": stores}

        needed = (*modules, "motor") if stores else modules
        target = Adapter(program, self.installed, given, self.folder, needed, self.world.database)
        return Answering(name, target, supply, self.folder, self.plan.least, has_database=stores)


def means_of(
    folder: Path, plan: Plan, stack: AsyncExitStack, installed: Installed, filled: Sequence[FilledWorld] = ()
) -> Means:
    """Nothing of it is started; ``stack`` stops what will be."""
    return Means(
        folder=folder,
        plan=plan,
        world=World(folder, stack),
        keeping=World(folder / "keeping", stack, bills_kept_seconds=30),
        two=World(folder / "two", stack, serves=2),
        owed=OwedWorld(folder / "owed", stack),
        installed=installed,
        filled=filled,
    )
