"""``python -m tests.mutation [MODULE …]``: break each place, run the tests that must notice, tell which mutants live."""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Sequence
from functools import partial

from tests.mutation import in_place, trial
from tests.mutation.argued import argued
from tests.mutation.closed import CLOSED
from tests.mutation.forks import SURVIVED, answer_of_a_child
from tests.mutation.operators import Mutant, mutants
from tests.mutation.suites import modules, source_of, suite_of, test_files
from tests.mutation.tracing import Reach


def main(words: Sequence[str]) -> int:
    asked = _understood(words)
    _load_what_all_need()
    found = [mutant for module in asked.modules or modules() for mutant in mutants(module, source_of(module))]
    if asked.sample:
        among = [mutant for mutant in found if mutant.module in (asked.modules or CLOSED)]
        found = random.Random(asked.seed).sample(among, min(asked.sample, len(among)))
    excused = argued()
    found = [mutant for mutant in found if not any(entry.is_about(mutant) for entry in excused)]
    began, told = time.monotonic(), _Told(len(found))
    files = sorted({name for each in found for name in suite_of(each.module)}) if asked.near else test_files()
    inside, outside = [each for each in found if each.function], [each for each in found if not each.function]
    reach, done = answer_of_a_child(partial(_inside, inside, told, files, trace=not asked.sample))
    told.take(done)
    for mutant in [*(each for each in inside if each not in done), *outside]:
        told(mutant, _outside(mutant, files, reach))
    print(f"{len(found)} mutants, {len(told.living)} live, {time.monotonic() - began:.0f} s")
    return 1 if told.living else 0


class _Told:
    """What became of each mutant; the living are printed at once."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._screen = os.fdopen(os.dup(1), "w", buffering=1)
        self.done: dict[Mutant, str] = {}

    def __call__(self, mutant: Mutant, became: str) -> None:
        self.done[mutant] = became
        if became == SURVIVED:
            print(f"lives: {mutant.name}", file=self._screen)
        if len(self.done) % 50 == 0:
            print(f"{len(self.done)} of {self._count}, {len(self.living)} live", file=self._screen)

    def take(self, done: dict[Mutant, str]) -> None:
        self.done |= done

    @property
    def living(self) -> list[Mutant]:
        return [mutant for mutant, became in self.done.items() if became == SURVIVED]


def _inside(
    found: Sequence[Mutant], told: _Told, files: Sequence[str], *, trace: bool
) -> tuple[Reach, dict[Mutant, str]]:
    """The mutants inside functions that some test calls."""
    reach = in_place.run(found, files, told, trace=trace) if found else Reach()
    for name in reach.failing:
        print(f"fails unbroken: {name}", file=sys.stderr)
    return reach, told.done


def _outside(mutant: Mutant, files: Sequence[str], reach: Reach) -> str:
    """First the tests of the module alone, then all that call one of its functions."""
    near = suite_of(mutant.module)
    first = trial.tried(mutant, near) if near else SURVIVED
    further = {name.partition("::")[0] for name in reach.touching(mutant.module)} if reach.calls else set(files)
    if first != SURVIVED or not further:
        return first
    return trial.tried(mutant, sorted(further), reach.touching(mutant.module))


def _understood(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="dotted names; all of the suite when left out")
    parser.add_argument("--sample", type=int, default=0, help="so many, picked by the seed")
    parser.add_argument(
        "--near",
        action="store_true",
        help="only the tests that import these modules: quick, to see one's own new tests",
    )
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(words)


def _load_what_all_need() -> None:
    """Once, so that each child begins with it: everything heavy that is not Zhenfu."""
    import cryptography.fernet
    import hypothesis.stateful
    import pydantic
    import pyotp
    import pytest_asyncio
    import tornado.web

    del cryptography, hypothesis, pydantic, pyotp, pytest_asyncio, tornado


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
