"""What every test may ask for: a free port, a fresh database on a real server, a browser. Nothing that one test leaves is seen by another."""

from __future__ import annotations

import gc
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings
from playwright.async_api import Browser, expect

from server.infrastructure.embedded import EmbeddedDatabase
from tests.support.chromium import SharedChromium, installed_chromium, shared_chromium
from tests.support.memory_folder import memory_folder
from tests.support.ports import pick_port
from tests.support.rewritten_once import rewrite_once
from tests.support.slow_first import slow_first
from tests.support.warm_python import warm_python

expect.set_options(timeout=30_000)  # a crowded machine is no fault
settings.register_profile("zhenfu", deadline=None)  # nor is it one here
settings.load_profile("zhenfu")


def pytest_configure(config: pytest.Config) -> None:
    """``PYTEST_DEBUG_TEMPROOT`` is pytest's own word for where ``tmp_path`` lies; it stays where somebody has said it already."""
    folder = memory_folder()
    if folder is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folder))
    rewrite_once(config)


def pytest_sessionfinish() -> None:
    warm_python.close()


def pytest_collection_finish() -> None:
    """What is loaded now stays until the end, so the garbage collector need not walk it again and again (a tenth of the seeds' time)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On several workers slow files come first."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        items[:] = slow_first(items, workers)


@pytest.fixture
def free_port() -> int:
    return pick_port()


@pytest.fixture(scope="session")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One embedded server for this worker's whole run: ``mongodb://127.0.0.1:PORT/?options``."""
    folder = tmp_path_factory.mktemp("database")
    database = EmbeddedDatabase(folder, pick_port(), folder / "server.log")
    uri = database.start()
    yield uri
    database.stop()


@pytest.fixture
def database_uri(database_server: str) -> str:
    """A database of this test's own on the worker's server."""
    address, _, rest = database_server.partition("://")
    host = rest.partition("/")[0]
    options = rest.partition("?")[2]
    return f"{address}://{host}/test_{secrets.token_hex(8)}?{options}"


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """Debian's Chromium. Missing is a failure, never a skip."""
    found = installed_chromium()
    if found is None:
        pytest.fail("there is no chromium here: run `make env-test`")
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def worker_chromium(chromium_path: Path) -> AsyncIterator[SharedChromium]:
    """This worker's only one, which lives on the loop of the session: so do the tests that use it."""
    async with shared_chromium(chromium_path) as shared:
        yield shared


@pytest_asyncio.fixture(loop_scope="session")
async def chromium(worker_chromium: SharedChromium) -> AsyncIterator[Browser]:
    """A browser with nothing open in it; what this test opens is closed with it. Ask it for a context of a phone's size.

    The test is marked ``asyncio(loop_scope="session")``, and so are its own fixtures that use the browser.
    """
    async with worker_chromium.lent() as browser:
        yield browser
