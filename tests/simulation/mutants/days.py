"""Broken closing of days."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from unittest.mock import patch

from server.reconciliation.day_model import ReconciliationDay
from server.reconciliation.matcher import DayMatcher
from server.reconciliation.model import Carried
from server.reconciliation.rules import days, parts
from server.reconciliation.rules.judging import Bounds
from server.storage.rules import check_day_step
from tests.simulation.mutants.patching import Patches, everywhere


def carry_forgotten() -> Patches:
    async def carried(self: DayMatcher, day: ReconciliationDay) -> tuple[Carried, ...]:
        return ()

    return [patch.object(DayMatcher, "_carried", carried)]


def decision_wiped_by_a_run() -> Patches:
    right = days.run_again

    def run_again(day: ReconciliationDay, by: str, now: datetime) -> ReconciliationDay:
        return replace(right(day, by, now), dispositions=())

    return [patch.object(days, "run_again", run_again), *everywhere(check_day_step, lambda before, after: None)]


def prefix_ignored() -> Patches:
    right = parts.places
    return [
        *everywhere(Bounds, lambda prefix: Bounds(prefix="")),
        *everywhere(right, lambda row, prefix, *, with_fund: right(row, "", with_fund=with_fund)),
    ]
