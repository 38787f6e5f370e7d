"""What `make env-test` must have brought: a browser that starts, and fonts in which Chinese is more than empty boxes."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

DRAWN = """text => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext("2d");
  pen.font = "48px sans-serif";
  pen.fillText(text, 4, 52);
  return Array.from(pen.getImageData(0, 0, 64, 64).data).join();
}"""


@pytest.mark.asyncio(loop_scope="session")
async def test_chinese_is_drawn(chromium: Browser) -> None:
    page = await chromium.new_page()
    pictures = [await page.evaluate(DRAWN, letter) for letter in ("诊", "付", " ")]
    assert len(set(pictures)) == len(pictures), "the same box for every letter: run `make env-test`"
