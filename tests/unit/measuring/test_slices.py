"""Which slices say a figure: on a machine that drifts, beside a noisy neighbour, with one outlier."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bench.slices import REFERENCE_S, Slice, at_reference, ratios, sliced, that_count

COST = 1_000.0
"""Of one piece of work in microseconds, where the calculation takes as long as on the machine of the goals."""


def slices_of(speeds: Sequence[tuple[float, float, float]], *, cost: float = COST) -> list[Slice]:
    """One for each of (before, after, usual): how many times as long everything takes as on the machine of the goals."""
    return [
        sliced(turn, {"cpu_us": cost * (before + after) / 2}, *(each * REFERENCE_S for each in (before, after, usual)))
        for turn, (before, after, usual) in enumerate(speeds)
    ]


def test_a_machine_that_drifts_is_quiet_and_its_figures_come_to_the_same() -> None:
    steps = [1 + number / 50 for number in range(50)]
    drifting = slices_of([(speed, speed * 1.02, speed * 0.95) for speed in steps])
    assert that_count(drifting) == drifting
    assert at_reference(drifting, "cpu_us") == pytest.approx([COST] * 50)
    beside = slices_of([(speed * 1.01, speed * 1.03, speed) for speed in steps], cost=COST / 2)
    assert ratios(beside, drifting, "cpu_us") == pytest.approx([0.505 * 2.04 / 2.0402] * 50, rel=0.01)


def test_slices_beside_a_noisy_neighbour_do_not_count() -> None:
    quiet, noisy = (1.0, 1.0, 1.0), (1.6, 1.6, 1.0)
    told = slices_of([quiet, noisy, quiet, (1.0, 1.6, 1.0), quiet])
    assert [each.turn for each in that_count(told)] == [0, 2, 4]


def test_one_outlier_costs_one_slice() -> None:
    told = slices_of([(1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (1.0, 3.0, 1.0), (1.0, 1.0, 1.0)])
    assert [each.turn for each in that_count(told)] == [0, 1, 3]


def test_without_enough_quiet_slices_the_least_disturbed_ones_count_in_their_order() -> None:
    told = slices_of([(1.0, 1.3, 1.0), (1.0, 2.0, 1.0), (1.0, 1.2, 1.0), (1.0, 1.05, 1.0), (1.0, 1.4, 1.0)])
    assert [each.turn for each in that_count(told)] == [0, 2, 3]
    assert [each.turn for each in that_count(told[:2])] == [0, 1]


def test_a_tenth_is_no_disturbance_and_more_is() -> None:
    assert [each.is_quiet for each in slices_of([(1.0, 1.09, 1.05), (1.0, 1.0, 1.11), (1.0, 1.0, 0.9)])] == [
        True,
        False,
        False,
    ]


def test_ratios_are_of_the_same_turns_and_of_quiet_ones_where_there_are_some() -> None:
    quiet, noisy = (1.0, 1.0, 1.0), (2.0, 2.0, 1.0)
    ours = slices_of([quiet, quiet, quiet, noisy])
    other = slices_of([noisy, quiet, quiet, quiet], cost=COST / 4)
    assert ratios(other, ours, "cpu_us") == [0.25, 0.25]
    only_then = slices_of([noisy], cost=COST / 4)
    assert ratios(only_then, slices_of([noisy, quiet, quiet, quiet]), "cpu_us") == [0.25]


def test_ratios_leave_out_what_is_not_there_and_what_would_divide_by_nothing() -> None:
    ours = slices_of([(1.0, 1.0, 1.0)], cost=0.0)
    assert ratios(ours, ours, "cpu_us") == []
    assert ratios(ours, ours, "wall_ms") == []
    assert at_reference(ours, "wall_ms") == []
