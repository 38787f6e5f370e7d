"""Which lines of a payment's history stand in the audit chain, and when the next ones are sealed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import LeaseLost
from server.effects.model import Effect, EffectKind
from server.payments.model import Payment
from server.payments.rules.audit_events import history_sealed, payment_events
from tests.support.builders import TOKEN, a_paid, leased
from tests.support.clock_and_ids import MORNING

NOW = MORNING + timedelta(minutes=5)


def sealing() -> Payment:
    """Its seal is under way for the third time."""
    seal = Effect(kind=EffectKind.SEAL, due_at=MORNING, tries=2)
    return leased(replace(a_paid(), effects=(seal,)), EffectKind.SEAL, MORNING)


def test_a_whole_history_is_sealed_once() -> None:
    payment = sealing()
    sealed = history_sealed(payment, len(payment.history), TOKEN, NOW)
    assert (sealed.audited_lines, sealed.effects, sealed.version) == (len(payment.history), (), payment.version + 1)


def test_lines_that_came_meanwhile_are_sealed_at_once_as_if_for_the_first_time() -> None:
    payment = sealing()
    sealed = history_sealed(payment, len(payment.history) - 1, TOKEN, NOW)
    assert sealed.audited_lines == len(payment.history) - 1
    assert sealed.effects == (Effect(kind=EffectKind.SEAL, due_at=NOW),)


def test_what_was_sealed_once_stays_sealed() -> None:
    payment = replace(sealing(), audited_lines=3)
    assert history_sealed(payment, 2, TOKEN, NOW).audited_lines == 3


def test_another_worker_s_seal_is_not_ended() -> None:
    with pytest.raises(LeaseLost):
        history_sealed(sealing(), 1, "another-worker", NOW)


def test_lines_have_names_for_ever() -> None:
    payment = a_paid()
    number = payment.id
    assert [event.id for event in payment_events(payment)][:2] == [f"payment/{number}/0", f"payment/{number}/1"]
    assert [event.line for event in payment_events(payment, 1)] == list(payment.history[1:])
