"""2,000 seeds of the whole house under faults: nobody loses a fen, nobody is left untold (docs/simulation.md)."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.simulation.minimise import minimised
from tests.simulation.run import run
from tests.simulation.seen import CORNERS

SEEDS = 2000
CHUNK = 50
CORNERS_WITHIN = 600


@pytest.mark.parametrize("first", range(1, SEEDS + 1, CHUNK))
def test_every_fen_is_where_it_belongs(first: int) -> None:
    for seed in range(first, first + CHUNK):
        outcome = run(seed)
        if outcome.problems:
            least = minimised(outcome)
            problems = "\n".join(least.outcome.problems)
            pytest.fail(f"seed {seed}\n{least.outcome.trace}\n\n{problems}\n\npython -m tests.simulation --seed {seed}")


@pytest.mark.parametrize("first", [50_001, 60_001])
def test_longer_days(first: int) -> None:
    """Fewer seeds, but four times as much happens in each."""
    for seed in range(first, first + 40):
        outcome = run(seed, 60)
        assert outcome.problems == (), f"python -m tests.simulation --seed {seed} --steps 60 --small"


def test_the_runs_get_into_every_corner() -> None:
    counted: Counter[str] = Counter()
    for seed in range(1, CORNERS_WITHIN + 1):
        counted.update(run(seed).seen)
        if len(counted) == len(CORNERS):
            return
    assert sorted(CORNERS - counted.keys()) == []
