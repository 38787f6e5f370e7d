"""The access token shared through the database: two processes with a connection each, on one real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from server.core.ports import HttpRequest, HttpResponse
from server.infrastructure.clock_and_ids import SystemClock
from server.infrastructure.sealing import Keyring
from server.platforms.wechat.api.access_token import AccessTokens
from server.platforms.wechat.official_account.account import OfficialAccountConfig
from server.storage.mongo import MongoDatabase, connect

CONFIG = OfficialAccountConfig(
    app_id="wxdemo0000000001", secret="s" * 32, token="t", encoding_aes_key="A" * 43, original_id="gh_demo"
)


class SlowIssuer:
    """`stable_token` of a platform that takes its time."""

    def __init__(self) -> None:
        self.issued = 0

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.issued += 1
        number = self.issued
        await asyncio.sleep(0.1)
        body = json.dumps({"access_token": f"token-{number}", "expires_in": 7200}).encode()
        return HttpResponse(status=200, headers={}, body=body)


@pytest_asyncio.fixture
async def processes(database_uri: str) -> AsyncIterator[list[MongoDatabase]]:
    databases = [connect(database_uri, Keyring("k1", {"k1": b"1" * 32}, b"2" * 32)) for _ in range(2)]
    await databases[0].prepare()
    yield databases
    for database in databases:
        database.close()


@pytest.mark.asyncio
async def test_two_processes_fetch_once_and_replace_once(processes: list[MongoDatabase]) -> None:
    issuer = SlowIssuer()
    tokens = [AccessTokens(CONFIG, issuer, SystemClock(), database.stores.short_lived) for database in processes]
    first = await asyncio.gather(*(each.get() for each in tokens for _ in range(20)))
    assert set(first) == {"token-1"}
    await asyncio.gather(*(each.drop("token-1") for each in tokens for _ in range(20)))
    second = await asyncio.gather(*(each.get() for each in tokens for _ in range(20)))
    assert set(second) == {"token-2"}
    assert issuer.issued == 2
