"""300 seeds of the whole app under faults: nobody loses a fen, nobody is left untold (docs/simulation.md)."""

from __future__ import annotations

import pytest

from tests.simulation.minimise import minimised
from tests.simulation.noticed import reached
from tests.simulation.paying import Paying
from tests.simulation.run import Outcome, run
from tests.simulation.seen import CORNERS, MINI_CORNERS, PURPOSE_CORNERS, REGISTRATION_CORNERS
from tests.simulation.stay_corners import STAY_CORNERS

SEEDS = 300
MINI_SEEDS = 100
PURPOSE_SEEDS = 90
REGISTRATION_SEEDS = 90
STAY_SEEDS = 95
CHUNK = 50


def holds(seed: int, *, mini: bool = False, paying: Paying = Paying.BILLS) -> Outcome:
    outcome = run(seed, mini=mini, paying=paying)
    if outcome.problems:
        least = minimised(outcome)
        option = f"{' --mini' if mini else ''}{paying.option}"
        problems = "\n".join(least.outcome.problems)
        replay = f"python -m tests.simulation --seed {seed}{option}"
        pytest.fail(f"seed {seed}\n{least.outcome.trace}\n\n{problems}\n\n{replay}")
    return outcome


@pytest.mark.parametrize("first", range(1, SEEDS + 1, CHUNK))
def test_every_fen_is_where_it_belongs(first: int) -> None:
    for seed in range(first, first + CHUNK):
        holds(seed, mini=False)


@pytest.mark.parametrize("first", range(1, MINI_SEEDS + 1, CHUNK))
def test_with_the_mini_program_too(first: int) -> None:
    for seed in range(first, first + CHUNK):
        holds(seed, mini=True)


def test_money_of_the_test_purposes_too() -> None:
    """A slot that is freed, and two parts on two channels, one of them paid by a code; and the runs get into every corner of these."""
    seen = frozenset[str]().union(*(holds(seed, paying=Paying.PURPOSES).seen for seed in range(1, PURPOSE_SEEDS + 1)))
    assert sorted(PURPOSE_CORNERS - seen) == []


def test_deposits_and_discharges_too() -> None:
    """Lots, calculations, settlements that are taken back; and the runs get into every corner of these."""
    seen = frozenset[str]().union(*(holds(seed, paying=Paying.STAYS).seen for seed in range(1, STAY_SEEDS + 1)))
    assert sorted(STAY_CORNERS - seen) == []


def test_numbers_of_registrations_too() -> None:
    """No number is sold twice or locked for nothing, every fen is where the HIS says; and the runs get into every corner of these."""
    runs = (holds(seed, paying=Paying.REGISTRATION).seen for seed in range(1, REGISTRATION_SEEDS + 1))
    assert sorted(REGISTRATION_CORNERS - frozenset[str]().union(*runs)) == []


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


@pytest.mark.parametrize(("corners", "mini"), [(CORNERS, False), (MINI_CORNERS, True)], ids=["pages", "mini-program"])
def test_the_runs_get_into_every_corner(corners: frozenset[str], mini: bool) -> None:
    _, never = reached(corners, mini=mini)
    assert sorted(never) == []
