"""A purpose frees what it held, or takes back what was booked for nothing; what it refuses is told apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest

from server.core.errors import NotSent, OutsideRefusal
from server.effects.model import Effect, EffectKind
from server.payments.freeing import FreeingService
from server.payments.model import Payment, PaymentState, bumped
from tests.support.builders import TOKEN, a_paid
from tests.support.clock_and_ids import MORNING, FakeClock
from tests.support.played import Played

pytestmark = pytest.mark.asyncio
NOW = MORNING + timedelta(minutes=3)


class _Purpose(Played):
    async def on_closed(self, payment: Payment) -> None:
        await self._begin("on_closed", payment.id)


def owing(state: PaymentState) -> tuple[Payment, Effect]:
    free = Effect(kind=EffectKind.FREE, due_at=MORNING, lease=TOKEN)
    return bumped(a_paid(), state=state, effects=(free,)), free


async def done(state: PaymentState, answer: Exception | None = None) -> Payment:
    purpose, clock = _Purpose(), FakeClock(NOW)
    purpose.will("on_closed", answer)
    payment, free = owing(state)
    service = FreeingService(cast(Any, {payment.purpose: purpose}), clock)
    return (await service.run(payment, free))(payment)


async def test_what_was_held_for_a_closed_payment_is_freed() -> None:
    after = await done(PaymentState.CLOSED)
    assert (after.history[-1].what, after.history[-1].at, after.effects) == ("freed", NOW, ())
    assert after.claims, "who closed it has taken its claims; this step changes none"


async def test_what_was_booked_for_nothing_is_given_back_and_claims_nothing() -> None:
    after = await done(PaymentState.BOOKED)
    assert (after.history[-1].what, after.history[-1].at, after.claims, after.effects) == ("given_back", NOW, (), ())


async def test_what_is_not_taken_back_stays_booked_and_says_why() -> None:
    after = await done(PaymentState.BOOKED, OutsideRefusal("his", "USED"))
    line = after.history[-1]
    assert (line.what, line.at, line.detail["code"]) == ("not_taken_back", NOW, "USED")
    assert (after.state, bool(after.claims), after.effects) == (PaymentState.BOOKED, True, ())


@pytest.mark.parametrize("answer", [OutsideRefusal("his", "USED"), NotSent("his")])
async def test_a_hold_that_is_not_freed_is_tried_again(answer: Exception) -> None:
    with pytest.raises(type(answer)):
        await done(PaymentState.CLOSED, answer)


async def test_a_silent_system_is_asked_again_to_take_it_back() -> None:
    with pytest.raises(NotSent):
        await done(PaymentState.BOOKED, NotSent("his"))
