"""``python -m tests.mutation [MODULE …]``: break each place, run the tests that must notice, tell which mutants live."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence

from tests.mutation.argued import Argued, argued
from tests.mutation.operators import Mutant, mutants
from tests.mutation.suites import CLOSED, modules, source_of, suite_of
from tests.mutation.trial import SURVIVED, tried


def main(words: Sequence[str]) -> int:
    asked = _understood(words)
    _load_what_all_need()
    found = [mutant for module in asked.modules or modules() for mutant in mutants(module, source_of(module))]
    if asked.sample:
        among = [mutant for mutant in found if mutant.module in (asked.modules or CLOSED)]
        found = random.Random(asked.seed).sample(among, min(asked.sample, len(among)))
    excused, began, living = argued(), time.monotonic(), []
    for number, mutant in enumerate(found, start=1):
        if _is_excused(mutant, excused):
            continue
        if tried(mutant, suite_of(mutant.module)) == SURVIVED:
            living.append(mutant)
            print(f"lives: {mutant.name}", flush=True)
        if number % 50 == 0:
            print(f"{number} of {len(found)}, {len(living)} live, {time.monotonic() - began:.0f} s", flush=True)
    print(f"{len(found)} mutants, {len(living)} live, {time.monotonic() - began:.0f} s")
    return 1 if living else 0


def _understood(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="dotted names; all of the suite when left out")
    parser.add_argument("--sample", type=int, default=0, help="so many, picked by the seed")
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


def _is_excused(mutant: Mutant, excused: Sequence[Argued]) -> bool:
    return any(entry.is_about(mutant) for entry in excused)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
