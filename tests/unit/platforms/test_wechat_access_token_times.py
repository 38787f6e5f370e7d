"""When an access token is fetched, renewed and forgotten, to the second; and what is never one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.errors import NotSent, OutcomeUnknown
from server.core.ports import HttpRequest, HttpResponse
from server.platforms.wechat.api.access_token import AccessTokens
from server.storage.memory_short_lived import MemoryShortLived
from tests.support.clock_and_ids import FakeClock
from tests.unit.platforms.played import ScriptedTransport, plain
from tests.unit.platforms.test_wechat_access_token import World
from tests.unit.platforms.test_wechat_login import CONFIG


@pytest.mark.asyncio
async def test_a_process_looks_into_the_store_once_a_minute() -> None:
    world = World()
    one, other = world.process(), world.process()
    assert (await one.get(), await other.get()) == ("token-1", "token-1")
    await other.drop("token-1")
    assert await other.get() == "token-2"
    world.clock.forward(59)
    assert await one.get() == "token-1"
    world.clock.forward(1)
    assert await one.get() == "token-2"


@pytest.mark.asyncio
@pytest.mark.parametrize(("age_s", "issued"), [(7200 - 241, 1), (7200 - 240, 2)])
async def test_a_token_is_renewed_240_seconds_before_it_ends(age_s: int, issued: int) -> None:
    world = World()
    await world.process().get()
    world.clock.forward(age_s)
    await world.process().get()
    assert world.wechat.issued == issued


@pytest.mark.asyncio
async def test_after_a_failed_fetch_a_process_rests_for_two_seconds() -> None:
    world = World()
    world.wechat.down = OutcomeUnknown("wechat")
    tokens = world.process()
    for seconds, issued in ((0, 1), (1.9, 1), (0.1, 2)):
        world.clock.forward(seconds)
        with pytest.raises(NotSent):
            await tokens.get()
        assert world.wechat.issued == issued


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", [{"errcode": 40125, "access_token": "x"}, {"errcode": 40125}, {"expires_in": 7200}])
async def test_what_is_no_token_is_never_handed_out_nor_stored(answer: dict[str, object]) -> None:
    clock, store = FakeClock(), MemoryShortLived()
    tokens = AccessTokens(CONFIG, ScriptedTransport(plain(answer)), clock, store)
    with pytest.raises(NotSent):
        await tokens.get()
    for kind in ("wechat_access_token", "wechat_access_token_lease"):
        assert await store.get(kind, CONFIG.app_id, clock.now()) is None


@pytest.mark.asyncio
@pytest.mark.parametrize(("length", "good"), [(1024, True), (1025, False)])
async def test_a_token_has_a_bounded_length_and_one_without_an_end_is_good_for_one_call(
    length: int, good: bool
) -> None:
    answers = [plain({"access_token": "x" * length})] * 2
    transport = ScriptedTransport(*answers)
    tokens = AccessTokens(CONFIG, transport, FakeClock(), MemoryShortLived())
    if not good:
        with pytest.raises(NotSent):
            await tokens.get()
        return
    assert (await tokens.get(), await tokens.get()) == ("x" * length, "x" * length)
    assert len(transport.sent) == 2


@pytest.mark.asyncio
async def test_whoever_fetches_has_fifteen_seconds_before_another_does() -> None:
    """Should its process die meanwhile."""
    clock, store = FakeClock(), MemoryShortLived()
    lease = ("wechat_access_token_lease", CONFIG.app_id)

    class Looking:
        async def send(self, request: HttpRequest) -> HttpResponse:
            for seconds, is_held in ((14.9, True), (15, False)):
                assert (await store.get(*lease, clock.now() + timedelta(seconds=seconds)) is not None) is is_held
            return plain({"access_token": "x", "expires_in": 7200})

    assert await AccessTokens(CONFIG, Looking(), clock, store).get() == "x"
    assert await store.get(*lease, clock.now()) is None


@pytest.mark.asyncio
async def test_two_accounts_do_not_share_what_counts_their_refusals() -> None:
    """The facts are stored under what they are, and each account's under its own number."""
    world = World()
    tokens = world.process()
    await tokens.get()
    await tokens.drop("token-1")
    now = world.clock.now()
    assert await world.store.count("wechat_access_token_drops", CONFIG.app_id, now, now) == 2
