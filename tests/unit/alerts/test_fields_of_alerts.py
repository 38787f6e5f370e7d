"""Each step of an alert, field by field: what it changes, what it leaves, and its words."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from server.alerts.model import (
    CAUSE_GONE,
    Alert,
    AlertState,
    CloseReason,
    acts_sealed,
    alert_events,
    closed_by_hand,
    closed_by_itself,
    lapsed,
    raised,
    said,
    taken,
)
from server.core.errors import NotAllowed
from server.core.history import HistoryEvent
from tests.support.clock_and_ids import MORNING

NOW = MORNING + timedelta(days=3)
BY = "staff:3001"
ALERT = Alert(
    hospital="demo", id="ZF1:effect_stuck:book", kind="effect_stuck", text="before", at=MORNING, version=4, opened=2,
    raised_at=MORNING, said_at=MORNING + timedelta(hours=1),
)  # fmt: skip
LINE = HistoryEvent(at=MORNING, what="alert_taken", by=BY, detail={"kind": "effect_stuck"})
TAKEN = replace(ALERT, state=AlertState.TAKEN, taken_by=BY, acts=(LINE,))


def changes(before: Alert, after: Alert) -> dict[str, Any]:
    """Every field that differs, also those that are not compared."""
    pairs = {field.name: (getattr(before, field.name), getattr(after, field.name)) for field in fields(Alert)}
    return {name: now for name, (was, now) in pairs.items() if was != now}


def test_the_first_time_its_cause_was_met_when_it_was_opened() -> None:
    new = Alert(hospital="demo", id="a", kind="a", text="x", at=NOW)
    assert changes(new, raised(None, new)) == {"raised_at": NOW}
    assert (new.version, new.opened, new.audited_lines) == (1, 1, 0)


def test_its_cause_is_noted_at_most_once_a_minute() -> None:
    minute = timedelta(minutes=1)
    again = replace(ALERT, text="after", at=MORNING + minute)
    assert changes(ALERT, raised(ALERT, again)) == {"version": 5, "raised_at": MORNING + minute}
    assert raised(ALERT, replace(again, at=MORNING + minute - timedelta(seconds=1))) is ALERT
    old = replace(ALERT, raised_at=None)
    assert raised(old, replace(again, at=MORNING + timedelta(seconds=59))) is old, "of one from before it was noted"


def test_a_closed_one_that_is_raised_again_is_new_to_everybody() -> None:
    note = replace(closed_by_hand(TAKEN, BY, CloseReason.KNOWN, "sealed", MORNING), said_at=MORNING)
    back = raised(note, replace(ALERT, text="after", at=NOW))
    assert changes(note, back) == {
        "version": 6, "state": AlertState.OPEN, "at": NOW, "raised_at": NOW, "opened": 3, "text": "after",
        "said_at": None, "taken_by": "", "closed_at": None, "closed_by": "", "why": "", "note": "",
    }  # fmt: skip


def test_what_closed_by_itself_comes_again_at_once_and_what_a_person_closed_after_a_day() -> None:
    by_itself = closed_by_itself(ALERT, CAUSE_GONE, MORNING)
    soon = replace(ALERT, at=MORNING + timedelta(seconds=1))
    assert raised(by_itself, soon).live
    by_hand = closed_by_hand(ALERT, BY, CloseReason.KNOWN, "sealed", MORNING)
    assert raised(by_hand, soon) is by_hand
    assert raised(replace(by_hand, closed_at=None), soon).live
    assert raised(by_hand, replace(ALERT, at=MORNING + timedelta(days=1))).live


def test_a_person_takes_it() -> None:
    after = taken(ALERT, BY, NOW)
    line = HistoryEvent(at=NOW, what="alert_taken", by=BY, detail={"kind": "effect_stuck"})
    assert changes(ALERT, after) == {"version": 5, "state": AlertState.TAKEN, "taken_by": BY, "acts": (line,)}
    with pytest.raises(NotAllowed) as refused:
        taken(closed_by_itself(ALERT, CAUSE_GONE, NOW), BY, NOW)
    assert refused.value.user_message == "这条告警已经关闭。"


def test_a_person_ends_it() -> None:
    after = closed_by_hand(TAKEN, "staff:3002", CloseReason.NOT_OURS, "sealed", NOW)
    detail = {"kind": "effect_stuck", "why": "not_ours"}
    line = HistoryEvent(at=NOW, what="alert_closed", by="staff:3002", detail=detail)
    assert changes(TAKEN, after) == {
        "version": 5, "state": AlertState.CLOSED, "closed_at": NOW, "closed_by": "staff:3002", "why": "not_ours",
        "note": "sealed", "said_at": None, "acts": (LINE, line),
    }  # fmt: skip
    assert type(after.why) is str


def test_it_ends_by_itself() -> None:
    assert changes(TAKEN, closed_by_itself(TAKEN, CAUSE_GONE, NOW)) == {
        "version": 5, "state": AlertState.CLOSED, "closed_at": NOW, "closed_by": "system", "why": "cause_gone",
    }  # fmt: skip


def test_what_was_said_and_sealed_is_noted() -> None:
    assert changes(ALERT, said(ALERT, NOW)) == {"version": 5, "said_at": NOW}
    assert changes(TAKEN, acts_sealed(TAKEN, 1)) == {"version": 5, "audited_lines": 1}
    sealed = acts_sealed(TAKEN, 1)
    assert acts_sealed(sealed, 1) is sealed
    assert [event.id for event in alert_events(TAKEN)] == ["alert/ZF1:effect_stuck:book/0"]
    assert alert_events(sealed) == ()


@pytest.mark.parametrize(
    ("fields", "unsaid"),
    [
        ({}, True),
        ({"kind": "effect_stuck"}, False),
        ({"closed_by": BY}, False),
        ({"why": "lapsed"}, False),
        ({"said_at": None}, False),
        ({"said_at": NOW}, False),
        ({"closed_at": None}, False),
    ],
)
def test_an_end_that_staff_wait_for_is_due_until_it_was_said(fields: dict[str, Any], unsaid: bool) -> None:
    ended = replace(closed_by_itself(ALERT, CAUSE_GONE, NOW), kind="one_sided")
    one = replace(ended, **fields)
    assert one.end_unsaid is unsaid
    assert (one.due_at == NOW) is unsaid


@pytest.mark.parametrize("kind", ["message_refused", "sms_refused"])
def test_a_message_that_was_refused_lapses_after_a_week(kind: str) -> None:
    alert = replace(ALERT, kind=kind)
    week = MORNING + timedelta(days=7)
    assert [lapsed(alert, moment) for moment in (week - timedelta(seconds=1), week)] == [False, True]


def test_what_a_person_closed_is_looked_at_once_more_a_day_later() -> None:
    closed = closed_by_hand(ALERT, BY, CloseReason.KNOWN, "sealed", NOW)
    assert closed.due_at == NOW + timedelta(days=1)
    assert said(closed, NOW).due_at is None
    assert replace(closed, closed_at=None).due_at is None
    assert replace(closed, closed_by="").due_at is None
    assert replace(closed, closed_by="system").due_at is None


@pytest.mark.parametrize(
    ("alert_id", "about"),
    [
        ("ZF1:effect_stuck", ("ZF1", "")),
        ("ZF1:effect_stuck:a:b", ("ZF1", "a:b")),
        ("ZF1", ("", "")),
        ("x:y:z", ("", "")),
    ],
)
def test_what_the_id_is_about(alert_id: str, about: tuple[str, str]) -> None:
    alert = replace(ALERT, id=alert_id)
    assert (alert.payment_id, alert.subject) == about
