"""After an outage everything that waited is done within a short, bounded time, at a bounded rate, by whichever worker is there."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal
from server.effects.engine import EffectRunner
from server.effects.model import EffectKind, find
from server.effects.rules import SOON, waits, woken
from server.effects.waking import PROBE_S, RATE_PER_S, Waking
from server.payments.model import Payment, PaymentState
from tests.support.builders import HOSPITAL, a_paid
from tests.support.clock_and_ids import SeededIds
from tests.support.every_payment import every_payment
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio
OUTAGE_S = 600


class SimulatedWorld:
    """An app whose HIS is down or up, and workers of several processes that find what is due, every second."""

    def __init__(self, memory_app: InMemoryApp, workers: int = 2) -> None:
        self.memory_app = memory_app
        self.down = True
        self.asked: list[tuple[datetime, str]] = []
        self.answers_at: Counter[datetime] = Counter()
        self.runners: list[EffectRunner] = []
        self.wakings: list[Waking] = []
        real = memory_app.runners[EffectKind.BOOK]

        async def book(payment: Payment, effect):  # type: ignore[no-untyped-def]
            self.asked.append((memory_app.clock.now(), payment.id))
            if self.down or payment.hospital == "other":
                raise OutcomeUnknown("his", "down")
            self.answers_at[memory_app.clock.now()] += 1
            return await real(payment, effect)

        for number in range(workers):
            waking = Waking(memory_app.transitions, memory_app.stores.short_lived, memory_app.clock, SeededIds(number))
            runners = {**memory_app.runners, EffectKind.BOOK: book}
            self.wakings.append(waking)
            self.runners.append(
                EffectRunner(memory_app.transitions, runners, memory_app.clock, SeededIds(number), back=waking.back)
            )

    async def live(self, seconds: int) -> None:
        for second in range(seconds):
            for waking in self.wakings if second % PROBE_S == 0 else ():
                await waking.probe()
            for number, (hospital, payment_id) in enumerate(
                await self.memory_app.stores.payments.due(self.memory_app.clock.now(), 1000)
            ):
                await self.runners[number % len(self.runners)].run_due(hospital, payment_id)
            self.memory_app.clock.forward(seconds=1)

    async def pay(self, many: int, hospital: str = HOSPITAL) -> list[str]:
        made = []
        for number in range(many):
            one = replace(
                a_paid(self.memory_app.clock.now()), id=f"ZF{hospital}{number:06}", claims=(), hospital=hospital
            )
            await self.memory_app.stores.payments.insert(one)
            made.append(one.id)
        return made

    async def booked(self) -> int:
        page = await every_payment(self.memory_app.stores.payments)
        return sum(payment.state is PaymentState.BOOKED for payment in page)


@pytest.mark.parametrize("many", [1, 5, 300])
async def test_after_ten_minutes_everything_is_done_within_a_short_bounded_time(many: int) -> None:
    world = SimulatedWorld(InMemoryApp())
    await world.pay(many)
    await world.live(OUTAGE_S)
    world.down = False
    assert await world.booked() == 0
    await world.live(int(2 * PROBE_S + many / RATE_PER_S + 5))
    assert await world.booked() == many


async def test_at_a_bounded_rate() -> None:
    world = SimulatedWorld(InMemoryApp())
    await world.pay(300)
    await world.live(OUTAGE_S)
    world.down = False
    await world.live(90)
    assert await world.booked() == 300
    assert max(world.answers_at.values()) <= 2.5 * RATE_PER_S, "never all at once"


async def test_while_it_is_away_one_at_a_time_tries_it() -> None:
    probing, patient = SimulatedWorld(InMemoryApp(), workers=4), SimulatedWorld(InMemoryApp(), workers=4)
    patient.wakings = []
    for world in (probing, patient):
        await world.pay(100)
        await world.live(OUTAGE_S + 300)
    more = len(probing.asked) - len(patient.asked)
    assert 0 < more <= (OUTAGE_S + 300) / (PROBE_S * 0.7), "four workers do not probe four times"


async def test_a_fresh_process_that_never_saw_the_outage_wakes_them_too() -> None:
    memory_app = InMemoryApp()
    world = SimulatedWorld(memory_app)
    await world.pay(50)
    await world.live(OUTAGE_S)
    fresh = SimulatedWorld(memory_app)
    fresh.down = False
    await fresh.live(int(2 * PROBE_S + 50 / RATE_PER_S + 5))
    assert await fresh.booked() == 50


async def test_another_hospital_s_outage_goes_on_undisturbed() -> None:
    memory_app = InMemoryApp(a_hospital(), a_hospital(id="other"))
    world = SimulatedWorld(memory_app)
    await world.pay(20)
    await world.pay(20, "other")
    await world.live(OUTAGE_S)
    world.down = False
    before = sum(payment_id.startswith("ZFother") for _, payment_id in world.asked)
    await world.live(60)
    assert await world.booked() == 20
    after = sum(payment_id.startswith("ZFother") for _, payment_id in world.asked)
    assert after - before <= 60 / PROBE_S + 20 * 60 / 600 + 3


async def test_only_what_waits_for_that_system_is_woken() -> None:
    memory_app = InMemoryApp()
    now = memory_app.clock.now()
    (book,) = a_paid(now).effects
    far = now + timedelta(minutes=9)
    waiting = replace(book, due_at=far, last_error="OutcomeUnknown his", tries=9)
    assert waits(waiting, now) == "his"
    for other in (
        replace(waiting, last_error="OutsideRefusal HIS_BUSY"),
        replace(waiting, last_error=None),
        replace(waiting, last_error="NotSent sms"),
        replace(waiting, last_error="NotAllowedYet wechat"),
        replace(waiting, lease="somebody's"),
        replace(waiting, due_at=now + SOON),
    ):
        payment = replace(a_paid(now), effects=(other,))
        assert woken(payment.effects, "his", now, now) is payment.effects
    payment = replace(a_paid(now), effects=(waiting, replace(waiting, kind=EffectKind.SMS, last_error="NotSent sms")))
    after = woken(payment.effects, "his", now, now)
    book_after, sms_after = find(after, "book"), find(after, "sms")
    assert book_after is not None
    assert sms_after is not None
    assert (book_after.due_at, book_after.tries, book_after.last_error) == (now, 9, "OutcomeUnknown his")
    assert sms_after.due_at == far


@pytest.mark.parametrize(
    ("error", "noted"),
    [
        (NotSent("his", "breaker"), "NotSent his"),
        (OutcomeUnknown("wechatpay"), "OutcomeUnknown wechatpay"),
        (OutsideRefusal("his", "BUSY"), "OutsideRefusal BUSY"),
        (ZeroDivisionError(), "ZeroDivisionError"),
    ],
)
async def test_an_effect_notes_who_did_not_answer(error: Exception, noted: str) -> None:
    memory_app = InMemoryApp()
    payment = a_paid(memory_app.clock.now())
    await memory_app.stores.payments.insert(payment)

    async def fails(payment: Payment, effect: object) -> object:
        raise error

    memory_app.runners[EffectKind.BOOK] = fails  # type: ignore[assignment]
    runner = EffectRunner(memory_app.transitions, memory_app.runners, memory_app.clock, memory_app.ids)
    await runner.run_due(HOSPITAL, payment.id)
    effect = find((await memory_app.payment(payment.id)).effects, "book")
    assert effect is not None
    assert effect.last_error == noted
