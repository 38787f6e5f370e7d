"""The breaker and the bulkhead: a sick system is left alone, and never takes another with it."""

from __future__ import annotations

import asyncio

import pytest

from server.core.errors import NotSent, OutcomeUnknown, ZhenfuError
from server.core.ports import HttpRequest, HttpResponse
from server.infrastructure.breaker import BreakerLimits, GuardedTransport
from tests.support.clock_and_ids import FakeClock
from tests.unit.platforms.played import plain

LIMITS = BreakerLimits(failures_max=3, open_s=5.0, calls_max=2, waiting_max=1)


def a_call(system: str = "his", host: str = "a.example.org", timeout_s: float = 5.0) -> HttpRequest:
    return HttpRequest(system=system, method="POST", url=f"https://{host}/x", timeout_s=timeout_s)


class Moody:
    """Answers as its mood is; holds calls back while ``gate`` is closed."""

    def __init__(self) -> None:
        self.mood: HttpResponse | ZhenfuError = plain(b"ok")
        self.calls = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.calls += 1
        await self.gate.wait()
        if isinstance(self.mood, ZhenfuError):
            raise self.mood
        return self.mood


def a_guard() -> tuple[GuardedTransport, Moody, FakeClock]:
    moody, clock = Moody(), FakeClock()
    return GuardedTransport(moody, clock, LIMITS), moody, clock


async def fails(guard: GuardedTransport, times: int, call: HttpRequest | None = None) -> None:
    for _ in range(times):
        try:
            await guard.send(call or a_call())
        except (NotSent, OutcomeUnknown):
            continue


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "mood", [OutcomeUnknown("his"), NotSent("his"), plain(b"", 503)], ids=lambda mood: type(mood).__name__
)
async def test_failures_in_a_row_open_it(mood: HttpResponse | ZhenfuError) -> None:
    guard, moody, _ = a_guard()
    moody.mood = mood
    await fails(guard, 3)
    with pytest.raises(NotSent):
        await guard.send(a_call())
    assert moody.calls == 3


@pytest.mark.asyncio
async def test_answers_below_500_and_successes_in_between_do_not() -> None:
    guard, moody, _ = a_guard()
    moody.mood = plain(b"", 429)
    await fails(guard, 10)
    moody.mood = OutcomeUnknown("his")
    await fails(guard, 2)
    moody.mood = plain(b"ok")
    await guard.send(a_call())
    moody.mood = OutcomeUnknown("his")
    await fails(guard, 2)
    moody.mood = plain(b"ok")
    assert (await guard.send(a_call())).status == 200


@pytest.mark.asyncio
async def test_one_probe_decides() -> None:
    guard, moody, clock = a_guard()
    moody.mood = OutcomeUnknown("his")
    await fails(guard, 3)
    clock.forward(5)
    await fails(guard, 3)
    assert moody.calls == 4, "one probe, which failed"
    clock.forward(5)
    moody.mood = plain(b"ok")
    moody.gate.clear()
    probe = asyncio.create_task(guard.send(a_call()))
    await asyncio.sleep(0)
    with pytest.raises(NotSent):
        async with asyncio.timeout(30):
            await guard.send(a_call())
    moody.gate.set()
    assert (await probe).status == 200
    assert (await guard.send(a_call())).status == 200


@pytest.mark.asyncio
async def test_a_cancelled_probe_leaves_room_for_the_next() -> None:
    guard, moody, clock = a_guard()
    moody.mood = OutcomeUnknown("his")
    await fails(guard, 3)
    clock.forward(5)
    moody.mood = plain(b"ok")
    moody.gate.clear()
    probe = asyncio.create_task(guard.send(a_call()))
    await asyncio.sleep(0)
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    moody.gate.set()
    assert (await guard.send(a_call())).status == 200


@pytest.mark.asyncio
async def test_one_hospitals_his_does_not_shut_anothers() -> None:
    guard, moody, _ = a_guard()
    moody.mood = OutcomeUnknown("his")
    await fails(guard, 3)
    moody.mood = plain(b"ok")
    assert (await guard.send(a_call(host="b.example.org"))).status == 200
    assert (await guard.send(a_call(system="sms"))).status == 200


@pytest.mark.asyncio
async def test_a_crowd_is_turned_away_at_the_door() -> None:
    guard, moody, _ = a_guard()
    moody.gate.clear()
    inside = [asyncio.create_task(guard.send(a_call())) for _ in range(3)]
    await asyncio.sleep(0)
    assert moody.calls == 2
    with pytest.raises(NotSent, match="too many"):
        await guard.send(a_call())
    moody.gate.set()
    assert [answer.status for answer in await asyncio.gather(*inside)] == [200, 200, 200]
    assert moody.calls == 3


@pytest.mark.asyncio
async def test_waiting_for_a_place_ends() -> None:
    guard, moody, _ = a_guard()
    moody.gate.clear()
    inside = [asyncio.create_task(guard.send(a_call())) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(NotSent):
        await guard.send(a_call(timeout_s=0.01))
    moody.gate.set()
    await asyncio.gather(*inside)
