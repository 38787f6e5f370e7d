"""When an SMS of unknown outcome is looked up: on which days, and what a refused look-up means. And how long a payer may take to agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from server.core.days import HOSPITAL_ZONE
from server.core.errors import NotAllowedYet, OutsideRefusal
from server.effects.model import Effect, EffectKind
from server.payments.model import Payment
from tests.support.builders import TOKEN
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.asyncio
MIDNIGHT = datetime(2026, 11, 24, tzinfo=HOSPITAL_ZONE)


async def told(memory_app: InMemoryApp, payment: Payment, kind: EffectKind, unknown_at: datetime | None) -> Payment:
    effect = Effect(
        kind=kind, subject="payment_late", due_at=memory_app.clock.now(), lease=TOKEN, unknown_at=unknown_at
    )
    owing = replace(payment, effects=(effect,))
    return (await memory_app.runners[kind](owing, effect))(owing)


@pytest.mark.parametrize(
    ("begun", "first"),
    [(MIDNIGHT + timedelta(minutes=2), MIDNIGHT.date()), (MIDNIGHT + timedelta(seconds=119), date(2026, 11, 23))],
)
async def test_the_days_begin_two_minutes_before_what_it_tells_of(begun: datetime, first: date) -> None:
    """The platform's clock may be that much behind ours."""
    memory_app = InMemoryApp()
    payment = replace(await paid(memory_app), created_at=begun)
    memory_app.clock.forward((begun + timedelta(minutes=10) - memory_app.clock.now()).total_seconds())
    await told(memory_app, payment, EffectKind.SMS, memory_app.clock.now() - timedelta(minutes=5))
    assert [day for _, day in memory_app.sms.named("was_sent")][-1] == first


async def test_an_sms_that_can_not_be_looked_up_is_not_sent_a_second_time() -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    unknown_at = memory_app.clock.now()
    memory_app.clock.forward(3600)
    memory_app.sms.will("was_sent", OutsideRefusal("sms", "isv.INVALID_PARAMETERS"))
    after = await told(memory_app, payment, EffectKind.SMS, unknown_at)
    assert memory_app.sms.sent == []
    assert (after.history[-1].what, after.history[-1].detail["id"]) == ("sms_refused", "isv.INVALID_PARAMETERS")


async def test_who_pays_late_has_the_same_two_minutes_to_agree() -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    late = replace(payment, created_at=payment.created_at - timedelta(minutes=10))
    memory_app.messenger.will("send", NotAllowedYet("wechat", "43101"))
    with pytest.raises(NotAllowedYet):
        await told(memory_app, late, EffectKind.MESSAGE, None)
