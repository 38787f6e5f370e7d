"""What a timetable owes, and how it notes that a piece is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest

from server.core.errors import LeaseLost
from server.effects.model import Effect, EffectKind
from server.effects.timetable import Timetable, piece_done, stuck_alert_id, timetable_id, timetable_kind, with_tasks
from tests.support.clock_and_ids import MORNING

KIND, OTHER = EffectKind.RETENTION, EffectKind.ALERT_ROUND
LATER = MORNING + timedelta(hours=1)
LEASED = Effect(kind=KIND, due_at=MORNING, tries=4, lease="T", last_error="NotSent his", unknown_at=MORNING)
WAITING = Effect(kind=OTHER, due_at=LATER)
TIMETABLE = Timetable(
    hospital="demo", version=7, effects=(LEASED, WAITING), places=MappingProxyType({str(KIND): "old", str(OTHER): "o"})
)


def test_a_piece_that_is_done_leaves_a_fresh_effect_and_its_place() -> None:
    after = piece_done(TIMETABLE, str(KIND), "T", "new", LATER)
    assert after.effects == (Effect(kind=KIND, due_at=LATER), WAITING)
    assert dict(after.places) == {str(KIND): "new", str(OTHER): "o"}
    assert after.version == 8


def test_a_task_at_its_end_has_no_place() -> None:
    assert dict(piece_done(TIMETABLE, str(KIND), "T", "", LATER).places) == {str(OTHER): "o"}


@pytest.mark.parametrize(("key", "token"), [(KIND, "another"), (OTHER, "T"), (EffectKind.AUDIT_DAY, "T")])
def test_a_piece_counts_only_under_its_own_lease(key: EffectKind, token: str) -> None:
    with pytest.raises(LeaseLost):
        piece_done(TIMETABLE, str(key), token, "new", LATER)


def test_what_is_not_owed_yet_is_due_now_and_what_is_no_task_goes() -> None:
    after = with_tasks(TIMETABLE, (OTHER, EffectKind.OPEN_DAYS), MORNING)
    assert after.effects == (WAITING, Effect(kind=EffectKind.OPEN_DAYS, due_at=MORNING))
    assert after.version == 8
    assert with_tasks(TIMETABLE, (OTHER,), MORNING).effects == (WAITING,)
    assert with_tasks(TIMETABLE, (OTHER, KIND), MORNING) is TIMETABLE


def test_a_timetable_is_due_with_its_earliest_task() -> None:
    assert TIMETABLE.next_due == MORNING
    assert Timetable(hospital="demo").next_due is None


def test_a_failure_raises_the_version_and_keeps_the_places() -> None:
    after = timetable_kind().after_failure(TIMETABLE, (WAITING,), LEASED, MORNING)
    assert (after.version, after.effects, after.places) == (8, (WAITING,), TIMETABLE.places)


def test_a_task_that_fails_at_the_slowest_pace_alarms_and_one_that_is_taken_does_not() -> None:
    kind, at_last = timetable_kind(), replace(LEASED, tries=99)
    failed = replace(at_last, lease=None)
    before, after = (replace(TIMETABLE, effects=(effect,)) for effect in (at_last, failed))
    assert list(kind.alarms(before, after)) == [("task_stuck", "retention")]
    assert list(kind.alarms(after, before)) == []
    assert (kind.name, kind.not_found) == ("timetable", "没有找到这家医院的时间表。")
    assert kind.with_effects(TIMETABLE, (WAITING,), 9) == replace(TIMETABLE, effects=(WAITING,), version=9)


def test_names_are_unique_among_hospitals() -> None:
    assert timetable_id("demo") == TIMETABLE.id == "timetable-demo"
    assert stuck_alert_id("demo", "retention") == "timetable-demo:task_stuck:retention"
