"""Chromium as tests and `make screenshots` start it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Playwright, async_playwright

CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-quic",
    "--disable-component-update",
    "--disable-sync",
)

PROGRAMS = ("chromium-headless-shell", "chromium")
"""The first that is here is taken. The headless shell has the same engine without the windows around it: a page takes a third of the processor's time."""


def installed_chromium() -> Path | None:
    """None where there is neither: `make env-test` installs one."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    return None if found is None else Path(found)


class SharedChromium:
    """One process for many tests: to start one costs more than most pages do. It begins when it is first asked for, and anew when it has died."""

    def __init__(self, playwright: Playwright, path: Path) -> None:
        self._playwright = playwright
        self._path = path
        self._browser: Browser | None = None

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Browser]:
        """With no context in it. Whatever contexts the borrower opens are closed: nothing of them is left, neither pages nor cookies."""
        if self._browser is None or not self._browser.is_connected():
            self._browser = await self._playwright.chromium.launch(executable_path=self._path, args=CHROMIUM_ARGS)
        yield self._browser
        for context in self._browser.contexts:
            await context.close()

    async def close(self) -> None:
        if self._browser is not None:
            await self._browser.close()


@asynccontextmanager
async def shared_chromium(path: Path) -> AsyncIterator[SharedChromium]:
    async with async_playwright() as playwright:
        shared = SharedChromium(playwright, path)
        yield shared
        await shared.close()
