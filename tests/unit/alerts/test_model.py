"""An alert's life: opened once, said at a pace, taken, closed by its cause or by a person, opened again when the cause comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from server.alerts.model import (
    CAUSE_GONE,
    LAPSED,
    QUIET_AFTER_CLOSED,
    SETTLED,
    Alert,
    AlertState,
    CloseReason,
    acts_sealed,
    closed_by_hand,
    closed_by_itself,
    lapsed,
    raised,
    said,
    settled,
    taken,
)
from server.core.errors import NotAllowed
from tests.support.clock_and_ids import MORNING

ALERT = Alert(hospital="demo", id="ZF1:effect_stuck:book", kind="effect_stuck", text="ZF1 book", at=MORNING)
BY = "staff:3001"


def later(**time: float) -> datetime:
    return MORNING + timedelta(**time)


def raised_at(known: Alert, moment: datetime) -> Alert:
    return raised(known, replace(ALERT, at=moment))


def closed(moment: datetime = MORNING) -> Alert:
    return closed_by_hand(ALERT, BY, CloseReason.KNOWN, "sealed words", moment)


def test_raising_it_again_is_once_and_notes_that_the_cause_is_there() -> None:
    first = raised(None, ALERT)
    assert raised_at(first, later(seconds=59)) is first, "nothing is written for every try"
    again = raised_at(first, later(minutes=10))
    assert (again.at, again.opened, again.state, again.raised_at) == (MORNING, 1, AlertState.OPEN, later(minutes=10))


def test_it_is_said_at_once_then_each_day_and_less_often_while_a_person_has_it() -> None:
    assert ALERT.due_at == MORNING
    told = said(ALERT, later(minutes=5))
    assert told.due_at == later(days=1, minutes=5)
    assert taken(told, BY, later(hours=1)).due_at == later(days=3, minutes=5)
    assert closed().due_at == later(days=1)


def test_weeks_of_failing_are_said_each_day() -> None:
    """The instance of the issue: a return that fails for weeks."""
    alert, told, now = raised(None, ALERT), 0, MORNING
    while now < later(days=21):
        alert = raised_at(alert, now)
        if alert.due_at is not None and alert.due_at <= now:
            alert, told = said(alert, now), told + 1
        now += timedelta(minutes=10)
    assert (told, alert.opened) == (21, 1)


def test_what_its_cause_closed_opens_again_with_its_cause() -> None:
    gone = closed_by_itself(taken(ALERT, BY, MORNING), CAUSE_GONE, later(hours=1))
    assert (gone.state, gone.closed_by, gone.why, gone.due_at) == (AlertState.CLOSED, "system", CAUSE_GONE, None)
    back = raised_at(gone, later(hours=2))
    assert (back.state, back.opened, back.at) == (AlertState.OPEN, 2, later(hours=2))
    assert (back.taken_by, back.closed_by, back.why, back.said_at) == ("", "", "", None), "it is new to everybody"
    assert back.acts == gone.acts, "what people did stays"


def test_the_word_of_the_person_who_closed_it_holds_for_a_day() -> None:
    assert raised_at(closed(), later(hours=23)).state is AlertState.CLOSED
    assert raised_at(closed(), MORNING + QUIET_AFTER_CLOSED).state is AlertState.OPEN
    looked_at = said(closed(), later(days=1))
    assert looked_at.due_at is None, "the rounds look once more, not for ever"


def test_acts_are_lines_for_the_chain_without_the_person_s_words() -> None:
    one = closed_by_hand(taken(ALERT, BY, MORNING), "staff:3002", CloseReason.HANDLED, "sealed words", later(hours=1))
    assert [(act.what, act.by, dict(act.detail)) for act in one.acts] == [
        ("alert_taken", BY, {"kind": "effect_stuck"}),
        ("alert_closed", "staff:3002", {"kind": "effect_stuck", "why": "handled"}),
    ]
    assert (one.version, acts_sealed(one, 2).audited_lines) == (3, 2)
    assert acts_sealed(acts_sealed(one, 2), 1).audited_lines == 2, "a slower sealer takes nothing back"


def test_what_is_closed_can_not_be_taken_and_closing_twice_is_once() -> None:
    with pytest.raises(NotAllowed):
        taken(closed(), BY, MORNING)
    assert closed_by_hand(closed(), "staff:3002", CloseReason.MISTAKE, "", MORNING).closed_by == BY
    assert closed_by_itself(closed(), LAPSED, MORNING).why == "known"
    mine = taken(ALERT, BY, MORNING)
    assert taken(mine, BY, later(hours=1)) is mine
    assert taken(mine, "staff:3002", later(hours=1)).taken_by == "staff:3002"


def test_nothing_is_closed_before_the_write_that_it_tells_of() -> None:
    raised_again = raised_at(raised(None, ALERT), later(hours=1))
    assert not settled(raised_again, later(hours=1) + SETTLED - timedelta(seconds=1))
    assert settled(raised_again, later(hours=1) + SETTLED)


def test_what_nobody_can_mend_any_more_lapses() -> None:
    assert not lapsed(ALERT, later(days=999))
    refused = replace(ALERT, kind="sms_refused")
    assert (lapsed(refused, later(days=6)), lapsed(refused, later(days=7))) == (False, True)


@pytest.mark.parametrize(
    ("alert_id", "kind", "about"),
    [
        ("ZF1:effect_stuck:refund:ZF1R01", "effect_stuck", ("ZF1", "refund:ZF1R01")),
        ("ZF1:refund_abnormal:ZF1R01", "refund_abnormal", ("ZF1", "ZF1R01")),
        ("unclaimed:wechat:42", "unclaimed_money", ("", "")),
        ("audit_differs:payment/ZF1/3", "audit_differs", ("", "")),
        ("audit_head_unheld:2026-11", "audit_head_unheld", ("", "")),
    ],
)
def test_the_id_says_what_it_is_about(alert_id: str, kind: str, about: tuple[str, str]) -> None:
    alert = replace(ALERT, id=alert_id, kind=kind)
    assert (alert.payment_id, alert.subject) == about
