"""One page in every size, scale and colour scheme, side by side in one picture."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page

FOLDER = Path(__file__).resolve().parents[1] / "browser" / "screenshots" / "pages"
HEIGHT_PX = 844
SETTLED_MS = 250
_SCALE = """scale => { const size = parseFloat(getComputedStyle(document.documentElement).fontSize) * scale;
  const sheet = new CSSStyleSheet(); sheet.replaceSync(`html { font-size: ${size}px !important }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]; }"""


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody sees a page. ``scale`` is the client's own text size, ``elder`` the switch 长辈版."""

    width_px: int
    scale: float = 1.0
    dark: bool = False
    elder: bool = False

    def __str__(self) -> str:
        words = [f"{self.width_px} px", f"{self.scale:g}×", "dark" if self.dark else "", "长辈版" if self.elder else ""]
        return " ".join(word for word in words if word)


PHONE_LOOKS = (
    Look(390),
    Look(390, dark=True),
    Look(390, elder=True),
    Look(320),
    Look(320, 1.5),
    Look(320, 1.5, dark=True),
)
DESK_LOOKS = (Look(1024), Look(390))


Opening = Callable[[], Awaitable[None]]
"""Opens the page that is to be pictured."""


async def sheet(page: Page, name: str, opening: Opening, looks: Sequence[Look]) -> None:
    """Open the page in each look and write the sheet ``name``.png."""
    pictures = [(str(look), await picture(page, opening, look)) for look in looks]
    shown = "".join(
        f'<figure><figcaption>{text}</figcaption><img src="data:image/png;base64,{base64.b64encode(png).decode()}"></figure>'
        for text, png in pictures
    )
    style = "body{margin:8px;display:inline-flex;gap:12px;align-items:start;background:#888;font:14px sans-serif}figure{margin:0}img{display:block}"
    board = await page.context.browser.new_page()  # type: ignore[union-attr]
    await board.set_content(f"<!doctype html><style>{style}</style><body>{shown}</body>")
    FOLDER.mkdir(parents=True, exist_ok=True)
    await board.locator("body").screenshot(path=FOLDER / f"{name}.png")
    await board.close()
    await board.close()


async def picture(page: Page, opening: Opening, look: Look) -> bytes:
    """The whole page, as long as it is."""
    await page.set_viewport_size({"width": look.width_px, "height": HEIGHT_PX})
    await page.emulate_media(color_scheme="dark" if look.dark else "light")
    await opening()
    if look.elder:
        await page.evaluate("document.documentElement.classList.add('elder')")
    await page.evaluate(_SCALE, look.scale)
    await page.wait_for_timeout(SETTLED_MS)
    whole_px = int(await page.evaluate("document.documentElement.scrollHeight"))
    await page.set_viewport_size(
        {"width": look.width_px, "height": max(HEIGHT_PX, whole_px)}
    )  # bars stay at the bottom
    return await page.screenshot(full_page=True, animations="disabled")
