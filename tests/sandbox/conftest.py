"""Worlds without sockets, and one real sandbox process for all tests of a worker that ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.world.keys import make_keys
from tests.sandbox.alipay_app import AlipayApp
from tests.sandbox.merchant import Merchant
from tests.sandbox.process import PlayedApp, RunningSandbox, running_sandbox
from tests.sandbox.remote_alipay import RemoteApp
from tests.sandbox.world import Record, World, new_world


@pytest.fixture(scope="session")
def keys() -> Record:
    return make_keys()


@pytest.fixture
def world(keys: Record) -> World:
    return new_world(keys)


@pytest.fixture
def merchant(world: World) -> Merchant:
    return Merchant(world)


@pytest.fixture(scope="session")
def app() -> Iterator[PlayedApp]:
    with PlayedApp() as app:
        yield app


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory, app: PlayedApp) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), app.url) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(process: RunningSandbox, app: PlayedApp) -> RunningSandbox:
    """The worker's process on its first morning, with an app that accepts everything."""
    app.forget()
    process.control("POST", "/sandbox/reset")
    return process


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def alipay(world: World) -> AlipayApp:
    return AlipayApp(world)


@pytest.fixture
def remote(sandbox: RunningSandbox, app: PlayedApp) -> RemoteApp:
    return RemoteApp(sandbox, app)
