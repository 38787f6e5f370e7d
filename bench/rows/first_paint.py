"""What a page weighs, and when a slow phone shows it: Chromium with a phone's processor and a slow mobile network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playwright.async_api import Browser, CDPSession, Playwright, async_playwright

from bench.engine import NotHere, Row
from bench.means import Means
from bench.slices import Figures
from bench.world import World
from tests.support.chromium import CHROMIUM_ARGS, installed_chromium
from tests.support.journey_pages import open_phone

NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
"""Milliseconds and bytes a second: 1.6 and 0.75 Mbit/s, as Lighthouse plays a slow 4G."""
SLOWER = 4
"""A phone's processor has so many times less of this machine's."""
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
PAGES = (
    ("The list of bills", "/h/demo/bills"),
    ("One's own payments", "/h/demo/payments"),
    ("The cards", "/h/demo/cards"),
)


def rows(means: Means) -> Sequence[Row]:
    return [
        Row(
            "first-paint", "First paint of a page on a slow phone", [Painted(name, means.world, path) for name, path in PAGES],
            goals={"wall_ms": 1500.0}, figure="wall_ms",
            note="Of somebody who is logged in and has nothing in the browser's cache: 1.6 Mbit/s, 150 ms, a processor four times slower than this machine's. KiB are what came over the wire.",
        )
    ]  # fmt: skip


@dataclass(slots=True)
class Painted:
    """One page, opened anew for each slice."""

    name: str
    world: World
    path: str
    _playwright: Playwright | None = None
    _browser: Browser | None = None

    async def start(self) -> None:
        chromium = installed_chromium()
        if chromium is None:
            raise NotHere("Chromium is not installed here")
        await self.world.start()
        self._playwright = await async_playwright().start()
        self._browser = await self._playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        await self.slice(0.0)

    async def slice(self, seconds: float) -> Figures:
        if self._browser is None:
            raise NotHere("Chromium has not been started")
        page = await open_phone(self._browser, self.world.installation, 1, "/h/demo/payments")
        received: list[float] = []
        session = await page.context.new_cdp_session(page)
        session.on("Network.loadingFinished", lambda told: received.append(told["encodedDataLength"]))
        await _slow(session)
        await page.goto(page.url.partition("/h/demo")[0] + self.path, wait_until="load")
        painted = float(await page.evaluate(FIRST_PAINT))
        await page.context.close()
        return {"wall_ms": painted, "kib": sum(received) / 1024}

    async def counted(self) -> Figures:
        return {}

    async def stop(self) -> None:
        if self._browser is not None:
            await self._browser.close()
        if self._playwright is not None:
            await self._playwright.stop()
        self._browser = self._playwright = None


async def _slow(session: CDPSession) -> None:
    await session.send("Network.enable")
    await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    await session.send("Network.emulateNetworkConditions", NETWORK)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
