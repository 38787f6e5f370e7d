"""The real sandbox process before a tiny app, and its pages in Chromium."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from playwright.async_api import Browser, FrameLocator, Page, ViewportSize
from tornado.httpclient import AsyncHTTPClient

from tests.sandbox_phones.tiny_app import TinyApp
from tests.support.warm_python import WarmProcess, warm_python

STARTS_WITHIN_S = 20
PHONE_SIZE: ViewportSize = {"width": 390, "height": 844}
DESK_SIZE: ViewportSize = {"width": 1360, "height": 920}


def start_sandbox(own: dict[str, str], log: Path) -> WarmProcess:
    others = {name: value for name, value in os.environ.items() if not name.startswith("ZHENFU_")}
    with log.open("wb") as out:
        return warm_python().start(["sandbox"], {**others, **own}, out)


def stop(process: WarmProcess) -> None:
    process.terminate()
    process.wait(10)


async def answers(url: str, process: WarmProcess) -> None:
    client = AsyncHTTPClient()
    async with asyncio.timeout(STARTS_WITHIN_S):
        while True:
            assert process.poll() is None, "the sandbox has ended; see sandbox.log in tmp_path"
            try:
                await client.fetch(url)
                return
            except OSError:
                await asyncio.sleep(0.05)


async def open_page(browser: Browser, url: str, *, desktop: bool = False) -> tuple[Page, list[str]]:
    """A fresh profile, and the errors that its pages report."""
    context = await browser.new_context(
        viewport=DESK_SIZE if desktop else PHONE_SIZE, device_scale_factor=1 if desktop else 2
    )
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(url)
    return page, errors


def port_of(tiny: TinyApp) -> str:
    return tiny.sandbox.rpartition(":")[2]


async def type_password(cashier: Page | FrameLocator) -> None:
    for digit in "135790":
        await cashier.get_by_role("button", name=digit, exact=True).click()
