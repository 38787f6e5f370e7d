"""A request that comes again under its key: the stored answer, or why there is none."""

from __future__ import annotations

import asyncio

import pytest

from server.core.errors import KeyReused, StillRunning
from server.core.idempotency import IdempotencyService, StoredAnswer
from server.storage.memory_short_lived import MemoryShortLived
from tests.support.clock_and_ids import FakeClock

pytestmark = pytest.mark.asyncio


class Door:
    """Counts what was done; answers with the count."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.keys = IdempotencyService(MemoryShortLived(), self.clock)
        self.done = 0
        self.takes_s = 0.0
        self.fails: BaseException | None = None

    async def act(self) -> tuple[int, str]:
        self.done += 1
        self.clock.forward(self.takes_s)
        if self.fails is not None:
            raise self.fails
        return 201, f'{{"号":{self.done}}}'

    async def asked(
        self, owner: str = "demo:openid-1", door: str = "pay", key: str = "k", request: bytes = b"{}"
    ) -> StoredAnswer:
        return await self.keys.once(owner, door, key, request, self.act)


async def test_a_repeat_gets_the_stored_answer_and_does_nothing() -> None:
    door = Door()
    assert await door.asked() == StoredAnswer(201, '{"号":1}', is_repeat=False)
    assert await door.asked() == StoredAnswer(201, '{"号":1}', is_repeat=True)
    assert door.done == 1


@pytest.mark.parametrize("other", [{"owner": "demo:openid-2"}, {"door": "refund"}, {"key": "l"}])
async def test_a_key_is_one_person_s_at_one_door(other: dict[str, str]) -> None:
    door = Door()
    await door.asked()
    assert (await door.asked(**other)).body == '{"号":2}'  # type: ignore[arg-type]


async def test_another_request_under_a_key_is_refused() -> None:
    door = Door()
    await door.asked()
    with pytest.raises(KeyReused, match="another request under this key"):
        await door.asked(request=b"{1}")
    assert door.done == 1


async def test_an_answer_is_kept_for_a_day_from_its_end() -> None:
    door = Door()
    door.takes_s = 30
    await door.asked()
    door.clock.forward(24 * 3600 - 1)
    assert (await door.asked()).is_repeat
    door.clock.forward(1)
    assert not (await door.asked()).is_repeat


@pytest.mark.parametrize("failure", [ValueError("no"), asyncio.CancelledError()])
async def test_what_failed_may_be_tried_again_at_once(failure: BaseException) -> None:
    door = Door()
    door.fails = failure
    with pytest.raises(type(failure)):
        await door.asked()
    door.fails = None
    assert (await door.asked()).body == '{"号":2}'


async def test_a_request_that_runs_blocks_its_key_for_a_minute() -> None:
    door, held = Door(), asyncio.Event()

    async def hold() -> tuple[int, str]:
        await held.wait()
        return 200, "first"

    first = asyncio.ensure_future(door.keys.once("demo:openid-1", "pay", "k", b"{}", hold))
    await asyncio.sleep(0)
    door.clock.forward(60 - 1)
    with pytest.raises(StillRunning, match="the first try"):
        await door.asked()
    with pytest.raises(KeyReused):
        await door.asked(request=b"{1}")
    door.clock.forward(1)
    assert (await door.asked()).body == '{"号":1}', "whoever began it is taken for dead"
    held.set()
    assert (await first).body == "first"


async def test_a_first_try_that_ends_without_an_answer_just_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It dropped its mark between our two looks."""
    door = Door()
    store = MemoryShortLived()

    async def there(*given: object) -> bool:
        return False

    monkeypatch.setattr(store, "put_once", there)
    door.keys = IdempotencyService(store, door.clock)
    with pytest.raises(StillRunning, match="just ended without an answer"):
        await door.asked()
