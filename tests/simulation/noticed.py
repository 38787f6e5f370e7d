"""Which seeds notice each mutant and reach each corner: `python -m tests.simulation.noticed` looks from seed 1 and writes them down; with names
of mutants, for these alone.

The tests try those first. One that no longer does it costs time and nothing else: all seeds within the bound are tried after it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.simulation.mutants import MUTANTS, Mutant, broken
from tests.simulation.run import run
from tests.simulation.seen import CORNERS, MINI_CORNERS

WRITTEN = Path(__file__).with_name("noticed.json")
CORNERS_WITHIN = {False: 600, True: 500}
"""The number of seeds in which the runs, or those with the mini-program, must have reached every corner."""


def noticed_at(mutant: Mutant, *, anew: bool = False) -> int | None:
    """A seed within the bound at which ``mutant`` is noticed: the one written down unless ``anew``, else the first. None if there is none.

    Raises AssertionError where the mutant's patch no longer fits what it patches: that fails by itself and proves nothing.
    """
    with broken(mutant):
        for seed in _seeds("mutants", mutant.name, mutant.within, anew=anew):
            problems = run(seed, mini=mutant.mini, paying=mutant.paying).problems
            assert not [problem for problem in problems if "stumbled" in problem], problems
            if any(mutant.by in problem for problem in problems):
                return seed
    return None


def reached(corners: frozenset[str], *, mini: bool, anew: bool = False) -> tuple[list[int], frozenset[str]]:
    """The seeds that are needed to reach ``corners``, each for what none before it has reached; and the corners that none reaches."""
    left, needed = set(corners), []
    for seed in _seeds("corners", _world(mini), CORNERS_WITHIN[mini], anew=anew):
        new = left & run(seed, mini=mini).seen
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


def _world(mini: bool) -> str:
    return "mini-program" if mini else "pages"


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
    for all_of_them, mini in () if names else ((CORNERS, False), (MINI_CORNERS, True)):
        corners[_world(mini)], _ = reached(all_of_them, mini=mini, anew=True)
        print(_world(mini), *corners[_world(mini)], flush=True)
    WRITTEN.write_text(json.dumps({"mutants": known, "corners": corners}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
