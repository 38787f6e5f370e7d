"""Pictures of pages for people to look at. They prove nothing by themselves; what a page must show is asserted beside them."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Error, Page

SHOTS = Path(__file__).resolve().parents[1] / "browser" / "screenshots"
TRIES = 5


async def shot(page: Page, name: str, *, full_page: bool = False) -> None:
    """``name``.png under tests/browser/screenshots/. On a crowded machine Chromium now and then has no frame to give
    ("Unable to capture screenshot"); the next one has."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    for left in reversed(range(TRIES)):
        try:
            await page.screenshot(path=SHOTS / f"{name}.png", animations="disabled", full_page=full_page)
            return
        except Error as error:
            if "Unable to capture screenshot" not in error.message or not left:
                raise
