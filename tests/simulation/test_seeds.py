"""150 seeds of the whole app under faults: nobody loses a fen, nobody is left untold (docs/simulation.md)."""

from __future__ import annotations

import pytest

from tests.simulation.minimise import minimised
from tests.simulation.noticed import WORLDS, World, reached
from tests.simulation.paying import Paying
from tests.simulation.run import run

SEEDS = 150
MINI_SEEDS = 50
OTHER_SEEDS = 25
"""Of each other world; what is beyond is for `python -m tests.simulation --stays --count 2000` and its like."""
CHUNK = 25


def holds(seed: int, *, mini: bool = False, paying: Paying = Paying.BILLS) -> None:
    outcome = run(seed, mini=mini, paying=paying)
    if outcome.problems:
        least = minimised(outcome)
        option = f"{' --mini' if mini else ''}{paying.option}"
        problems = "\n".join(least.outcome.problems)
        replay = f"python -m tests.simulation --seed {seed}{option}"
        pytest.fail(f"seed {seed}\n{least.outcome.trace}\n\n{problems}\n\n{replay}")


@pytest.mark.parametrize("first", range(1, SEEDS + 1, CHUNK))
def test_every_fen_is_where_it_belongs(first: int) -> None:
    for seed in range(first, first + CHUNK):
        holds(seed, mini=False)


@pytest.mark.parametrize("first", range(1, MINI_SEEDS + 1, CHUNK))
def test_with_the_mini_program_too(first: int) -> None:
    for seed in range(first, first + CHUNK):
        holds(seed, mini=True)


@pytest.mark.parametrize("first", range(1, OTHER_SEEDS + 1, CHUNK))
@pytest.mark.parametrize("paying", [paying for paying in Paying if paying is not Paying.BILLS])
def test_whatever_is_paid_for(paying: Paying, first: int) -> None:
    """A slot that is freed, two parts on two channels; lots, calculations, settlements that are taken back; no number sold twice or locked for nothing."""
    for seed in range(first, first + CHUNK):
        holds(seed, paying=paying)


@pytest.mark.parametrize("first", [50_001, 60_001])
def test_longer_days(first: int) -> None:
    """Fewer seeds, but four times as much happens in each."""
    for seed in range(first, first + 20):
        outcome = run(seed, 60)
        assert outcome.problems == (), f"python -m tests.simulation --seed {seed} --steps 60 --small"


def test_longer_days_with_the_mini_program() -> None:
    for seed in range(70_001, 70_011):
        outcome = run(seed, 80, mini=True)
        assert outcome.problems == (), f"python -m tests.simulation --seed {seed} --steps 80 --mini --small"


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_the_runs_get_into_every_corner(world: World) -> None:
    _, never = reached(world)
    assert sorted(never) == []
