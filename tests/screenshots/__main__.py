"""`make screenshots`: every page in every look, a sheet each, in tests/browser/screenshots/pages/. Names as arguments: only those."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path

from playwright.async_api import Browser

from tests.handlers.browser_phone import a_phone
from tests.screenshots.desks import balances, proofs, rooms
from tests.screenshots.of_a_card import of_a_card
from tests.screenshots.patients import HOSPITALS, SCENES
from tests.screenshots.sheets import FOLDER, PHONE_LOOKS, sheet
from tests.support.chromium import installed_chromium, shared_chromium


async def patients(chromium: Browser, wanted: set[str]) -> None:
    for name, scene in SCENES.items():
        if not wanted or name in wanted:
            async with a_phone(chromium, HOSPITALS.get(name)) as phone:
                path = await scene(phone)
                await sheet(phone.page, name, partial(phone.open, path), PHONE_LOOKS)
                print(name, flush=True)


async def pictures(path: Path, wanted: set[str]) -> None:
    async with shared_chromium(path) as shared:
        for scenes in (patients, of_a_card, rooms, balances, proofs):
            async with shared.lent() as chromium:
                await scenes(chromium, wanted)


def main() -> int:
    chromium = installed_chromium()
    if chromium is None:
        print("There is no chromium here: run `make env-test`.", file=sys.stderr)
        return 1
    asyncio.run(pictures(chromium, set(sys.argv[1:])))
    print(f"The pictures lie in {FOLDER}. Look at them.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
