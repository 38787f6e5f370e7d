"""Broken recurring tasks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from unittest.mock import patch

import server.app.timetables
import server.effects.timetable
import server.staff.audit_days
from server.effects.timetable import Timetable
from tests.simulation.mutants.patching import Patches, everywhere

_right = server.effects.timetable.piece_done


def task_never_owed_again() -> Patches:
    def done(timetable: Timetable, key: str, token: str, place: str, due_at: datetime) -> Timetable:
        return _right(timetable, key, token, place, due_at + timedelta(days=3650))

    return everywhere(_right, done)


def task_place_forgotten() -> Patches:
    def done(timetable: Timetable, key: str, token: str, place: str, due_at: datetime) -> Timetable:
        return _right(timetable, key, token, "", due_at)

    return everywhere(_right, done)


def task_without_a_lease() -> Patches:
    return [patch.object(server.app.timetables, "PACE", replace(server.app.timetables.PACE, lease_s=0.0))]


def head_of_the_day_that_runs() -> Patches:
    return [patch.object(server.staff.audit_days, "MARGIN", timedelta(days=-1))]
