"""What a lease takes, keeps and gives back, to the second."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import LeaseLost
from server.effects.leases import Leases, Pace
from server.effects.model import Effect, EffectKind, became_due, done_together, failed, renewed, take, with_effect
from server.effects.timetable import Timetable, timetable_kind
from tests.support.clock_and_ids import MORNING, FakeClock

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
BOOK = Effect(kind=EffectKind.BOOK, due_at=MORNING)
SMS = Effect(kind=EffectKind.SMS, subject="a", due_at=MORNING)
LEASED = replace(BOOK, lease="T", tries=10)


def test_what_is_taken_is_leased_and_counted() -> None:
    other = replace(SMS, subject="b")
    taken = take((other, BOOK), "book", token="T", now=MORNING, lease=MINUTE)
    assert taken == (other, replace(BOOK, lease="T", due_at=MORNING + MINUTE, tries=1))
    abandoned = take(taken, "book", token="U", now=MORNING + MINUTE, lease=MINUTE)
    assert abandoned[1] == replace(
        BOOK, lease="U", due_at=MORNING + 2 * MINUTE, tries=2, unknown_at=MORNING + MINUTE, last_error="ABANDONED"
    )
    for effects, now in (((), MORNING), ((BOOK,), MORNING - SECOND)):
        with pytest.raises(LeaseLost, match="book"):
            take(effects, "book", token="T", now=now, lease=MINUTE)


@pytest.mark.parametrize(("unknown", "unknown_at"), [(True, MORNING), (False, MORNING - MINUTE)])
def test_what_failed_is_due_again_later_and_says_why(unknown: bool, unknown_at: object) -> None:
    held = replace(LEASED, tries=2, unknown_at=MORNING - MINUTE)
    after = failed((SMS, held), "book", "T", MORNING, 0.0, "NotSent his", unknown=unknown)
    again = replace(held, lease=None, due_at=MORNING + 2 * SECOND, last_error="NotSent his", unknown_at=unknown_at)
    assert after == (SMS, again)
    for effects in ((SMS, replace(held, lease="U")), (SMS,)):
        assert failed(effects, "book", "T", MORNING, 0.0, "NotSent his", unknown=unknown) is effects


def test_a_lease_runs_anew_under_its_own_token_only() -> None:
    assert renewed((LEASED,), "book", "T", MORNING, MINUTE) == (replace(LEASED, due_at=MORNING + MINUTE),)
    for effects in ((replace(LEASED, lease="U"),), ()):
        with pytest.raises(LeaseLost):
            renewed(effects, "book", "T", MORNING, MINUTE)


def test_an_effect_takes_the_place_of_its_own_or_stands_at_the_end() -> None:
    assert with_effect((BOOK, SMS), LEASED) == (LEASED, SMS)
    assert with_effect((SMS,), BOOK) == (SMS, BOOK)


@pytest.mark.parametrize(
    ("before", "after", "due"),
    [
        ((), (BOOK,), ("book",)),
        ((BOOK,), (BOOK,), ()),
        ((replace(BOOK, tries=1),), (BOOK,), ("book",)),
        ((), (replace(BOOK, due_at=MORNING + SECOND),), ()),
        ((), (replace(BOOK, lease="T"),), ()),
        ((SMS,), (SMS, BOOK), ("book",)),
    ],
)
def test_what_a_step_made_due_at_once(
    before: tuple[Effect, ...], after: tuple[Effect, ...], due: tuple[str, ...]
) -> None:
    assert became_due(before, after, MORNING) == due


def test_what_is_done_together() -> None:
    message, other = replace(SMS, kind=EffectKind.MESSAGE), replace(SMS, subject="b")
    rounds = tuple(Effect(kind=kind, due_at=MORNING) for kind in (EffectKind.RETENTION, EffectKind.ALERT_ROUND))
    for effects, keys, together in (
        ((SMS, message, other, BOOK), ("sms:a", "message:a", "sms:b", "book"), ("sms:a", "message:a")),
        ((SMS, message), ("sms:a",), ("sms:a",)),
        ((BOOK, SMS), ("book", "sms:a"), ("book",)),
        ((SMS,), ("gone", "sms:a"), ("gone",)),
        ((*rounds, SMS), ("retention", "alert_round", "sms:a"), ("retention", "alert_round")),
    ):
        assert done_together(effects, keys) == together


class TestLeases:
    def leases(self, clock: FakeClock | None = None, *, takes_new: bool = True) -> Leases[Timetable]:
        pace = Pace(lease_s=60, deadline_s=40)
        return Leases(timetable_kind(), clock or FakeClock(), pace, "T", lambda: takes_new)

    def test_what_a_write_makes_due_is_leased_in_it(self) -> None:
        before = Timetable(hospital="demo", version=3)
        after = replace(before, version=4, effects=(BOOK, replace(SMS, due_at=MORNING + SECOND)))
        leased, token = self.leases().lease_new(before, after)
        taken = replace(BOOK, lease="T", due_at=MORNING + MINUTE, tries=1)
        assert (leased, token) == (replace(after, effects=(taken, after.effects[1])), "T")
        assert self.leases().lease_new(after, after) == (after, "")
        assert self.leases(takes_new=False).lease_new(before, after) == (after, "")

    def test_what_may_be_done_is_what_is_due_and_what_is_held(self) -> None:
        held, others = replace(SMS, lease="T", due_at=MORNING + MINUTE), replace(SMS, subject="b", lease="U")
        late = replace(SMS, subject="c", due_at=MORNING + SECOND)
        document = Timetable(hospital="demo", effects=(BOOK, held, replace(others, due_at=MORNING + MINUTE), late))
        assert self.leases().due(document) == ["book", "sms:a"]

    @pytest.mark.parametrize(("left_s", "runs_anew"), [(30, False), (29, True)])
    def test_a_lease_that_is_half_gone_runs_anew(self, left_s: int, runs_anew: bool) -> None:
        held = replace(LEASED, due_at=MORNING + left_s * SECOND)
        after = self.leases().taken((held,), ["book"])
        assert after == (replace(held, due_at=MORNING + (60 if runs_anew else left_s) * SECOND),)

    def test_only_what_is_due_or_held_is_taken(self) -> None:
        late = replace(SMS, due_at=MORNING + SECOND)
        after = self.leases().taken((BOOK, late), ["book", "sms:a", "gone"])
        assert [effect.lease for effect in after] == ["T", None]
        with pytest.raises(LeaseLost, match="sms:a gone"):
            self.leases().taken((BOOK, late), ["sms:a", "gone"])

    def test_calls_end_a_third_of_the_lease_before_it_does(self) -> None:
        clock = FakeClock()
        held = replace(LEASED, due_at=MORNING + MINUTE)
        clock.forward(10)
        assert self.leases(clock).left_s(held) == 30
        assert Pace.within(90, 7) == Pace(lease_s=90, deadline_s=60, concurrency=7)
        assert (Pace().concurrency, Pace().batch) == (16, 64)
