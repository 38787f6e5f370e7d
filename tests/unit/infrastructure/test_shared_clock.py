"""The clock that processes share: the database's time by a measured offset, and no work while a machine's own clock is wrong."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

import pytest

from server.core.errors import ClockOff, StoreUnavailable
from server.core.pulses import Pulse
from server.effects.engine import EffectRunner
from server.effects.leases import Pace
from server.effects.model import EffectKind, find
from server.effects.worker import Worker
from server.infrastructure.shared_clock import DRIFT, FRESH_S, MEASURED_WITHIN_S, SharedClock
from server.storage.memory import MemoryPulses
from tests.support.builders import HOSPITAL, a_paid
from tests.support.clock_and_ids import MORNING, FakeClock, SeededIds
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
OFF_S = 5.0


class Machine:
    """A database's clock and a machine's, both by one counter; what is asked of the database takes ``there_s`` and ``back_s``."""

    def __init__(self, ahead_s: float = 0.0) -> None:
        self.steady_s = 1000.0
        self.ahead_s = ahead_s
        self.database_ahead_s = 0.0
        self.there_s = self.back_s = 0.0
        self.beats = 0
        self._written = MemoryPulses(self.database_now)
        self.clock = SharedClock(self, self, lambda: self.steady_s, process="work here:1", off_s_max=OFF_S)  # type: ignore[arg-type]

    def true(self) -> datetime:
        return MORNING + timedelta(seconds=self.steady_s - 1000)

    def database_now(self) -> datetime:
        return self.true() + timedelta(seconds=self.database_ahead_s)

    def now(self) -> datetime:
        return self.true() + timedelta(seconds=self.ahead_s)

    async def sleep(self, seconds: float) -> None:
        self.steady_s += seconds
        await asyncio.sleep(0)

    async def beat(self, pulse: Pulse) -> datetime:
        self.beats += 1
        self.steady_s += self.there_s
        at = await self._written.beat(pulse)
        self.steady_s += self.back_s
        return at

    async def since(self, moment: datetime) -> object:
        return await self._written.since(moment)


def apart_s(machine: Machine) -> float:
    return abs((machine.clock.now() - machine.database_now()).total_seconds())


@pytest.mark.parametrize("ahead_s", [-290.0, -120.0, -6.0, 0.0, 6.0, 120.0, 290.0])
async def test_now_is_the_database_s_time_whatever_the_machine_says(ahead_s: float) -> None:
    machine = Machine(ahead_s)
    await machine.clock.measure()
    assert machine.clock.offset_s == pytest.approx(ahead_s, abs=0.002)
    for jump_s in (300.0, -300.0, 0.0):
        machine.ahead_s = jump_s
        machine.steady_s += 17
        assert apart_s(machine) < 0.002 + 0.001


@pytest.mark.parametrize(("there_s", "back_s"), [(0.0, 2.0), (2.0, 0.0), (0.7, 0.1)])
async def test_the_error_is_at_most_half_of_the_way(there_s: float, back_s: float) -> None:
    machine = Machine()
    machine.there_s, machine.back_s = there_s, back_s
    await machine.clock.measure()
    assert apart_s(machine) <= (there_s + back_s) / 2 + 0.002


async def test_now_has_whole_milliseconds_as_what_is_stored_has() -> None:
    machine = Machine()
    machine.steady_s += 0.0019
    assert machine.clock.now() == MORNING + timedelta(milliseconds=1)
    await machine.clock.measure()
    machine.steady_s += 0.0025
    assert machine.clock.now() == MORNING + timedelta(milliseconds=3)


async def test_a_slow_measurement_does_not_spoil_an_exact_one() -> None:
    machine = Machine()
    await machine.clock.measure()
    machine.steady_s += 60
    machine.back_s = 2.0
    await machine.clock.measure()
    assert apart_s(machine) <= 60 * DRIFT + 0.002


async def test_a_database_whose_own_clock_was_set_is_followed() -> None:
    machine = Machine()
    await machine.clock.measure()
    machine.database_ahead_s = 4.0
    machine.back_s = 1.0
    machine.steady_s += 30
    await machine.clock.measure()
    assert apart_s(machine) <= 0.502


@pytest.mark.parametrize("ahead_s", [-300.0, -5.1, 5.1, 300.0])
async def test_a_process_that_is_off_refuses_says_so_once_and_goes_on_when_it_is_right(
    ahead_s: float, caplog: pytest.LogCaptureFixture
) -> None:
    machine = Machine(ahead_s)
    with caplog.at_level(logging.WARNING, "zhenfu.clock"):
        for _ in range(3):
            with pytest.raises(ClockOff):
                await machine.clock.must_agree()
            machine.steady_s += FRESH_S + 1
        assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["clock off"]
        assert ("ahead of" if ahead_s > 0 else "behind") in caplog.text
        machine.ahead_s = 0.2
        await machine.clock.must_agree()
        assert caplog.records[-1].getMessage().startswith("clock right again")


@pytest.mark.parametrize("ahead_s", [-4.9, 4.9])
async def test_a_process_that_is_near_works(ahead_s: float) -> None:
    await Machine(ahead_s).clock.must_agree()


async def test_a_clock_that_is_set_is_noticed_at_once_and_not_at_the_next_round() -> None:
    machine = Machine()
    await machine.clock.must_agree()
    await machine.clock.must_agree()
    assert machine.beats == 1, "a fresh measurement is good"
    machine.ahead_s = 180.0
    with pytest.raises(ClockOff):
        await machine.clock.must_agree()
    assert machine.beats == 2


async def test_a_measurement_grows_old() -> None:
    machine = Machine()
    await machine.clock.must_agree()
    machine.steady_s += FRESH_S + 0.1
    await machine.clock.must_agree()
    assert machine.beats == 2


async def test_who_cannot_measure_does_not_begin() -> None:
    machine = Machine()

    async def down(pulse: Pulse) -> datetime:
        raise StoreUnavailable

    machine.beat = down  # type: ignore[method-assign]
    with pytest.raises(StoreUnavailable):
        await machine.clock.must_agree()


async def test_a_measurement_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.infrastructure.shared_clock.MEASURED_WITHIN_S", MEASURED_WITHIN_S / 100)
    machine = Machine()

    async def hang(pulse: Pulse) -> datetime:
        await asyncio.sleep(60)
        raise AssertionError

    machine.beat = hang  # type: ignore[method-assign]
    with pytest.raises(StoreUnavailable, match="too long"):
        await machine.clock.measure()


async def test_many_who_ask_at_once_share_what_is_measured_after_they_asked() -> None:
    machine = Machine()
    machine.back_s = 0.01
    real = machine.beat

    async def slowly(pulse: Pulse) -> datetime:
        await asyncio.sleep(0.01)
        return await real(pulse)

    machine.beat = slowly  # type: ignore[method-assign]
    await asyncio.gather(*(machine.clock.measure() for _ in range(40)))
    assert machine.beats <= 2


class Off(FakeClock):
    """The clock of a process that may not work."""

    wrong = True

    async def must_agree(self) -> None:
        if self.wrong:
            raise ClockOff("120.0 s")


async def test_an_effect_is_not_begun_by_a_process_that_is_off() -> None:
    memory_app = InMemoryApp()
    payment = a_paid(memory_app.clock.now())
    await memory_app.stores.payments.insert(payment)
    clock = Off(memory_app.clock.now())
    runner = EffectRunner(memory_app.transitions, memory_app.runners, clock, memory_app.ids)
    await runner.run_due(HOSPITAL, payment.id)
    assert memory_app.his.calls == []
    assert await memory_app.payment(payment.id) == payment
    clock.wrong = False
    await runner.run_due(HOSPITAL, payment.id)
    assert find((await memory_app.payment(payment.id)).effects, str(EffectKind.BOOK)) is None


async def test_a_worker_that_is_off_does_not_even_look_and_polls_slowly() -> None:
    memory_app = InMemoryApp()
    await memory_app.stores.payments.insert(a_paid(memory_app.clock.now()))
    clock = Off(memory_app.clock.now())
    runner = EffectRunner(memory_app.transitions, memory_app.runners, clock, memory_app.ids, Pace(poll_s=0.5))
    worker = Worker(runner, clock, SeededIds(), polls=True)
    task = asyncio.create_task(worker.run())
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(clock.slept) > 3
    assert min(clock.slept) >= 2.5
    assert memory_app.his.calls == []
    clock.wrong = False
    for _ in range(500):
        await asyncio.sleep(0)
    assert memory_app.his.calls != []
    task.cancel()
    await worker.stop()
