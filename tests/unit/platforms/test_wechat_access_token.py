"""One token for all: never a stampede, never a loop (practices.md C: a lasting 40001 once made 976 requests)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal
from server.core.ports import HttpRequest, HttpResponse
from server.platforms.wechat.api.access_token import DROPS_MAX, AccessTokens
from server.platforms.wechat.api.client import WechatApi
from server.platforms.wechat.api.errors import Said
from server.storage.memory_short_lived import MemoryShortLived
from tests.support.clock_and_ids import FakeClock
from tests.unit.platforms.played import plain
from tests.unit.platforms.test_wechat_login import CONFIG


class PlayedWechat:
    """Issues tokens as `stable_token` does; ``good`` decides which of them a call may use."""

    def __init__(self, expires_in: int = 7200) -> None:
        self.expires_in = expires_in
        self.issued = 0
        self.calls: list[str] = []
        self.good: Callable[[str], bool] = lambda token: True
        self.down: Exception | None = None

    async def send(self, request: HttpRequest) -> HttpResponse:
        await asyncio.sleep(0)
        if request.url.endswith("/cgi-bin/stable_token"):
            assert json.loads(request.body) == {
                "grant_type": "client_credential", "appid": CONFIG.app_id, "secret": CONFIG.secret, "force_refresh": False,
            }  # fmt: skip
            self.issued += 1
            if self.down is not None:
                raise self.down
            return plain({"access_token": f"token-{self.issued}", "expires_in": self.expires_in})
        token = request.url.partition("access_token=")[2]
        self.calls.append(token)
        if not self.good(token):
            return plain({"errcode": 40001, "errmsg": "invalid credential rid: 1"})
        return plain({"errcode": 0, "errmsg": "ok"})


class World:
    """Several processes on one store."""

    def __init__(self, **wechat: Any) -> None:
        self.clock = FakeClock()
        self.store = MemoryShortLived()
        self.wechat = PlayedWechat(**wechat)

    def process(self) -> AccessTokens:
        return AccessTokens(CONFIG, self.wechat, self.clock, self.store)

    def api(self, tokens: AccessTokens) -> WechatApi:
        return WechatApi(CONFIG, self.wechat, tokens)


@pytest.mark.asyncio
async def test_a_token_that_came_between_the_look_and_the_lease_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    put_once = world.store.put_once

    async def somebody_was_faster(*asked: Any) -> bool:
        monkeypatch.setattr(world.store, "put_once", put_once)
        await world.process().get()
        return await put_once(*asked)

    monkeypatch.setattr(world.store, "put_once", somebody_was_faster)
    assert await world.process().get() == "token-1"
    assert world.wechat.issued == 1
    assert await world.store.put_once(
        "wechat_access_token_lease", CONFIG.app_id, "", world.clock.now(), world.clock.now()
    )


@pytest.mark.asyncio
async def test_many_calls_in_many_processes_fetch_once() -> None:
    world = World()
    processes = [world.process() for _ in range(5)]
    tokens = await asyncio.gather(*(process.get() for process in processes for _ in range(20)))
    assert set(tokens) == {"token-1"}
    assert world.wechat.issued == 1


@pytest.mark.asyncio
async def test_it_is_renewed_before_it_ends_and_only_by_one() -> None:
    world = World()
    one, other = world.process(), world.process()
    await one.get()
    world.clock.forward(7200 - 239)
    assert await asyncio.gather(one.get(), other.get()) == ["token-2", "token-1"]
    assert await other.get() == "token-2"
    assert world.wechat.issued == 2


@pytest.mark.asyncio
async def test_a_renewal_that_brings_little_is_not_repeated_at_once() -> None:
    world = World(expires_in=300)
    tokens = world.process()
    await tokens.get()
    world.clock.forward(100)
    await tokens.get()
    assert world.wechat.issued == 1
    world.clock.forward(60)
    await tokens.get()
    assert world.wechat.issued == 2


@pytest.mark.asyncio
async def test_the_old_token_serves_while_a_renewal_fails() -> None:
    world = World()
    tokens = world.process()
    await tokens.get()
    world.clock.forward(7200 - 200)
    world.wechat.down = OutcomeUnknown("wechat")
    assert await tokens.get() == "token-1"


@pytest.mark.asyncio
@pytest.mark.parametrize("error", [OutcomeUnknown("wechat"), NotSent("wechat"), OutsideRefusal("wechat", "40125")])
async def test_without_a_token_nothing_was_sent_and_a_crowd_does_not_try_one_by_one(error: Exception) -> None:
    world = World()
    world.wechat.down = error
    tokens = world.process()
    failures = await asyncio.gather(*(tokens.get() for _ in range(50)), return_exceptions=True)
    assert {type(failure) for failure in failures} == {NotSent}
    assert world.wechat.issued == 1
    world.wechat.down = None
    world.clock.forward(3)
    assert await tokens.get() == "token-2"


@pytest.mark.asyncio
async def test_waiting_for_another_process_ends() -> None:
    world = World()
    now = world.clock.now()
    key = CONFIG.app_id
    await world.store.put_once("wechat_access_token_lease", key, "dead", now, now + timedelta(seconds=15))
    with pytest.raises(NotSent):
        await world.process().get()
    assert world.clock.slept == [0.2] * 25
    world.clock.forward(15)
    assert await world.process().get() == "token-1"


@pytest.mark.asyncio
async def test_a_refused_token_is_replaced_once_and_for_all() -> None:
    world = World()
    world.wechat.good = lambda token: token != "token-1"
    processes = [world.process() for _ in range(4)]
    for process in processes:
        await process.get()
    await asyncio.gather(*(world.api(process).post("/cgi-bin/x", {}, Said) for process in processes for _ in range(5)))
    assert world.wechat.issued == 2
    assert len(world.wechat.calls) <= 2 * 20


@pytest.mark.asyncio
async def test_a_lasting_refusal_stays_bounded() -> None:
    world = World()
    world.wechat.good = lambda token: False
    api = world.api(world.process())
    for _ in range(100):
        with pytest.raises(NotSent):
            await api.post("/cgi-bin/x", {}, Said)
    assert len(world.wechat.calls) == 200, "each call is made twice and never a third time"
    assert world.wechat.issued == DROPS_MAX + 1 == 6
    world.clock.forward(60)
    with pytest.raises(NotSent):
        await api.post("/cgi-bin/x", {}, Said)
    assert world.wechat.issued == 7, "a minute later it is tried again"


@pytest.mark.asyncio
async def test_a_token_that_was_replaced_meanwhile_is_not_dropped() -> None:
    world = World()
    tokens = world.process()
    await tokens.get()
    await tokens.drop("token-0")
    assert await tokens.get() == "token-1"
    assert await world.process().get() == "token-1"
    assert world.wechat.issued == 1
