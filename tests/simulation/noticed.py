"""Which seeds notice each mutant and reach each corner: `python -m tests.simulation.noticed` looks from seed 1 and writes them down; with names
of mutants or worlds, for these alone.

The tests try those first. One that no longer does it costs time and nothing else: all seeds within the bound are tried after it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.simulation.balance_corners import BALANCE_CORNERS
from tests.simulation.guardian_people import GUARDIAN_CORNERS
from tests.simulation.mutants import MUTANTS, Mutant, broken
from tests.simulation.paying import Paying
from tests.simulation.run import run
from tests.simulation.seen import CORNERS, MINI_CORNERS, PURPOSE_CORNERS, REGISTRATION_CORNERS
from tests.simulation.stay_corners import STAY_CORNERS

WRITTEN = Path(__file__).with_name("noticed.json")


@dataclass(frozen=True, slots=True)
class World:
    """A kind of run, and the corners of it that its seeds must have reached, with default steps, within the first ``within``."""

    name: str
    corners: frozenset[str]
    within: int
    mini: bool = False
    paying: Paying = Paying.BILLS


WORLDS = (
    World("pages", CORNERS, 600),
    World("mini-program", MINI_CORNERS, 500, mini=True),
    World("purposes", PURPOSE_CORNERS, 90, paying=Paying.PURPOSES),
    World("stays", STAY_CORNERS, 95, paying=Paying.STAYS),
    World("registration", REGISTRATION_CORNERS, 90, paying=Paying.REGISTRATION),
    World("balances", BALANCE_CORNERS, 90, paying=Paying.BALANCES),
    World("guardians", GUARDIAN_CORNERS, 90, paying=Paying.GUARDIANS),
)


def noticed_at(mutant: Mutant, *, anew: bool = False) -> int | None:
    """A seed within the bound at which ``mutant`` is noticed: the one written down unless ``anew``, else the first. None if there is none.

    Raises AssertionError where the mutant's patch no longer fits what it patches: that fails by itself and proves nothing.
    """
    with broken(mutant):
        for seed in _seeds("mutants", mutant.name, mutant.within, anew=anew):
            problems = run(seed, mini=mutant.mini, paying=mutant.paying, until=mutant.is_known_by).problems
            assert not [problem for problem in problems if "stumbled" in problem], problems
            if any(map(mutant.is_known_by, problems)):
                return seed
    return None


def reached(world: World, *, anew: bool = False) -> tuple[list[int], frozenset[str]]:
    """The seeds that are needed to reach the corners, each for what none before it has reached; and the corners that none reaches."""
    left, needed = set(world.corners), []
    for seed in _seeds("corners", world.name, world.within, anew=anew):
        new = left & run(seed, mini=world.mini, paying=world.paying).seen
        if new:
            left -= new
            needed.append(seed)
        if not left:
            break
    return needed, frozenset(left)


def _seeds(what: str, name: str, within: int, *, anew: bool) -> Iterator[int]:
    """Those written down, then all."""
    if not anew:
        yield from (seed for seed in json.loads(WRITTEN.read_text("utf-8"))[what].get(name, ()) if seed <= within)
    yield from range(1, within + 1)


def main(names: Sequence[str]) -> None:
    written = json.loads(WRITTEN.read_text("utf-8")) if names else {"mutants": {}, "corners": {}}
    known = {}
    for mutant in MUTANTS:
        known[mutant.name] = written["mutants"].get(mutant.name, [])
        if not names or mutant.name in names:
            seed = noticed_at(mutant, anew=True)
            known[mutant.name] = [] if seed is None else [seed]
            print(mutant.name, seed, flush=True)
    corners = written["corners"]
    for world in WORLDS:
        if not names or world.name in names:
            corners[world.name], _ = reached(world, anew=True)
            print(world.name, *corners[world.name], flush=True)
    WRITTEN.write_text(json.dumps({"mutants": known, "corners": corners}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
