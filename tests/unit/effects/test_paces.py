"""When each thing that is owed is tried again, and from which try on a person must look at it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.effects.model import JITTER_SHARE, Effect, EffectKind, at_last_resort, next_try
from tests.support.clock_and_ids import MORNING

MINUTE, HOUR, DAY = 60, 3600, 86_400
MONEY = (1, 2, 5, 10, 20, 40, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE)
CLOSE = (1, 2, 5, 10, 30, MINUTE, 5 * MINUTE)
TELL = (2, 10, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR)
OF_A_DAY = (MINUTE, 5 * MINUTE, 10 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR)
AGAIN_AND_AGAIN = (10, 30, MINUTE, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE)
QUERY = (5, 30, MINUTE, 3 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE)
QUERY_REFUND = (MINUTE,) * 5 + (5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE)
"""The channels ask not to be asked about a refund more than once a minute, and ever more seldom."""
LATE = (5 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 2 * DAY, 4 * DAY)
PACES = {
    MONEY: ("book", "refund", "release", "notify_his", "ask_his", "free"),
    CLOSE: ("close", "expire", "refund_look", "lapse", "seal"),
    TELL: ("message", "sms", "tell_staff"),
    QUERY: ("query",),
    QUERY_REFUND: ("query_refund",),
    LATE: ("late_booking",),
    OF_A_DAY: ("fetch_legs", "match_day", "report_day", "close_day"),
    AGAIN_AND_AGAIN: (
        "alert_round", "audit_day", "refund_looks", "open_days", "days_again", "live_sides", "retention", "low_deposits", "old_balances", "new_reports",
        "unused_cards", "unused_people",
    ),
}  # fmt: skip
OF_KIND = {EffectKind(name): pace for pace, names in PACES.items() for name in names}


def waits(kind: EffectKind, tries: int, jitter: float = 0.0) -> float:
    return (next_try(Effect(kind=kind, due_at=MORNING, tries=tries), MORNING, jitter) - MORNING).total_seconds()


@pytest.mark.parametrize("kind", list(EffectKind))
def test_the_pauses_grow_up_to_the_slowest_pace_which_goes_on_for_ever(kind: EffectKind) -> None:
    pace = OF_KIND[kind]
    assert tuple(waits(kind, tries) for tries in range(1, len(pace) + 1)) == pace
    assert waits(kind, len(pace) + 7) == pace[-1]
    assert waits(kind, 0) == pace[0], "a try that was not counted yet"


def test_a_crowd_spreads_over_a_fifth_of_the_pause() -> None:
    assert waits(EffectKind.QUERY, 3, jitter=0.5) == 66
    assert JITTER_SHARE == 0.2


@pytest.mark.parametrize("kind", list(EffectKind))
def test_a_person_must_look_from_the_try_that_reaches_the_slowest_pace(kind: EffectKind) -> None:
    most = len(OF_KIND[kind])
    found = [at_last_resort(Effect(kind=kind, due_at=MORNING, tries=tries)) for tries in (most - 1, most, most + 1)]
    assert found == [False, True, True]


def test_nothing_is_tried_before_a_second_is_over() -> None:
    assert min(waits(kind, 1) for kind in EffectKind) == timedelta(seconds=1).total_seconds()
