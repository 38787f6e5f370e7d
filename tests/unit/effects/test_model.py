"""Leases, timetables and the alarm at the last resort."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import LeaseLost
from server.effects.model import (
    JITTER_SHARE,
    PACE_S,
    Effect,
    EffectKind,
    earliest,
    find,
    held,
    later,
    next_try,
    take,
    with_effect,
    without,
)
from server.payments.model import Payment, bumped
from server.payments.rules.alarms import alarms
from server.payments.rules.looking import effect_failed
from server.payments.rules.paying import after_look, request_close
from server.payments.rules.trades import TradeState
from tests.support.builders import LEASE, TOKEN, a_paid, a_pending, a_trade, leased
from tests.support.clock_and_ids import MORNING

BOOK = Effect(kind=EffectKind.BOOK, due_at=MORNING)


class TestLease:
    def test_is_taken_only_when_due(self) -> None:
        with pytest.raises(LeaseLost):
            take((BOOK,), "book", token=TOKEN, now=MORNING - timedelta(microseconds=1), lease=LEASE)
        with pytest.raises(LeaseLost):
            take((), "book", token=TOKEN, now=MORNING, lease=LEASE)

    def test_belongs_to_one_until_it_runs_out(self) -> None:
        effects = take((BOOK,), "book", token=TOKEN, now=MORNING, lease=LEASE)
        assert held(effects, "book", TOKEN).tries == 1
        assert earliest(effects) == MORNING + LEASE
        with pytest.raises(LeaseLost):
            held(effects, "book", "another")
        with pytest.raises(LeaseLost):
            take(effects, "book", token="another", now=MORNING + LEASE - timedelta(microseconds=1), lease=LEASE)

    def test_abandoned_means_that_nobody_knows_what_was_done(self) -> None:
        effects = take((BOOK,), "book", token=TOKEN, now=MORNING, lease=LEASE)
        assert held(effects, "book", TOKEN).unknown_at is None
        again = take(effects, "book", token="another", now=MORNING + LEASE, lease=LEASE)
        effect = held(again, "book", "another")
        assert effect.unknown_at == MORNING + LEASE
        assert effect.tries == 2
        with pytest.raises(LeaseLost):
            held(again, "book", TOKEN)

    def test_released_keeps_what_is_unknown(self) -> None:
        effect = replace(BOOK, lease=TOKEN, unknown_at=MORNING)
        released = later(effect, MORNING + LEASE, error="NotSent")
        assert (released.lease, released.unknown_at, released.last_error) == (None, MORNING, "NotSent")
        assert later(effect, MORNING, unknown_at=MORNING + LEASE).unknown_at == MORNING + LEASE


@given(st.sampled_from(EffectKind), st.integers(0, 1000), st.floats(0, 1, exclude_max=True))
def test_the_next_try_is_never_at_once_and_never_beyond_the_slowest_pace(
    kind: EffectKind, tries: int, jitter: float
) -> None:
    seconds = (next_try(Effect(kind=kind, due_at=MORNING, tries=tries), MORNING, jitter) - MORNING).total_seconds()
    assert 1 <= seconds <= max(PACE_S[kind]) * (1 + JITTER_SHARE)


@pytest.mark.parametrize("kind", list(EffectKind))
def test_paces_only_slow_down_and_jitter_only_adds(kind: EffectKind) -> None:
    effects = [Effect(kind=kind, due_at=MORNING, tries=tries) for tries in range(1, 20)]
    waits = [next_try(effect, MORNING, 0.0) for effect in effects]
    assert waits == sorted(waits)
    assert all(next_try(effect, MORNING, 0.9) > wait for effect, wait in zip(effects, waits, strict=True))


def test_effects_are_named_by_kind_and_subject() -> None:
    one, two = (Effect(kind=EffectKind.SMS, subject=about, due_at=MORNING) for about in ("a", "b"))
    assert (one.key, BOOK.key) == ("sms:a", "book")
    assert with_effect((one, two), replace(one, tries=3)) == (replace(one, tries=3), two)
    assert without((one, two, BOOK), EffectKind.SMS) == (BOOK,)
    assert without((one, two, BOOK), EffectKind.SMS, EffectKind.BOOK, subject="a") == (two, BOOK)
    assert find((one,), "sms:b") is None
    assert earliest(()) is None


def alarms_while(
    payment: Payment, kind: EffectKind, *, crash: range = range(0), rounds: int = 25
) -> list[tuple[str, str]]:
    """Alarms of failing ``rounds`` times; in the rounds of ``crash`` the worker dies before it can say so."""
    found: list[tuple[str, str]] = []
    now = MORNING
    for number in range(rounds):
        due = payment.next_due
        assert due is not None
        now = max(now, due)
        token = f"worker-{number}"
        held_now = bumped(payment, effects=take(payment.effects, str(kind), token=token, now=now, lease=LEASE))
        found += alarms(payment, held_now)
        payment = held_now
        if number not in crash:
            failed = effect_failed(payment, str(kind), token, now, 0.0, "NotSent", unknown=False)
            found += alarms(payment, failed)
            payment = failed
    return found


class TestLastResort:
    def test_alarms_a_person_and_only_about_that(self) -> None:
        assert set(alarms_while(a_paid(), EffectKind.BOOK)) == {("effect_stuck", "book")}

    def test_not_before_the_slowest_pace(self) -> None:
        most = len(PACE_S[EffectKind.BOOK])
        assert alarms_while(a_paid(), EffectKind.BOOK, rounds=most - 1) == []
        assert alarms_while(a_paid(), EffectKind.BOOK, rounds=most) == [("effect_stuck", "book")]

    def test_alarms_though_the_worker_dies_each_time_or_just_then(self) -> None:
        most = len(PACE_S[EffectKind.BOOK])
        assert ("effect_stuck", "book") in alarms_while(a_paid(), EffectKind.BOOK, crash=range(100))
        assert ("effect_stuck", "book") in alarms_while(a_paid(), EffectKind.BOOK, crash=range(most - 1, most))

    @pytest.mark.parametrize("answer", [TradeState.UNPAID, TradeState.ABSENT])
    @pytest.mark.parametrize("kind", [EffectKind.QUERY, EffectKind.CLOSE])
    def test_waiting_for_a_patient_or_for_the_expiry_is_no_alarm(self, kind: EffectKind, answer: TradeState) -> None:
        asked = a_pending(expires_at=MORNING + timedelta(days=9))
        payment = asked if kind is EffectKind.QUERY else request_close(asked, "x", MORNING)
        now, found = MORNING, []
        for _ in range(20):
            held_now = leased(payment, kind, now)
            after = after_look(held_now, kind, TOKEN, a_trade(held_now, answer), now, 0.0)
            found += alarms(held_now, after)
            now, payment = now + timedelta(minutes=30), after
        stuck = kind is EffectKind.CLOSE and answer is TradeState.UNPAID
        assert bool(found) == stuck, "an order that does not let itself be closed is one, though"
