"""A failing run made small: steps and faults are left out as long as the same problem still shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from tests.simulation.run import Outcome, run

Item = TypeVar("Item")
RUNS_MAX = 600


@dataclass(frozen=True, slots=True)
class Minimal:
    """``outcome`` of the run with only these steps and faults; it shows one of the problems of the whole run."""

    outcome: Outcome
    steps: frozenset[int]
    faults: frozenset[str]
    runs: int


def kind_of(problem: str) -> str:
    """A problem without the numbers in it: what makes it the same as another."""
    return re.sub(r"…\w+|\d+", "", problem)


def minimised(failing: Outcome) -> Minimal:
    """Left out by halves, then quarters, down to single ones: first faults, then steps, then faults again."""
    kinds = {kind_of(problem) for problem in failing.problems}
    runs = 0

    def attempt(steps: Sequence[int], faults: Sequence[str]) -> Outcome:
        nonlocal runs
        runs += 1
        only = {"only_steps": frozenset(steps), "only_faults": frozenset(faults)}
        return run(failing.seed, failing.steps, mini=failing.mini, paying=failing.paying, **only)

    def fails(steps: Sequence[int], faults: Sequence[str]) -> bool:
        return runs < RUNS_MAX and any(kind_of(problem) in kinds for problem in attempt(steps, faults).problems)

    steps: list[int] = list(range(failing.steps))
    faults = list(failing.faults)
    for _ in range(2):
        faults = _fewest(faults, partial(fails, steps))
        steps = _fewest(steps, partial(_swapped(fails), faults))
    outcome = attempt(steps, faults)
    return Minimal(outcome, frozenset(steps), frozenset(faults), runs)


def _swapped(fails: Callable[[Sequence[int], Sequence[str]], bool]) -> Callable[[Sequence[str], Sequence[int]], bool]:
    return lambda faults, steps: fails(steps, faults)


def _fewest(items: list[Item], fails: Callable[[list[Item]], bool]) -> list[Item]:
    """``items`` less all that can be left out while it still fails."""
    size = max(len(items) // 2, 1)
    while items:
        start, before = 0, len(items)
        while start < len(items):
            left = items[:start] + items[start + size :]
            if fails(left):
                items = left
            else:
                start += size
        if size == 1 and len(items) == before:
            return items
        size = max(size // 2, 1)
    return items
